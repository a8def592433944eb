import { Button, Select, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { ChangeRecord, Kpi } from '@/api/types';
import { baselineWords, expectedWords, validationWords } from '@/lib/record-words';
import { sentenceCase } from '@/lib/words-shown';
import { useLibrary } from './session';

export const emptyRecord: ChangeRecord = {
  problem: '',
  baseline: '',
  hypothesis: '',
  campaign: '',
  validation: '',
};

/** Why a change was made: the problem, the expected move of a KPI, and the rest folded away. */
export function RecordFields({
  record,
  onChange,
  kpis,
}: {
  record: ChangeRecord;
  onChange: (record: ChangeRecord) => void;
  kpis: Kpi[];
}) {
  const [more, setMore] = useState(false);
  const set = (part: Partial<ChangeRecord>) => onChange({ ...record, ...part });
  return (
    <div className="stack">
      <Textarea
        label="Problem seen"
        description="What made you change it? Numbers help."
        placeholder="Readers were offered four links and chose none"
        value={record.problem ?? ''}
        onChange={(event) => set({ problem: event.currentTarget.value })}
        autosize
        minRows={1}
      />
      <Expectation
        value={record.hypothesis ?? ''}
        onChange={(hypothesis) => set({ hypothesis })}
        kpis={kpis}
      />
      {more ? (
        <>
          <TextInput
            label="Measured before"
            placeholder="click=0.27 n=12400"
            value={record.baseline ?? ''}
            onChange={(event) => set({ baseline: event.currentTarget.value })}
          />
          <TextInput
            label="Campaign"
            placeholder="autumn-activation"
            value={record.campaign ?? ''}
            onChange={(event) => set({ campaign: event.currentTarget.value })}
          />
          <TextInput
            label="How it will be checked"
            placeholder="half and half for 14 days"
            value={record.validation ?? ''}
            onChange={(event) => set({ validation: event.currentTarget.value })}
          />
        </>
      ) : (
        <div>
          <Button variant="subtle" size="compact-sm" onClick={() => setMore(true)}>
            More: measured before, campaign, how it will be checked
          </Button>
        </div>
      )}
    </div>
  );
}

/** The KPI and the move expected of it; written into one line, which may be edited freely. */
function Expectation({
  value,
  onChange,
  kpis,
}: {
  value: string;
  onChange: (value: string) => void;
  kpis: Kpi[];
}) {
  const chosen = kpis.find((kpi) => value.startsWith(kpi.id))?.id ?? null;
  return (
    <div className="two-fields">
      <Select
        label="Which number should move?"
        placeholder="Choose a KPI"
        data={kpis.map((kpi) => ({ value: kpi.id, label: kpi.title }))}
        value={chosen}
        onChange={(id) =>
          onChange(id ? `${id} ${chosen ? value.slice(chosen.length).trim() : ''}`.trim() : '')
        }
        clearable
        comboboxProps={{ withinPortal: true }}
      />
      <TextInput
        label="Expected move"
        placeholder="+4%"
        value={chosen ? value.slice(chosen.length).trimStart() : value}
        onChange={(event) =>
          onChange(chosen ? `${chosen} ${event.currentTarget.value}` : event.currentTarget.value)
        }
      />
    </div>
  );
}

/** A record as it is read: problem, expectation, what came of it. */
export function RecordRead({ record }: { record: ChangeRecord }) {
  const kpis = useLibrary()?.kpis ?? [];
  const lines: [string, string | undefined][] = [
    ['Problem', record.problem],
    ['Measured before', record.baseline && baselineWords(record.baseline, kpis)],
    ['Expected', record.hypothesis && expectedWords(record.hypothesis, kpis)],
    ['Campaign', record.campaign && sentenceCase(record.campaign)],
    ['Checked by', record.validation && validationWords(record.validation, kpis)],
  ];
  const given = lines.filter(([, text]) => text);
  if (given.length === 0) return null;
  return (
    <dl className="record">
      {given.map(([name, text]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  );
}

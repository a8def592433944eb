import { Button, Select, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { recordFormQuery } from '@/api/queries';
import type { ChangeRecord, KnownKpi, NeededField } from '@/api/types';
import { baselineOf, expectationOf, type RecordField, withKpi } from '@/lib/record';
import { baselineWords, expectedWords, validationWords, valueWords } from '@/lib/record-words';
import { sentenceCase } from '@/lib/words-shown';
import { Pill } from './Pill';
import { PlanFields } from './PlanFields';
import { useLibrary } from './session';

export const emptyRecord: ChangeRecord = {
  problem: '',
  baseline: '',
  hypothesis: '',
  campaign: '',
  validation: '',
};

type Props = { record: ChangeRecord; onChange: (record: ChangeRecord) => void };

/**
 * Why a change is made. Knows what the rules ask for on these paths, the KPIs and what was last measured of them;
 * what is not asked for is folded away.
 */
export function RecordFields({
  record,
  onChange,
  paths,
  wordingOnly,
  needed,
}: Props & {
  paths: string[];
  /** Whether only wording changes: some rules ask for less then. */
  wordingOnly?: boolean;
  /** What is asked for, where that is known already. */
  needed?: NeededField[];
}) {
  const form = useQuery(recordFormQuery(paths, wordingOnly)).data;
  const [more, setMore] = useState(false);
  const required = needed ?? form?.required ?? [];
  const known = form?.kpis ?? [];
  const set = (part: Partial<ChangeRecord>) => onChange({ ...record, ...part });
  const asked = (field: RecordField) => required.find((one) => one.field === field);
  const shown = (field: RecordField) => more || asked(field) !== undefined || Boolean(record[field]);
  const hidden = (['baseline', 'campaign', 'validation'] as const).filter((field) => !shown(field));
  return (
    <div className="stack">
      {required.length > 0 && (
        <p className="small quiet">{`What is marked is asked for by ${rulesOf(required)}.`}</p>
      )}
      <Textarea
        label="Problem seen"
        description="What made you change it? Numbers help."
        placeholder="Readers were offered four links and chose none"
        withAsterisk={asked('problem') !== undefined}
        value={record.problem ?? ''}
        onChange={(event) => set({ problem: event.currentTarget.value })}
        autosize
        minRows={1}
      />
      <Expectation record={record} onChange={onChange} known={known} asked={asked('hypothesis')} />
      {shown('baseline') && (
        <BaselineField record={record} set={set} known={known} asked={asked('baseline')} />
      )}
      {shown('validation') && (
        <PlanFields
          value={record.validation ?? ''}
          onChange={(validation) => set({ validation })}
          kpis={known.map((one) => one.kpi)}
          expected={
            expectationOf(
              record.hypothesis ?? '',
              known.map((one) => one.kpi),
            ).kpi
          }
          required={asked('validation') !== undefined}
        />
      )}
      {shown('campaign') && (
        <TextInput
          label="Campaign"
          withAsterisk={asked('campaign') !== undefined}
          placeholder="autumn-activation"
          value={record.campaign ?? ''}
          onChange={(event) => set({ campaign: event.currentTarget.value })}
        />
      )}
      {hidden.length > 0 && (
        <div>
          <Button variant="subtle" size="compact-sm" onClick={() => setMore(true)}>
            {`More: ${hidden.map((field) => folded[field]).join(', ')}`}
          </Button>
        </div>
      )}
    </div>
  );
}

const rulesOf = (required: NeededField[]) =>
  [...new Set(required.flatMap((one) => one.rules))].map((rule) => `“${rule}”`).join(' and ');

const folded = { baseline: 'measured before', campaign: 'campaign', validation: 'how it will be checked' };

/** The KPI and the move expected of it; the line may be edited freely. */
function Expectation({ record, onChange, known, asked }: Props & { known: KnownKpi[]; asked?: NeededField }) {
  const { kpi, move } = expectationOf(
    record.hypothesis ?? '',
    known.map((one) => one.kpi),
  );
  const now = known.find((one) => one.kpi.id === kpi);
  return (
    <div className="two-fields">
      <Select
        label="Which number should move?"
        description="With what was last measured of it."
        withAsterisk={asked !== undefined}
        placeholder="Choose a KPI"
        data={known.map((one) => ({ value: one.kpi.id, label: optionWords(one) }))}
        value={kpi ?? null}
        onChange={(id) => onChange(withKpi(record, id ?? undefined, known))}
        clearable
        comboboxProps={{ withinPortal: true }}
      />
      <TextInput
        label="Expected move"
        description={
          now ? `${now.kpi.direction === 'down' ? 'Less' : 'More'} is better.` : 'For example +4 %.'
        }
        placeholder="+4%"
        value={move}
        onChange={(event) =>
          onChange({ ...record, hypothesis: `${kpi ? `${kpi} ` : ''}${event.currentTarget.value}` })
        }
      />
    </div>
  );
}

const optionWords = ({ kpi, measured }: KnownKpi) =>
  measured ? `${kpi.title} · now ${valueWords(kpi, measured.value)}` : `${kpi.title} · not measured yet`;

function BaselineField({
  record,
  set,
  known,
  asked,
}: {
  record: ChangeRecord;
  set: (part: Partial<ChangeRecord>) => void;
  known: KnownKpi[];
  asked?: NeededField;
}) {
  const [own, setOwn] = useState(false);
  const kpis = known.map((one) => one.kpi);
  const { kpi } = expectationOf(record.hypothesis ?? '', kpis);
  const filled = baselineOf(kpi, known);
  const now = known.find((one) => one.kpi.id === kpi);
  const measured = now?.measured ? { ...now.measured, kpi: now.kpi } : undefined;
  const words = record.baseline ? baselineWords(record.baseline, kpis) : '';
  const fill = () => {
    setOwn(false);
    set({ baseline: filled });
  };
  if (!own && record.baseline && words !== record.baseline) {
    return (
      <div className="stack tight">
        <span className="m-label">Measured before</span>
        <span className="row">
          <span>{words}</span>
          {record.baseline === filled && (
            <Pill tone="green" icon="check">
              filled in for you
            </Pill>
          )}
          {filled && record.baseline !== filled && measured && kpi && (
            <Button variant="subtle" size="compact-sm" onClick={fill}>
              {`Use the newest: ${valueWords(measured.kpi, measured.value)}`}
            </Button>
          )}
          <Button variant="subtle" size="compact-sm" onClick={() => setOwn(true)}>
            Write another
          </Button>
        </span>
        {record.baseline === filled && (
          <span className="small quiet">
            {measured?.of_these_paths
              ? `From the last trial of this text (trial ${measured.rollout}).`
              : `From trial ${measured?.rollout}, which was about another text.`}
          </span>
        )}
      </div>
    );
  }
  return (
    <TextInput
      label="Measured before"
      description={
        kpi && !filled
          ? 'Nothing was measured of it yet; write what you know.'
          : 'Filled in for you once you choose the number above.'
      }
      withAsterisk={asked !== undefined}
      placeholder="click=0.27 n=12400"
      value={record.baseline ?? ''}
      onChange={(event) => set({ baseline: event.currentTarget.value })}
      rightSectionWidth={90}
      rightSection={
        filled && (
          <Button variant="subtle" size="compact-sm" onClick={fill}>
            Fill in
          </Button>
        )
      }
    />
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

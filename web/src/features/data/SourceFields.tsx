import { Checkbox, Select, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { SourceReads } from '@/api/types';
import { useLibrary } from '@/components/session';
import {
  attributesFrom,
  attributesText,
  fieldFrom,
  fieldText,
  namesFrom,
  namesText,
  SOURCE_FIELDS,
} from './source-words';
import { TIME_FORMATS } from './time-formats';

/** Where each field stands in what a source sends, and to which KPIs its events lead. */
export function SourceFields({
  reads,
  onChange,
}: {
  reads: SourceReads;
  onChange: (reads: SourceReads) => void;
}) {
  const kpis = useLibrary()?.kpis ?? [];
  // What is typed stays as it is typed; what it says goes up.
  const [texts, setTexts] = useState(() => ({
    names: namesText(reads.names),
    attributes: attributesText(reads.attributes),
    fields: Object.fromEntries(SOURCE_FIELDS.map(([field]) => [field, fieldText(reads[field])])),
  }));
  return (
    <>
      <div className="data-fields">
        {SOURCE_FIELDS.map(([field, label, example]) => (
          <TextInput
            key={field}
            label={label}
            placeholder={example}
            required={field === 'kpi' || field === 'unit'}
            value={texts.fields[field] ?? ''}
            onChange={(event) => {
              const text = event.currentTarget.value;
              setTexts({ ...texts, fields: { ...texts.fields, [field]: text } });
              onChange({ ...reads, [field]: fieldFrom(text) });
            }}
          />
        ))}
        <TextInput
          label="List of items"
          placeholder="the body is one item, or a list"
          value={reads.items ?? ''}
          onChange={(event) => onChange({ ...reads, items: event.currentTarget.value.trim() })}
        />
        <Select
          label="How times are written"
          allowDeselect={false}
          data={TIME_FORMATS}
          value={reads.time_format || 'rfc3339'}
          onChange={(chosen) => onChange({ ...reads, time_format: chosen ?? 'rfc3339' })}
        />
      </div>
      <p className="small quiet">
        A place is a JSON pointer such as <code>/data/customer/id</code>; with <code>body:</code> before it,
        it stands outside of the items. A value that is always the same stands behind <code>=</code>, e.g.{' '}
        <code>=EUR</code>.
      </p>
      <Checkbox
        label="Values are whole numbers of the smallest unit, such as cents"
        checked={reads.minor_units ?? false}
        onChange={(event) => onChange({ ...reads, minor_units: event.currentTarget.checked })}
      />
      <Textarea
        label="Which events count for which KPIs"
        description={`A line for each name: order.paid: order, revenue. There are ${kpis.map((kpi) => kpi.id).join(', ') || 'no KPIs yet'}; exposure makes an exposure, * stands for all other names. Left empty, a name is a KPI.`}
        autosize
        minRows={2}
        value={texts.names}
        onChange={(event) => {
          const text = event.currentTarget.value;
          setTexts({ ...texts, names: text });
          onChange({ ...reads, names: namesFrom(text) });
        }}
      />
      <Textarea
        label="Further facts to keep"
        description="A line for each: country: /data/address/country"
        autosize
        minRows={1}
        value={texts.attributes}
        onChange={(event) => {
          const text = event.currentTarget.value;
          setTexts({ ...texts, attributes: text });
          onChange({ ...reads, attributes: attributesFrom(text) });
        }}
      />
    </>
  );
}

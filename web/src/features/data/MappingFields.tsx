import { Select, TextInput } from '@mantine/core';
import type { Mapping, Origin, TableColumn } from '@/api/types';
import { PlainTable } from '@/components/PlainTable';
import { useLibrary } from '@/components/session';
import { TIME_FORMATS } from './time-formats';

const FIELDS = [
  ['unit', 'Unit: whose event'],
  ['time', 'Time: when it happened'],
  ['type', 'Type: exposure or outcome'],
  ['kpi', 'KPI of outcomes'],
  ['value', 'Value: how much'],
  ['currency', 'Currency of the value'],
  ['prompt', 'Prompt'],
  ['rollout', 'Rollout'],
  ['arm', 'Arm'],
  ['channel', 'Channel'],
  ['id', 'Id of the event'],
] as const;

const PLACEHOLDERS: Partial<Record<string, string>> = { id: 'made of the row', currency: 'of the KPI' };

const COLUMN = 'column:';
const ALWAYS = 'always:';

const shown = (origin: Origin | null | undefined) =>
  origin?.column != null
    ? COLUMN + origin.column
    : origin?.constant != null
      ? ALWAYS + origin.constant
      : null;

const origin = (chosen: string | null): Origin | undefined => {
  if (chosen === null) return undefined;
  return chosen.startsWith(COLUMN)
    ? { column: chosen.slice(COLUMN.length) }
    : { constant: chosen.slice(ALWAYS.length) };
};

/** The first rows, and a choice for each thing an event says. */
export function MappingFields({
  columns,
  mapping,
  onChange,
}: {
  columns: TableColumn[];
  mapping: Mapping;
  onChange: (mapping: Mapping) => void;
}) {
  const kpis = useLibrary()?.kpis ?? [];
  const rows = Math.max(0, ...columns.map((column) => column.samples.length));
  const formats = TIME_FORMATS.some((one) => one.value === mapping.time_format)
    ? TIME_FORMATS
    : [...TIME_FORMATS, { value: mapping.time_format ?? '', label: mapping.time_format ?? '' }];
  const constants = (field: string) => {
    if (field === 'type') return ['outcome', 'exposure'];
    if (field === 'kpi') return kpis.map((kpi) => kpi.id);
    return [];
  };
  const choices = (field: string, now: string | null) => {
    const always = constants(field).map((text) => ({ value: ALWAYS + text, label: `always ${text}` }));
    const known = [
      ...columns.map((column) => ({ value: COLUMN + column.name, label: column.name })),
      ...always,
    ];
    return now === null || known.some((one) => one.value === now)
      ? known
      : [...known, { value: now, label: now.slice(now.indexOf(':') + 1) }];
  };
  const choose = (field: (typeof FIELDS)[number][0], chosen: string | null) => {
    const from = origin(chosen);
    // A column that is a field is no further fact beside it.
    const attributes = Object.fromEntries(
      Object.entries(mapping.attributes ?? {}).filter(([, column]) => column !== from?.column),
    );
    onChange({ ...mapping, attributes, [field]: from });
  };
  return (
    <section className="tile stack" aria-labelledby="columns">
      <h2 id="columns" className="tile-title">
        Which column says what
      </h2>
      <PlainTable
        label="The first rows"
        columns={columns.map((column) => ({ title: column.name, text: true }))}
        rows={Array.from({ length: rows }, (_, row) => ({
          key: row,
          cells: columns.map((column) => column.samples[row]),
        }))}
      />
      <div className="data-fields">
        {FIELDS.map(([field, label]) => {
          const now = shown(mapping[field]);
          return (
            <Select
              key={field}
              label={label}
              placeholder={PLACEHOLDERS[field] ?? 'not in the table'}
              clearable
              searchable
              data={choices(field, now)}
              value={now}
              onChange={(chosen) => choose(field, chosen)}
            />
          );
        })}
        <Select
          label="How times are written"
          allowDeselect={false}
          data={formats}
          value={mapping.time_format ?? 'rfc3339'}
          onChange={(chosen) => onChange({ ...mapping, time_format: chosen ?? 'rfc3339' })}
        />
        <TextInput
          label="Zone of times that name none"
          value={mapping.zone ?? ''}
          placeholder="UTC"
          onChange={(event) => onChange({ ...mapping, zone: event.currentTarget.value })}
        />
        <TextInput
          label="Words that stand for an exposure"
          description="With commas between them"
          value={(mapping.exposure_words ?? []).join(', ')}
          onChange={(event) => {
            const words = event.currentTarget.value.split(',').map((word) => word.trimStart());
            onChange({ ...mapping, exposure_words: words.filter((word, place) => word !== '' || place > 0) });
          }}
        />
      </div>
      {Object.keys(mapping.attributes ?? {}).length > 0 && (
        <p className="small quiet">{`Kept beside each event: ${Object.keys(mapping.attributes ?? {}).join(', ')}.`}</p>
      )}
    </section>
  );
}

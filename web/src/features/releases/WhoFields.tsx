import { Autocomplete, Button, Checkbox, NativeSelect, TagsInput, TextInput } from '@mantine/core';
import { CONDITIONS_MAX, type ConditionRow, type Draft, type TestKind } from './start';
import type { Fault } from './useFaults';

const tests: { value: TestKind; label: string }[] = [
  { value: 'one_of', label: 'is one of' },
  { value: 'none_of', label: 'is none of' },
  { value: 'at_least', label: 'is at least' },
  { value: 'at_most', label: 'is at most' },
];

/** Who takes part: what must hold of a person, and what is kept apart from other rollouts. */
export function WhoFields({
  draft,
  onChange,
  fault,
}: {
  draft: Draft;
  onChange: (change: Partial<Draft>) => void;
  fault: Fault;
}) {
  const { conditions } = draft;
  const set = (rows: ConditionRow[]) => onChange({ conditions: rows });
  return (
    <section className="tile stack" aria-labelledby="who">
      <h2 id="who">Who takes part</h2>
      <p className="quiet small">
        {conditions.length === 0
          ? 'Everybody. Add a condition to try it with some people only; the others keep what is live.'
          : 'Those of whom all of this holds. The others keep what is live and are not counted.'}
      </p>
      {conditions.map((row, at) => (
        <ConditionFields
          key={row.key}
          row={row}
          at={at}
          fault={fault}
          onChange={(change) =>
            set(conditions.map((one, place) => (place === at ? { ...one, ...change } : one)))
          }
          onRemove={() => set(conditions.filter((_, place) => place !== at))}
        />
      ))}
      {conditions.length < CONDITIONS_MAX && (
        <div>
          <Button
            size="compact-sm"
            variant="default"
            onClick={() =>
              set([
                ...conditions,
                {
                  key: Math.max(0, ...conditions.map((one) => one.key)) + 1,
                  attribute: '',
                  test: 'one_of',
                  values: [],
                  number: '',
                },
              ])
            }
          >
            Add a condition
          </Button>
        </div>
      )}
      {!draft.shadow && !draft.windows && (
        <Checkbox
          label="Keep apart from other rollouts"
          description="Rollouts of the same layer never share a person, wherever they run."
          checked={draft.inLayer}
          onChange={(event) => onChange({ inLayer: event.currentTarget.checked })}
        />
      )}
      {draft.inLayer && !draft.shadow && !draft.windows && (
        <div className="two-fields">
          <TextInput
            label="Layer"
            placeholder="offers"
            maxLength={60}
            value={draft.layerName}
            onChange={(event) => onChange({ layerName: event.currentTarget.value })}
            {...fault('layer.name')}
          />
          <TextInput
            label="Share of all people (percent)"
            inputMode="decimal"
            value={draft.layerShare}
            onChange={(event) => onChange({ layerShare: event.currentTarget.value })}
            {...fault('layer.share')}
          />
        </div>
      )}
    </section>
  );
}

function ConditionFields({
  row,
  at,
  fault,
  onChange,
  onRemove,
}: {
  row: ConditionRow;
  at: number;
  fault: Fault;
  onChange: (change: Partial<ConditionRow>) => void;
  onRemove: () => void;
}) {
  const isText = row.test === 'one_of' || row.test === 'none_of';
  return (
    <fieldset className="condition-fields" aria-label={`Condition ${at + 1}`}>
      <Autocomplete
        label="What is looked at"
        placeholder="region"
        data={['channel', 'brand', 'region']}
        value={row.attribute}
        onChange={(attribute) => onChange({ attribute })}
        {...fault(`condition.${at}.attribute`)}
      />
      <NativeSelect
        label="How"
        data={tests}
        value={row.test}
        onChange={(event) => onChange({ test: event.currentTarget.value as TestKind })}
      />
      {isText ? (
        <TagsInput
          label="Values"
          placeholder={row.values.length === 0 ? 'de, at' : undefined}
          value={row.values}
          onChange={(values) => onChange({ values })}
          maxTags={100}
          {...fault(`condition.${at}.value`)}
        />
      ) : (
        <TextInput
          label="Number"
          inputMode="decimal"
          value={row.number}
          onChange={(event) => onChange({ number: event.currentTarget.value })}
          {...fault(`condition.${at}.value`)}
        />
      )}
      <Button
        className="remove"
        size="compact-sm"
        variant="subtle"
        aria-label={`Remove condition ${at + 1}`}
        onClick={onRemove}
      >
        Remove
      </Button>
    </fieldset>
  );
}

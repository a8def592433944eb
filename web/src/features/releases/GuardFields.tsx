import { Button, NativeSelect, Select, TextInput } from '@mantine/core';
import type { Guard, Kpi } from '@/api/types';
import { actions, asAmount, guardWords, limitOf, limits, withLimit } from './plan';

const cohorts = [
  { value: '', label: 'everybody together' },
  { value: 'channel', label: 'each channel by itself' },
  { value: 'region', label: 'each region by itself' },
  { value: 'brand', label: 'each brand by itself' },
];

/** The guards of a rollout: a number, what is tolerated, in whom, and what happens beyond that. */
export function GuardFields({
  kpis,
  guards,
  onChange,
}: {
  kpis: Kpi[];
  guards: Guard[];
  onChange: (guards: Guard[]) => void;
}) {
  const set = (index: number, next: Guard) =>
    onChange(guards.map((guard, at) => (at === index ? next : guard)));
  return (
    <section className="tile stack" aria-labelledby="guards">
      <h2 id="guards">Guards</h2>
      {guards.length === 0 && (
        <p className="quiet small">
          A guard takes the new version back by itself once it is clear that a number got worse.
        </p>
      )}
      {guards.map((guard, index) => (
        <GuardRow
          key={index}
          guard={guard}
          kpi={kpis.find((one) => one.id === guard.kpi)}
          onChange={(next) => set(index, next)}
          onRemove={() => onChange(guards.filter((_, at) => at !== index))}
        />
      ))}
      <Select
        aria-label="Add a guard"
        placeholder="Add a guard on …"
        data={kpis.map((kpi) => ({ value: kpi.id, label: kpi.title }))}
        value={null}
        onChange={(id) => id && onChange([...guards, { kpi: id, margin: 0, action: 'roll-back' }])}
        w={240}
      />
    </section>
  );
}

function GuardRow({
  guard,
  kpi,
  onChange,
  onRemove,
}: {
  guard: Guard;
  kpi: Kpi | undefined;
  onChange: (guard: Guard) => void;
  onRemove: () => void;
}) {
  const title = kpi?.title ?? guard.kpi;
  const kind = limitOf(guard);
  const isAbsolute = kind === 'limit' || kind === 'difference';
  const isRate = kpi?.kind === 'conversion';
  return (
    <div className="guard">
      <p className="verdict grow">{guardWords(guard, kpi)}</p>
      <div className="row">
        <NativeSelect
          aria-label={`What happens, ${title}`}
          size="sm"
          value={guard.action ?? 'roll-back'}
          onChange={(event) => onChange({ ...guard, action: event.currentTarget.value })}
          data={actions}
        />
        <NativeSelect
          aria-label={`Tolerated loss, ${title}`}
          size="sm"
          value={kind}
          onChange={(event) => onChange(withLimit(guard, event.currentTarget.value))}
          data={limits(guard, kpi)}
        />
        {isAbsolute && (
          <TextInput
            aria-label={
              kind === 'limit'
                ? `Never above${isRate ? ' (percent)' : ''}, ${title}`
                : `Worse by at most${isRate ? ' (points)' : ''}, ${title}`
            }
            size="sm"
            w={90}
            inputMode="decimal"
            defaultValue={asAmount(guard, isRate)}
            onChange={(event) => {
              const amount = Number(event.currentTarget.value.replace(',', '.'));
              if (Number.isFinite(amount) && amount >= 0)
                onChange({ ...guard, [kind]: isRate ? amount / 100 : amount });
            }}
          />
        )}
        <NativeSelect
          aria-label={`In whom, ${title}`}
          size="sm"
          value={guard.cohort ?? ''}
          onChange={(event) => onChange({ ...guard, cohort: event.currentTarget.value || undefined })}
          data={cohorts}
        />
        <Button size="compact-sm" variant="subtle" onClick={onRemove}>
          Remove
        </Button>
      </div>
    </div>
  );
}

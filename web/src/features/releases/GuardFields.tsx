import { Button, NativeSelect, Select } from '@mantine/core';
import type { Guard, Kpi } from '@/api/types';
import { guardWords } from './plan';

/** What takes a version back by itself, number by number. */
export function GuardFields({
  kpis,
  guards,
  onChange,
}: {
  kpis: Kpi[];
  guards: Guard[];
  onChange: (guards: Guard[]) => void;
}) {
  const free = kpis.filter((kpi) => !guards.some((guard) => guard.kpi === kpi.id));
  const set = (index: number, part: Partial<Guard>) =>
    onChange(guards.map((guard, at) => (at === index ? { ...guard, ...part } : guard)));
  return (
    <section className="tile stack" aria-labelledby="guards">
      <h2 id="guards">Guards</h2>
      {guards.length === 0 && (
        <p className="quiet small">
          A guard takes the new version back by itself once it is clear that a number got worse.
        </p>
      )}
      {guards.map((guard, index) => {
        const kpi = kpis.find((one) => one.id === guard.kpi);
        return (
          <div key={guard.kpi} className="guard">
            <p className="verdict grow">{guardWords(guard, kpi)}</p>
            <div className="row">
              <NativeSelect
                aria-label={`What happens, ${kpi?.title}`}
                size="sm"
                value={guard.action ?? 'roll-back'}
                onChange={(event) => set(index, { action: event.currentTarget.value })}
                data={[
                  { value: 'roll-back', label: 'Roll back' },
                  { value: 'pause', label: 'Pause' },
                ]}
              />
              <NativeSelect
                aria-label={`Tolerated loss, ${kpi?.title}`}
                size="sm"
                value={String(guard.margin ?? 0)}
                onChange={(event) => set(index, { margin: Number(event.currentTarget.value) })}
                data={[
                  { value: '0', label: 'no loss tolerated' },
                  { value: '0.01', label: 'up to 1 %' },
                  { value: '0.02', label: 'up to 2 %' },
                  { value: '0.05', label: 'up to 5 %' },
                ]}
              />
              <Button
                size="compact-sm"
                variant="subtle"
                onClick={() => onChange(guards.filter((_, at) => at !== index))}
              >
                Remove
              </Button>
            </div>
          </div>
        );
      })}
      <Select
        aria-label="Add a guard"
        placeholder="Add a guard on …"
        data={free.map((kpi) => ({ value: kpi.id, label: kpi.title }))}
        value={null}
        onChange={(id) => id && onChange([...guards, { kpi: id, margin: 0, action: 'roll-back' }])}
        w={240}
      />
    </section>
  );
}

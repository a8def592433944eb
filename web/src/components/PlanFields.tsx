import { Button, Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { Kpi } from '@/api/types';
import { guardLine, type Plan, planLine, planOf } from '@/lib/record';
import { validationWords } from '@/lib/record-words';

const ways = [
  { value: 'ab', label: 'A/B test: half see the new text' },
  { value: 'watch', label: 'We watch the numbers after going live' },
  { value: 'review', label: 'A reviewer reads it; nothing to measure' },
  { value: 'own', label: 'In my own words' },
];

/** How a change will be checked; written into one line of its record. */
export function PlanFields({
  value,
  onChange,
  kpis,
  expected,
  required,
}: {
  value: string;
  onChange: (value: string) => void;
  kpis: Kpi[];
  /** The KPI that is expected to move: the goal of a test, unless another is chosen. */
  expected?: string;
  required: boolean;
}) {
  const plan = planOf(value);
  const set = (next: Plan) => onChange(planLine(next));
  const begin = (how: string | null) => {
    if (how === 'ab') set({ how, days: 14, goal: expected ?? '', guards: [] });
    else if (how === 'own') set({ how, words: 'by ' });
    else set({ how: (how ?? '') as 'watch' | 'review' | '' });
  };
  return (
    <div className="stack tight">
      <Select
        label="How will it be checked?"
        withAsterisk={required}
        placeholder="Choose a way"
        data={ways}
        value={plan.how || null}
        onChange={begin}
        clearable
      />
      {plan.how === 'own' && (
        <TextInput
          aria-label="How it will be checked, in your own words"
          value={plan.words}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      )}
      {plan.how === 'ab' && (
        <>
          <div className="two-fields">
            <TextInput
              label="Days"
              type="number"
              min={1}
              max={365}
              value={plan.days}
              onChange={(event) =>
                set({ ...plan, days: Math.max(1, Number(event.currentTarget.value) || 1) })
              }
            />
            <Select
              label="Goal"
              placeholder="Choose a KPI"
              data={kpis.map((kpi) => ({ value: kpi.id, label: kpi.title }))}
              value={plan.goal || null}
              onChange={(goal) => set({ ...plan, goal: goal ?? '' })}
              clearable
            />
          </div>
          <Guards guards={plan.guards} onChange={(guards) => set({ ...plan, guards })} kpis={kpis} />
        </>
      )}
    </div>
  );
}

/** Limits that end a test at once: so much worse, and no more. */
function Guards({
  guards,
  onChange,
  kpis,
}: {
  guards: string[];
  onChange: (guards: string[]) => void;
  kpis: Kpi[];
}) {
  const [adding, setAdding] = useState(false);
  const [id, setId] = useState<string | null>(null);
  const [limit, setLimit] = useState('0.5');
  const kpi = kpis.find((one) => one.id === id);
  const words = (guard: string) =>
    validationWords(`ab guard=${guard}`, kpis).replace(/^A\/B test; guard: /, '');
  return (
    <div className="stack tight">
      {guards.map((guard) => (
        <span key={guard} className="row">
          <span>{`Limit: ${words(guard)}`}</span>
          <Button
            variant="subtle"
            size="compact-sm"
            aria-label={`Remove the limit ${words(guard)}`}
            onClick={() => onChange(guards.filter((one) => one !== guard))}
          >
            Remove
          </Button>
        </span>
      ))}
      {adding ? (
        <div className="two-fields">
          <Select
            label="Which number must not get worse?"
            data={kpis.map((one) => ({ value: one.id, label: one.title }))}
            value={id}
            onChange={setId}
          />
          <div className="row nowrap" style={{ alignItems: 'flex-end' }}>
            <TextInput
              label={kpi?.kind === 'conversion' ? 'By more than (points)' : 'By more than (percent)'}
              value={limit}
              onChange={(event) => setLimit(event.currentTarget.value)}
            />
            <Button
              variant="default"
              disabled={!kpi || !/^\d+(\.\d+)?$/.test(limit)}
              onClick={() => {
                if (kpi)
                  onChange([...guards.filter((one) => !one.startsWith(kpi.id)), guardLine(kpi, limit)]);
                setAdding(false);
              }}
            >
              Add
            </Button>
          </div>
        </div>
      ) : (
        <div>
          <Button variant="subtle" size="compact-sm" onClick={() => setAdding(true)}>
            Add a limit that ends the test
          </Button>
        </div>
      )}
    </div>
  );
}

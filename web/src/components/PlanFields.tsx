import { Select, TextInput } from '@mantine/core';
import type { Kpi } from '@/api/types';
import { type Plan, planLine, planOf } from '@/lib/record';

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
  description,
}: {
  value: string;
  onChange: (value: string) => void;
  kpis: Kpi[];
  /** The KPI that is expected to move: the goal of a test, unless another is chosen. */
  expected?: string;
  required: boolean;
  description?: string;
}) {
  const plan = planOf(value);
  const set = (next: Plan) => onChange(planLine(next));
  const begin = (how: string | null) => {
    if (how === 'ab') set({ how, days: 14, goal: expected ?? '', guard: '' });
    else if (how === 'own') set({ how, words: 'by ' });
    else set({ how: (how ?? '') as 'watch' | 'review' | '' });
  };
  return (
    <div className="stack tight">
      <Select
        label="How will it be checked?"
        description={description}
        required={required}
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
        <div className="two-fields">
          <TextInput
            label="Days"
            type="number"
            min={1}
            max={365}
            value={plan.days}
            onChange={(event) => set({ ...plan, days: Math.max(1, Number(event.currentTarget.value) || 1) })}
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
      )}
    </div>
  );
}

import type { Guard, Kpi } from '@/api/types';

/** Ready-made stages: coverage in basis points, both arms together. */
export const stagePlans = [
  { value: 'careful', label: 'Careful: 5 %, 25 %, 50 %, everyone', stages: [500, 2500, 5000, 10_000] },
  { value: 'steady', label: 'Steady: 10 %, 50 %, everyone', stages: [1000, 5000, 10_000] },
  { value: 'test', label: 'A/B test: everyone, half and half', stages: [10_000] },
] as const;

/** Whether a rollout can aim at a KPI or guard it: quantiles are for reading, and so are ratios of nothing yet. */
export const mayBeWatched = (kpi: Pick<Kpi, 'kind' | 'numerator'>) =>
  kpi.kind !== 'quantile' && (kpi.kind !== 'ratio' || kpi.numerator != null);

/** A guard in words: `Roll back if first orders fall`, with what is tolerated. */
export function guardWords(guard: Guard, kpi: Pick<Kpi, 'title' | 'direction'> | undefined): string {
  const act = guard.action === 'pause' ? 'Pause' : 'Roll back';
  const harm = guard.harm ?? (kpi?.direction === 'down' ? 'increase' : 'decrease');
  const name = (kpi?.title ?? guard.kpi).toLowerCase();
  const plural = name.endsWith('s');
  const moves = harm === 'increase' ? (plural ? 'rise' : 'rises') : plural ? 'fall' : 'falls';
  const margin = guard.margin ? ` by more than ${Math.round(guard.margin * 1000) / 10} %` : '';
  return `${act} if ${name} ${moves}${margin}`;
}

/** A planned change with its sign: `+5 %`, `−3 %`. */
export const plannedChange = (lift: string) =>
  `${lift
    .trim()
    .replace(/^[-−]/, '−')
    .replace(/^(?![−+])/, '+')} %`;

/** What still has to be filled in before a rollout may start; empty when it may. */
export function stillMissing(plan: {
  title: string;
  goal: string | null;
  guards: Guard[];
  liveRelease: number | null | undefined;
  release: number;
  running: boolean;
  shadow?: boolean;
}) {
  const always = [
    { what: 'It has a title', done: plan.title.trim() !== '' },
    {
      what: 'Something is live to compare it with',
      done: plan.liveRelease != null && plan.liveRelease !== plan.release,
    },
  ];
  if (plan.shadow) return always;
  return [
    ...always,
    { what: 'No other rollout runs there, or both are kept apart', done: !plan.running },
    { what: 'It has a goal', done: plan.goal !== null },
    { what: 'At least one guard protects people', done: plan.guards.length > 0 },
  ];
}

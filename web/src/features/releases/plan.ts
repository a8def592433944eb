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

/** What a guard can do. */
export const actions = [
  { value: 'roll-back', label: 'Roll back' },
  { value: 'pause', label: 'Pause' },
  { value: 'hold', label: 'Hold at the stage' },
  { value: 'escalate', label: 'Go on and tell people' },
];

const acts: Record<string, string> = {
  pause: 'Pause',
  hold: 'Hold at the stage',
  escalate: 'Tell people',
};

/** Which kind of limit a guard has: a share of the old level, or `limit`, or `difference`. */
export const limitOf = (guard: Guard): string =>
  guard.limit != null ? 'limit' : guard.difference != null ? 'difference' : String(guard.margin ?? 0);

/** Whether more of a number is harm. */
const rises = (guard: Guard, kpi: Pick<Kpi, 'direction'> | undefined) =>
  (guard.harm ?? (kpi?.direction === 'down' ? 'increase' : 'decrease')) === 'increase';

/** The limits to choose from. A level is limited from above only: people whose time is not over look like a low one. */
export const limits = (guard: Guard, kpi: Pick<Kpi, 'direction'> | undefined) => [
  { value: '0', label: 'no loss tolerated' },
  { value: '0.01', label: 'up to 1 %' },
  { value: '0.02', label: 'up to 2 %' },
  { value: '0.05', label: 'up to 5 %' },
  ...(rises(guard, kpi) ? [{ value: 'limit', label: 'never above …' }] : []),
  { value: 'difference', label: 'worse by at most …' },
];

/** The guard with another kind of limit. */
export function withLimit(guard: Guard, kind: string): Guard {
  const { limit: _limit, difference: _difference, ...rest } = guard;
  if (kind === 'limit') return { ...rest, margin: 0, limit: 0.01 };
  if (kind === 'difference') return { ...rest, margin: 0, difference: 0.001 };
  return { ...rest, margin: Number(kind) };
}

/** An absolute limit as it is typed: rates in percent. */
export const asAmount = (guard: Guard, isRate: boolean) =>
  String(Number(((guard.limit ?? guard.difference ?? 0) * (isRate ? 100 : 1)).toPrecision(6)));

/** A guard in words: `Roll back if first orders fall`, with what is tolerated. */
export function guardWords(
  guard: Guard,
  kpi: (Pick<Kpi, 'title' | 'direction'> & Partial<Pick<Kpi, 'kind' | 'unit'>>) | undefined,
): string {
  const act = acts[guard.action ?? ''] ?? 'Roll back';
  const harm = guard.harm ?? (kpi?.direction === 'down' ? 'increase' : 'decrease');
  const name = (kpi?.title ?? guard.kpi).toLowerCase();
  const plural = name.endsWith('s');
  const moves = harm === 'increase' ? (plural ? 'rise' : 'rises') : plural ? 'fall' : 'falls';
  const whom = guard.cohort ? ` in any ${guard.cohort}` : '';
  const isRate = kpi?.kind === 'conversion';
  const amount = asAmount(guard, isRate);
  const unit = kpi?.unit && !isRate ? ` ${kpi.unit}` : '';
  if (guard.limit != null)
    return `${act} if ${name} ${plural ? 'lie' : 'lies'} above ${amount}${isRate ? ' %' : unit}${whom}`;
  const margin = guard.margin ? ` by more than ${Math.round(guard.margin * 1000) / 10} %` : '';
  const points = guard.difference == null ? '' : ` by more than ${amount}${isRate ? ' points' : unit}`;
  return `${act} if ${name} ${moves}${margin}${points}${whom}`;
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

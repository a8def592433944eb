import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { planQuery } from '@/api/plan-queries';
import type { Kpi } from '@/api/types';
import { Said } from '@/components/Said';
import { layerWords, part, waitWords, whenWords, whoWords } from '@/lib/designs';
import { lengthWords } from '@/lib/windows';
import { guardWords } from './plan';
import { basisPoints, conditionOf, type Draft, scheduleOf, sharesOf, stagesOf } from './start';
import { pairsWords } from './windows';

const isWhole = (row: Draft['conditions'][number]) =>
  row.attribute.trim() !== '' && (row.values.length > 0 || row.number.trim() !== '');

/** What will happen, in sentences, before anything does. */
export function StartSummary({
  draft,
  live,
  kpis,
  lift,
}: {
  draft: Draft;
  live: number | null | undefined;
  kpis: Kpi[];
  /** The smallest change worth seeing, as a part of 1. */
  lift: number | undefined;
}) {
  const conditions = draft.conditions.filter(isWhole).map(conditionOf);
  const layer = draft.inLayer && !draft.shadow && !draft.windows ? basisPoints(draft.layerShare) : undefined;
  const shares = sharesOf(draft.arms);
  const names = [
    `release ${live ?? '–'} as before`,
    ...draft.arms.map((arm) => arm.name.trim() || (arm.release ? `release ${arm.release}` : 'a release')),
  ];
  return (
    <dl className="facts">
      <dt>Who</dt>
      <dd>
        {`${whoWords(conditions)}.`}
        {layer && ` Of them ${layerWords({ name: draft.layerName.trim() || '…', share: layer })}.`}
      </dd>
      <dt>Split</dt>
      <dd>
        {draft.shadow
          ? 'Nobody gets the new version. It is filled in beside what is live, and what differs is counted.'
          : draft.windows
            ? `In each window everybody gets release ${live ?? '–'} or the new version; the order is drawn pair by pair.`
            : shares
              ? `${names.map((name, at) => `${part(shares[at] ?? 0)} ${name}`).join(', ')}.`
              : 'The shares do not add up yet.'}
      </dd>
      <dt>Steps</dt>
      <dd>{draft.windows ? windowsWords(draft) : <Steps draft={draft} />}</dd>
      <dt>Guards</dt>
      <dd>
        {draft.shadow
          ? 'None are needed: nobody is touched.'
          : draft.guards.length === 0
            ? 'None yet: nothing would take it back by itself.'
            : draft.guards.map((guard) => (
                <p key={guard.kpi}>
                  {`${guardWords(
                    guard,
                    kpis.find((kpi) => kpi.id === guard.kpi),
                  )}.`}
                </p>
              ))}
      </dd>
      {!draft.shadow && (
        <>
          <dt>How long</dt>
          <dd>
            {draft.windows ? (
              <HowManyPairs draft={draft} lift={lift} />
            ) : (
              <HowLong draft={draft} lift={lift} layer={layer} hasConditions={conditions.length > 0} />
            )}
          </dd>
        </>
      )}
    </dl>
  );
}

/** `Windows of 4 hours from 3 Dec, 08:00; the first 30 minutes of each are left out.` */
function windowsWords(draft: Draft): string {
  const from = draft.later && draft.startsAt ? whenWords(draft.startsAt) : 'the next full hour or minute';
  const burnIn =
    Number(draft.burnIn) > 0
      ? `; the first ${lengthWords(Number(draft.burnIn) * 60)} of each are left out`
      : '';
  return `Windows of ${lengthWords(Number(draft.windowSeconds))} from ${from}${burnIn}.`;
}

function Steps({ draft }: { draft: Draft }) {
  const stages = stagesOf(draft);
  const times = scheduleOf(draft);
  const begins = draft.later
    ? draft.startsAt
      ? `on ${whenWords(draft.startsAt)}`
      : 'at a moment that is still open'
    : 'at once';
  if (stages.length === 0) return 'The steps are not clear yet.';
  return (
    <>
      <p>{`Begins ${begins} with ${part(stages[0] ?? 0)}.`}</p>
      {stages.slice(1).map((coverage, at) => (
        <p key={coverage}>{`${part(coverage)} ${waitWords(times[at])}.`}</p>
      ))}
    </>
  );
}

/** How long the planned windows take, and how many pairs the planner thinks it needs. */
function HowManyPairs({ draft, lift }: { draft: Draft; lift: number | undefined }) {
  const [ask] = useDebouncedValue(
    draft.goal && lift ? { kpi: draft.goal, lift, window_seconds: Number(draft.windowSeconds) } : undefined,
    300,
  );
  const planned = useQuery(planQuery(ask)).data?.windows;
  return (
    <>
      <p>{pairsWords(draft)}</p>
      {planned && (
        <p>
          <Said text={planned.sentence} />
        </p>
      )}
    </>
  );
}

/** The planner's answer for this very plan. */
function HowLong({
  draft,
  lift,
  layer,
  hasConditions,
}: {
  draft: Draft;
  lift: number | undefined;
  layer: number | undefined;
  hasConditions: boolean;
}) {
  const stages = stagesOf(draft);
  const coverage = Math.round(((stages.at(-1) ?? 10_000) * Math.min(10_000, layer ?? 10_000)) / 10_000);
  const [ask] = useDebouncedValue(
    draft.goal && lift && coverage > 0
      ? {
          kpi: draft.goal,
          lift,
          prompt: draft.prompt ?? undefined,
          arms: draft.arms.length + 1,
          coverage,
        }
      : undefined,
    300,
  );
  const own = useQuery(planQuery(ask));
  // Where the prompt was never tried, rollouts of others tell how things stand.
  const any = useQuery(planQuery(own.error && ask ? { ...ask, prompt: undefined } : undefined));
  const plan = own.error ? any : own;
  if (!draft.goal) return 'Choose a goal to learn how many days it takes.';
  if (!lift) return 'Say which change is worth seeing to learn how many days it takes.';
  if (plan.error) return 'Nobody can tell yet: this number was not measured before.';
  if (!plan.data) return '…';
  return (
    <>
      <Said text={plan.data.sentence} />
      {hasConditions && ' That counts everybody; with conditions it takes longer.'}
    </>
  );
}

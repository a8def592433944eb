import type { Switchback } from '@/api/designs';
import type { RolloutDetail } from '@/api/types';
import { layerWords, part, waitWords, whenWords, whoWords } from '@/lib/designs';
import { armName } from '@/lib/rollouts';
import { lengthWords } from '@/lib/windows';

/** `40 pairs of 4 hours each since 1 Dec, 08:00; the first 30 minutes are left out.` */
function windowWords(cut: Switchback): string {
  const burnIn =
    cut.burn_in_seconds > 0 ? `; the first ${lengthWords(cut.burn_in_seconds)} are left out` : '';
  return `${cut.planned_pairs} pairs, ${lengthWords(cut.window_seconds)} each window, from ${whenWords(cut.from)}${burnIn}.`;
}

/** How a rollout was designed before anybody looked: versions, people, steps. */
export function DesignTile({ rollout }: { rollout: RolloutDetail }) {
  const { schedule = [], conditions = [] } = rollout;
  const margins = Object.entries(rollout.not_worse_by ?? {});
  const titleOf = (id: string) => rollout.kpis.find((kpi) => kpi.kpi === id)?.title ?? id;
  return (
    <section className="tile" aria-labelledby="design">
      <h2 id="design">How it is set up</h2>
      <dl className="facts">
        <dt>Who</dt>
        <dd>
          {`${whoWords(conditions)}.`}
          {rollout.layer && ` Of them ${layerWords(rollout.layer)}.`}
        </dd>
        <dt>Split</dt>
        <dd>
          {rollout.design === 'shadow'
            ? `Everybody gets release ${rollout.control}; release ${rollout.treatment} is filled in beside it.`
            : rollout.switchback
              ? `In each window everybody gets release ${rollout.control} or ${rollout.treatment}; which comes first is drawn for each pair.`
              : (rollout.arms ?? []).map((arm) => (
                  <p
                    key={arm.arm}
                  >{`${part(arm.share)} ${armName(arm)}${arm.arm === 0 && rollout.design !== 'hold-out' ? ', as before' : ''}`}</p>
                ))}
        </dd>
        {(rollout.pre_period_days != null || margins.length > 0) && (
          <>
            <dt>Measured</dt>
            <dd>
              {rollout.pre_period_days != null && (
                <p>{`What people did in the ${rollout.pre_period_days} days before is taken out.`}</p>
              )}
              {margins.map(([id, share]) => (
                <p
                  key={id}
                >{`${titleOf(id)}: no worse by more than ${Number((share * 100).toFixed(2))} % is good enough.`}</p>
              ))}
            </dd>
          </>
        )}
        {rollout.design === 'hold-out' && (
          <>
            <dt>Keeps</dt>
            <dd>{`Those held out keep release ${rollout.control}, whatever goes live.`}</dd>
            <dt>Until</dt>
            <dd>{rollout.until ? whenWords(rollout.until) : '–'}</dd>
          </>
        )}
        {rollout.switchback && (
          <>
            <dt>Windows</dt>
            <dd>{windowWords(rollout.switchback)}</dd>
          </>
        )}
        {rollout.design !== 'hold-out' && !rollout.switchback && (
          <>
            <dt>Steps</dt>
            <dd>
              {rollout.starts_at && (
                <p>{`Begins by itself on ${whenWords(rollout.starts_at)}; until then nobody is in it.`}</p>
              )}
              {rollout.stages.map((coverage, at) => (
                <p key={coverage}>
                  {at === 0
                    ? `${part(coverage)} at the start`
                    : `${part(coverage)} ${waitWords(schedule[at - 1])}`}
                </p>
              ))}
            </dd>
          </>
        )}
      </dl>
    </section>
  );
}

import type { RolloutDetail, WatchedGuard } from '@/api/types';
import { Pill } from '@/components/Pill';
import { PlainTable } from '@/components/PlainTable';

const THEN: Record<string, string> = {
  'roll-back': 'taken back',
  pause: 'paused',
  hold: 'held at its stage',
  escalate: 'people are told',
};

/** Everything that is watched, with how much of the evidence is there at which it decides. */
export function GuardsTile({ rollout }: { rollout: RolloutDetail }) {
  const guards = rollout.guards ?? [];
  if (guards.length === 0) return null;
  const several = (rollout.arms?.length ?? 0) > 2;
  return (
    <section className="tile" aria-labelledby="guards-watch">
      <h2 id="guards-watch">Guards</h2>
      <PlainTable
        labelledBy="guards-watch"
        columns={[
          'Number',
          { title: 'Against', text: true },
          { title: 'Then it is', text: true },
          'Evidence',
        ]}
        rows={guards.map((guard) => ({
          key: `${guard.kpi} ${guard.against} ${guard.arm} ${guard.cohort ?? ''}`,
          cells: [
            name(guard, several),
            guard.against,
            THEN[guard.action] ?? guard.action,
            state(guard, rollout.threshold),
          ],
        }))}
        rowHeads
      />
      <p className="small quiet">
        All guards share one chance of a false alarm; each counts for a part of it, and the cohorts of a guard
        share that part.
      </p>
    </section>
  );
}

function state(guard: WatchedGuard, threshold: number) {
  if (!guard.fired) return evidence(guard.log_e, threshold);
  return (
    <Pill tone="red" icon="warning">
      decided
    </Pill>
  );
}

function name(guard: WatchedGuard, several: boolean): string {
  const whom = guard.cohort ? ` (${guard.cohort.replace('=', ' ')})` : '';
  return `${guard.title}${whom}${several ? `, ${guard.name}` : ''}`;
}

/** How much of the evidence is there, on the scale of its logarithm. */
export function evidence(logE: number, threshold: number): string {
  const share = threshold > 0 ? Math.max(0, Math.min(1, logE / threshold)) : 0;
  return `${Math.round(share * 100)} %`;
}

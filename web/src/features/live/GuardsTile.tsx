import type { RolloutDetail, WatchedGuard } from '@/api/types';
import { Pill } from '@/components/Pill';

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
      <div className="scroll-x">
        <table className="rests-on">
          <thead>
            <tr>
              <th scope="col">Number</th>
              <th scope="col">Against</th>
              <th scope="col">Then it is</th>
              <th scope="col">Evidence</th>
            </tr>
          </thead>
          <tbody>
            {guards.map((guard) => (
              <tr key={`${guard.kpi} ${guard.against} ${guard.arm} ${guard.cohort ?? ''}`}>
                <th scope="row">{name(guard, several)}</th>
                <td>{guard.against}</td>
                <td>{THEN[guard.action] ?? guard.action}</td>
                <td>
                  {guard.fired ? (
                    <Pill tone="red" icon="warning">
                      decided
                    </Pill>
                  ) : (
                    evidence(guard.log_e, rollout.threshold)
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="small quiet">
        All guards share one chance of a false alarm; each counts for a part of it, and the cohorts of a guard
        share that part.
      </p>
    </section>
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

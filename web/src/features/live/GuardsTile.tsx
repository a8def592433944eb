import type { RolloutDetail, WatchedGuard } from '@/api/types';
import { Pill } from '@/components/Pill';
import { PlainTable } from '@/components/PlainTable';

const THEN: Record<string, string> = {
  'roll-back': 'taken back',
  pause: 'paused',
  hold: 'held at its stage',
  escalate: 'people are told',
};

/** Everything that is watched, with how much of the evidence is there at which it decides: a line for each guard and
 * group of people, a column for each new version. */
export function GuardsTile({ rollout }: { rollout: RolloutDetail }) {
  const guards = rollout.guards ?? [];
  if (guards.length === 0) return null;
  const arms = [...new Map(guards.map((guard) => [guard.arm, guard.name]))];
  return (
    <section className="tile" aria-labelledby="guards-watch">
      <h2 id="guards-watch">Guards</h2>
      <PlainTable
        label="Guards, as a table"
        columns={[
          'Number',
          { title: 'Against', text: true },
          { title: 'Then it is', text: true },
          ...(arms.length > 1 ? arms.map(([, name]) => `Evidence: ${name}`) : ['Evidence']),
        ]}
        rows={guardLines(guards).map(({ key, first, byArm }) => ({
          key,
          cells: [
            nameOf(first),
            first.against,
            THEN[first.action] ?? first.action,
            ...arms.map(([arm]) => state(byArm.get(arm), rollout.threshold)),
          ],
        }))}
        rowHeads
      />
      <p className="small quiet">
        A guard decides at 100 % of the evidence. All guards share one chance of a false alarm; each counts
        for a part of it, and the groups of a guard share that part.
      </p>
    </section>
  );
}

/** Guards by what they watch, whichever version they watch it in. */
export function guardLines(guards: WatchedGuard[]) {
  const lines = new Map<string, { key: string; first: WatchedGuard; byArm: Map<number, WatchedGuard> }>();
  for (const guard of guards) {
    const key = [guard.kpi, guard.against, guard.action, guard.cohort ?? ''].join(' ');
    const line = lines.get(key) ?? { key, first: guard, byArm: new Map() };
    line.byArm.set(guard.arm, guard);
    lines.set(key, line);
  }
  return [...lines.values()];
}

function state(guard: WatchedGuard | undefined, threshold: number) {
  if (!guard) return '–';
  if (!guard.fired) return evidence(guard.log_e, threshold);
  return (
    <Pill tone="red" icon="warning">
      decided
    </Pill>
  );
}

const nameOf = (guard: WatchedGuard) =>
  guard.cohort ? `${guard.title} (${guard.cohort.replace('=', ' ')})` : guard.title;

/** How much of the evidence is there, on the scale of its logarithm. */
export function evidence(logE: number, threshold: number): string {
  const share = threshold > 0 ? Math.max(0, Math.min(1, logE / threshold)) : 0;
  return `${Math.round(share * 100)} %`;
}

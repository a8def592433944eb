import type { Rollout } from '@/api/types';
import { share } from '@/lib/format';

/** The stages as one bar: what is behind, where it stands, what is to come. */
export function StageBar({ rollout }: { rollout: Pick<Rollout, 'stages' | 'stage' | 'state' | 'coverage'> }) {
  const stopped = rollout.state === 'rolled-back';
  const done = rollout.state === 'finished';
  if (rollout.stages.length < 2) return null;
  return (
    <ol className="stages" aria-label="Stages">
      {rollout.stages.map((coverage, index) => {
        const before = rollout.stages[index - 1] ?? 0;
        const here = index === rollout.stage;
        const state =
          done || index < rollout.stage ? 'behind' : here ? (stopped ? 'stopped' : 'here') : 'ahead';
        const word =
          here && !done
            ? stopped
              ? ', stopped here'
              : rollout.state === 'paused'
                ? ', paused here'
                : ', now'
            : '';
        return (
          <li
            key={coverage}
            className={state}
            style={{ flexGrow: Math.max(700, coverage - before) }}
            aria-current={here && !done ? 'step' : undefined}
          >
            <span className="stage-name">{`${share(coverage)}${word}`}</span>
            <span className="stage-line" />
          </li>
        );
      })}
    </ol>
  );
}

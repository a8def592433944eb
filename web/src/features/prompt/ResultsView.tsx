import { Link } from '@tanstack/react-router';
import type { Rollout } from '@/api/types';
import { Empty } from '@/components/Page';
import { RolloutPill } from '@/components/Pill';
import { count, date } from '@/lib/format';

/** What was measured: every rollout of this prompt. */
export function ResultsView({ rollouts }: { rollouts: Rollout[] }) {
  if (rollouts.length === 0) {
    return (
      <Empty title="No results yet">
        Once a new version is tried on part of the audience, what it brought stands here: the difference, how
        sure it is, and how it ended.
      </Empty>
    );
  }
  return (
    <ul className="stack">
      {rollouts.map((rollout) => (
        <li key={rollout.number} className="tile">
          <div className="between">
            <Link to="/live/$number" params={{ number: String(rollout.number) }} className="link">
              {rollout.title}
            </Link>
            <RolloutPill rollout={rollout} />
          </div>
          <p className="verdict" style={{ margin: '6px 0' }}>
            {rollout.sentence}
          </p>
          <p className="small quiet">
            {`Version ${rollout.control_version ?? '?'} against Version ${rollout.treatment_version ?? '?'} · ${count(rollout.exposed.reduce((a, b) => a + b, 0))} people · ${date(rollout.started_at)}`}
          </p>
        </li>
      ))}
    </ul>
  );
}

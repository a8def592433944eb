import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { versionsQuery } from '@/api/queries';
import type { Rollout } from '@/api/types';
import { Empty } from '@/components/Page';
import { RolloutPill } from '@/components/Pill';
import { Said } from '@/components/Said';
import { count, date } from '@/lib/format';
import { endedSentence } from '@/lib/rollouts';

/** What was measured: every rollout of this prompt. */
export function ResultsView({ id, rollouts }: { id: string; rollouts: Rollout[] }) {
  const versions = useInfiniteQuery(versionsQuery(id)).data?.pages.flatMap((page) => page.items) ?? [];
  const measured = (rollout: Rollout) =>
    versions.find((version) => version.outcome?.rollout === rollout.number)?.outcome;
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
            <Said text={measured(rollout)?.sentence ?? endedSentence(rollout)} />
          </p>
          {measured(rollout) && <p>{endedSentence(rollout)}</p>}
          <p className="small quiet">
            {`Version ${rollout.control_version ?? '?'} against Version ${rollout.treatment_version ?? '?'} · ${count(rollout.exposed.reduce((a, b) => a + b, 0))} people · ${date(rollout.started_at)}`}
          </p>
        </li>
      ))}
    </ul>
  );
}

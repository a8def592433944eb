import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { rolloutsQuery } from '@/api/queries';
import { Pill } from '@/components/Pill';
import { Said } from '@/components/Said';
import { useMay, useSession } from '@/components/session';
import { WaitsPill } from '@/components/WaitsPill';
import { useWaiting } from '@/components/waiting';
import { ago, personName } from '@/lib/format';

const SHOWN = 4;

/** Rollouts on which somebody else asks for a decision against the verdict that the reader may confirm. */
function useDecisions() {
  const me = useSession()?.actor.id;
  const mayConfirm = useMay('confirm-decision');
  const rollouts = useQuery({ ...rolloutsQuery, enabled: mayConfirm }).data?.items ?? [];
  return rollouts.filter(({ decision }) => decision != null && decision.by !== me);
}

/** What wants something of the reader, first thing in the day; nothing where nothing does. */
export function WaitsForYou() {
  const rows = useWaiting();
  const decisions = useDecisions();
  if (rows.length + decisions.length === 0) return null;
  return (
    <section className="tile flush" aria-labelledby="waits-for-you">
      <h2 id="waits-for-you" className="tile-head">
        Waits for you
      </h2>
      <ul className="list">
        {decisions.map((rollout) => (
          <li key={rollout.number}>
            <Link
              to="/live/$number"
              params={{ number: String(rollout.number) }}
              className="list-row home-version"
            >
              <span className="grow">
                <span className="serif" style={{ fontSize: 16, display: 'block' }}>
                  {rollout.title}
                </span>
                <span className="small quiet">
                  <Said text={rollout.decision?.sentence ?? ''} />
                </span>
              </span>
              <Pill tone="amber" icon="person">
                second person
              </Pill>
            </Link>
          </li>
        ))}
        {rows.slice(0, SHOWN).map(({ change, waits }) => (
          <li key={change.number}>
            <Link
              to="/reviews/$number"
              params={{ number: String(change.number) }}
              className="list-row home-version"
            >
              <span className="grow">
                <span className="serif" style={{ fontSize: 16, display: 'block' }}>
                  {change.title}
                </span>
                <span className="small quiet">{`CH-${change.number}, ${personName(change.author.name)}, ${ago(change.opened_at)}`}</span>
              </span>
              <WaitsPill waits={waits} />
            </Link>
          </li>
        ))}
      </ul>
      {rows.length > SHOWN && (
        <p className="tile-pad small">
          <Link to="/reviews" className="link">
            {`And ${rows.length - SHOWN} more`}
          </Link>
        </p>
      )}
    </section>
  );
}

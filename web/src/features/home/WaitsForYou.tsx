import { Link } from '@tanstack/react-router';
import { WaitsPill } from '@/components/WaitsPill';
import { useWaiting } from '@/components/waiting';
import { ago, personName } from '@/lib/format';

const SHOWN = 4;

/** What wants something of the reader, first thing in the day; nothing where nothing does. */
export function WaitsForYou() {
  const rows = useWaiting();
  if (rows.length === 0) return null;
  return (
    <section className="tile flush" aria-labelledby="waits-for-you">
      <h2 id="waits-for-you" className="tile-head">
        Waits for you
      </h2>
      <ul className="list">
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

import { Link } from '@tanstack/react-router';
import type { ChangeStanding } from '@/api/types';
import { plural } from '@/lib/format';
import { blockerWords } from '@/lib/standing';

const SHOWN = 3;

/** The open review of a draft, and what still blocks publishing. */
export function UnderReview({ change }: { change: ChangeStanding }) {
  const n = change.blockers.length;
  return (
    <section className={`banner ${n === 0 ? 'good' : ''}`} aria-label="Review">
      <h2>
        {n === 0
          ? 'Nothing blocks publishing'
          : `${plural(n, 'thing')} still ${n === 1 ? 'blocks' : 'block'} publishing`}
      </h2>
      <ul className="stack tight" style={{ marginTop: n > 0 ? 8 : 0 }}>
        {change.blockers.slice(0, SHOWN).map((blocker) => (
          <li key={`${blocker.code} ${blocker.path} ${blocker.message}`} className="quiet">
            {blockerWords(blocker).message}
          </li>
        ))}
      </ul>
      <p style={{ marginTop: 8 }}>
        <Link to="/reviews/$number" params={{ number: String(change.number) }} className="link">
          {`CH-${change.number}: ${change.title}`}
        </Link>
      </p>
    </section>
  );
}

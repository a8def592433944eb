import type { RolloutDetail } from '@/api/types';
import { timeExact } from '@/lib/format';

/** What happened, oldest first, as on a page that is read. */
export function Happened({ rollout }: { rollout: RolloutDetail }) {
  const entries = [...rollout.entries].reverse();
  return (
    <section className="tile" aria-labelledby="happened">
      <h2 id="happened">What happened</h2>
      {entries.length === 0 && <p className="small quiet">Nothing yet.</p>}
      <ol className="happened-list">
        {entries.map((entry) => (
          <li
            key={entry.seq}
            className={entry.actor_kind === 'system' && /roll|back|guard/.test(entry.action) ? 'harm' : ''}
          >
            <time dateTime={entry.at}>{timeExact(entry.at)}</time>
            <span className="wrap-any">
              {entry.sentence}
              {entry.reason && <span className="quiet">{` “${entry.reason}”`}</span>}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

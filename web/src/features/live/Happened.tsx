import { Fragment } from 'react';
import type { Entry, RolloutDetail } from '@/api/types';
import { useLogWords } from '@/components/session';
import { date, time, timeExact } from '@/lib/format';
import { quoted } from '@/lib/words-shown';

const TWO_HOURS = 7_200_000;

/** What happened, oldest first, as on a page that is read. */
export function Happened({ rollout }: { rollout: RolloutDetail }) {
  const words = useLogWords();
  const entries = [...rollout.entries].reverse();
  const end = Date.parse(entries.at(-1)?.at ?? rollout.started_at);
  const clock = end - Date.parse(rollout.started_at) < TWO_HOURS ? timeExact : time;
  const told = entries.some((entry) => date(entry.at) !== date(new Date().toISOString()));
  return (
    <section className="tile" aria-labelledby="happened">
      <h2 id="happened">What happened</h2>
      {entries.length === 0 && <p className="small quiet">Nothing yet.</p>}
      <ol className="happened-list">
        {entries.map((entry, index) => (
          <Fragment key={entry.seq}>
            {told && date(entry.at) !== date(entries[index - 1]?.at ?? '') && (
              <li className="happened-day">{date(entry.at)}</li>
            )}
            <li className={entry.actor_kind === 'system' && /back|guard/.test(entry.action) ? 'harm' : ''}>
              <time dateTime={entry.at}>{clock(entry.at)}</time>
              <span className="wrap-any">
                {words(sentenceHere(entry, rollout))}
                {reasonHere(entry, rollout) && <span className="quiet">{` ${quoted(entry.reason)}`}</span>}
              </span>
            </li>
          </Fragment>
        ))}
      </ol>
    </section>
  );
}

/** The entry's sentence on the rollout's own page, where its name need not be said again. */
function sentenceHere(entry: Entry, rollout: RolloutDetail): string {
  return entry.sentence
    .replace(`rollout R-${rollout.number} “${rollout.title}”`, 'it')
    .replace(`rollout R-${rollout.number}`, 'it')
    .replace('started it in', 'went live in');
}

/** A guard's reason says what its sentence says, and the expectation stands on top of the page. */
const reasonHere = (entry: Entry, rollout: RolloutDetail) =>
  entry.actor_kind !== 'system' && entry.reason !== rollout.hypothesis && entry.reason;

import { Link } from '@tanstack/react-router';
import type { RolloutDetail } from '@/api/types';
import { count, personName, share, span, timeExact } from '@/lib/format';

const versionOf = (number: number | null | undefined, release: number) =>
  number == null ? `release ${release}` : `version ${number}`;

/** One sentence on top: what happened, what is live now. */
export function Verdict({ rollout }: { rollout: RolloutDetail }) {
  const people = rollout.exposed.reduce((a, b) => a + b, 0);
  const old = versionOf(rollout.control_version, rollout.control);
  const tried = versionOf(rollout.treatment_version, rollout.treatment);
  const ending = rollout.ending;
  if (rollout.state === 'rolled-back' && ending) {
    return (
      <section className="banner harm between" aria-label="Verdict" data-state="rolled-back">
        <div className="grow">
          <h2>{`Taken back after ${span(rollout.started_at, ending.at)}. Everyone gets ${old} again.`}</h2>
          <p className="quiet">
            {rollout.fired?.sentence ?? (ending.reason || rollout.sentence)}{' '}
            {`${count(rollout.exposed[1] ?? 0)} people saw ${tried}.`}
          </p>
        </div>
        <div className="small banner-side">
          <span>
            {ending.by_guard ? `by the guard, at ${timeExact(ending.at)}` : `by ${personName(ending.by)}`}
          </span>
          <Link to="/releases/$number" params={{ number: String(rollout.control) }} className="link">
            See what is live now
          </Link>
        </div>
      </section>
    );
  }
  if (rollout.state === 'finished') {
    return (
      <section className="banner good" aria-label="Verdict" data-state="finished">
        <h2>{`Everybody gets ${tried} now.`}</h2>
        <p className="quiet">{rollout.sentence}</p>
      </section>
    );
  }
  const paused = rollout.state === 'paused';
  return (
    <section className={paused ? 'banner note' : 'banner'} aria-label="Verdict" data-state={rollout.state}>
      <h2>{rollout.sentence}</h2>
      <p className="quiet">
        {paused ? 'Paused: nobody new gets the new version. ' : ''}
        {`${share(rollout.coverage) === 'everyone' ? 'Everyone takes' : `${share(rollout.coverage)} of the audience take`} part, ${count(people)} people so far. All others get ${old}.`}
      </p>
    </section>
  );
}

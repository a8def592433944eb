import { useQuery } from '@tanstack/react-query';
import { environmentsQuery } from '@/api/queries';
import type { RolloutDetail } from '@/api/types';
import { Said } from '@/components/Said';
import { count, moment, personName, share, span } from '@/lib/format';
import { armName, openArms, versionOf, wonBy } from '@/lib/rollouts';

/** One sentence on top: what happened, what is live now. */
export function Verdict({ rollout }: { rollout: RolloutDetail }) {
  return rollout.design === 'shadow' || (rollout.design === 'hold-out' && rollout.ending) ? (
    <InWords rollout={rollout} />
  ) : (
    <Judged rollout={rollout} />
  );
}

/** What stands in a sentence of its own, where nobody got anything new. */
function InWords({ rollout }: { rollout: RolloutDetail }) {
  const { ending } = rollout;
  return (
    <section className="banner" aria-label="Verdict" data-state={rollout.state}>
      <h2>
        <Said text={rollout.sentence} />
      </h2>
      {rollout.goal && rollout.verdict && (
        <p>
          <Said text={rollout.verdict.sentence} />
        </p>
      )}
      {ending && (
        <p className="quiet">{`Ended by ${personName(ending.by)}, ${moment(ending.at)}. ${ending.reason}`}</p>
      )}
    </section>
  );
}

function Judged({ rollout }: { rollout: RolloutDetail }) {
  const people = rollout.exposed.reduce((a, b) => a + b, 0);
  const old = versionOf(rollout.control_version, rollout.control);
  const tried = versionOf(rollout.treatment_version, rollout.treatment);
  const ending = rollout.ending;
  const won = wonBy(rollout);
  const wonRelease = rollout.arms?.find((arm) => arm.arm === ending?.arm)?.release ?? rollout.treatment;
  const release = useQuery(environmentsQuery).data?.find(({ name }) => name === rollout.environment)?.release;
  const stillLive = (number: number) => release == null || release === number;
  if (rollout.state === 'rolled-back' && ending) {
    return (
      <section className="banner harm between" aria-label="Verdict" data-state="rolled-back">
        <div className="grow">
          <h2>{`Taken back after ${span(rollout.started_at, ending.at)}. ${stillLive(rollout.control) ? `Everyone gets ${old} again.` : `Everyone got ${old} again.`}`}</h2>
          <p className="quiet">
            <Said text={rollout.fired?.sentence ?? (ending.reason || rollout.sentence)} />{' '}
            {`${count(rollout.exposed[1] ?? 0)} people saw ${tried}.`}
          </p>
        </div>
        <div className="small banner-side">
          <span>{ending.by_guard ? 'by the guard' : `by ${personName(ending.by)}`}</span>
          <span>{moment(ending.at)}</span>
        </div>
      </section>
    );
  }
  if (rollout.state === 'finished') {
    return (
      <section className="banner good" aria-label="Verdict" data-state="finished">
        <h2>{stillLive(wonRelease) ? `Everyone gets ${won} now.` : `Everyone got ${won}.`}</h2>
        <p className="quiet">
          {ending &&
            `Finished by ${personName(ending.by)} after ${span(rollout.started_at, ending.at)}, ${moment(ending.at)}. `}
          {`${count(people)} people took part.`}
        </p>
      </section>
    );
  }
  const paused = rollout.state === 'paused' || rollout.held != null;
  // A guard that paused it says more than that a guard decided.
  const verdict = rollout.fired ? undefined : rollout.verdict?.sentence;
  return (
    <section className={paused ? 'banner owed' : 'banner'} aria-label="Verdict" data-state={rollout.state}>
      <h2>
        <Said text={verdict ?? rollout.sentence} />
      </h2>
      <p className="quiet">
        {rollout.held ? `${rollout.held} ` : paused ? 'Paused: nobody new gets the new version. ' : ''}
        {verdict ? `${rollout.sentence} ` : ''}
        {`${parts(rollout, tried, old)} ${count(people)} people so far.`}
      </p>
    </section>
  );
}

/** Who takes part, and who gets what. */
function parts(rollout: RolloutDetail, tried: string, old: string): string {
  if (rollout.design === 'hold-out')
    return `${share(rollout.split.planned[0] ?? 0)} of everybody keep ${old}${rollout.until ? ` until ${moment(rollout.until)}` : ''}.`;
  if (rollout.design === 'switchback') return `Everyone gets ${tried} in one window and ${old} in the next.`;
  if (rollout.coverage === 0 && rollout.starts_at) return `Begins ${moment(rollout.starts_at)}.`;
  if ((rollout.arms?.length ?? 0) > 2) {
    const names = openArms(rollout).map(armName).join(', ');
    return `${rollout.coverage >= 10_000 ? 'Everyone takes part' : `${share(rollout.coverage)} of the audience take part`}: ${names}, beside ${old}.`;
  }
  const planned = rollout.split.planned[1] ?? 5000;
  const half = planned === 5000 ? 'half of them get' : `${share(planned)} of them get`;
  return rollout.coverage >= 10_000
    ? `Everyone takes part: ${half} ${tried}, the others ${old}.`
    : `${share(rollout.coverage)} of the audience take part: ${half} ${tried}. All others get ${old}.`;
}

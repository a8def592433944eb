import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { versionsQuery } from '@/api/queries';
import type { MeasuredOutcome } from '@/api/types';
import type { IconName } from '@/components/Icon';
import { Pill, type Tone } from '@/components/Pill';
import { measuredIn, outcomeTone } from '@/lib/outcome';

const SHOWN = 4;

/** The look of an outcome: what is neither surely good nor taken back stays quiet. */
export function outcomeLook(outcome: MeasuredOutcome): { tone: Tone; icon: IconName } {
  const tone = outcomeTone(outcome);
  if (tone === 'harm') return { tone: 'red', icon: 'back' };
  if (tone === 'good') return { tone: 'green', icon: 'up' };
  return outcome.state === 'finished' ? { tone: 'plain', icon: 'equal' } : { tone: 'blue', icon: 'play' };
}

const word = { harm: 'taken back', good: 'better', '': 'no clear difference' };

/** What the newest measured versions brought, one number each. */
export function MeasuredStrip({ id }: { id: string }) {
  const versions = useInfiniteQuery(versionsQuery(id)).data?.pages[0]?.items ?? [];
  const shown = versions
    .flatMap(({ version, outcome }) => {
      const measured = outcome && measuredIn(outcome.sentence);
      return measured ? [{ version, outcome, measured }] : [];
    })
    .slice(0, SHOWN);
  if (shown.length === 0) return null;
  return (
    <section aria-labelledby="measured" className="stack tight">
      <h2 id="measured" className="label">
        What its versions brought
      </h2>
      <ul className="measured">
        {shown.map(({ version, outcome, measured }) => (
          <li key={version}>
            <Link to="/live/$number" params={{ number: String(outcome.rollout) }}>
              <span className="measured-name">{`Version ${version} · ${measured.kpi}`}</span>
              <span className="measured-figure">{measured.move}</span>
              <span>
                <Pill {...outcomeLook(outcome)}>
                  {outcome.state === 'running' || outcome.state === 'paused'
                    ? 'being tried'
                    : word[outcomeTone(outcome)]}
                </Pill>
              </span>
              <span className="small quiet">{`between ${measured.low} and ${measured.high}`}</span>
              <span className="small quiet">{`${measured.people} people`}</span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}

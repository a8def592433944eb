import { useQuery } from '@tanstack/react-query';
import { regressionsQuery } from '@/api/measurement-queries';
import type { Regression, WatchLook } from '@/api/types';
import { Explain } from '@/components/Explain';
import { LinkButton } from '@/components/LinkButton';
import { Bones, Loaded } from '@/components/Loaded';
import { Empty, Page } from '@/components/Page';
import { ago, plural } from '@/lib/format';
import { RegressionCard } from './RegressionCard';
import './regressions.css';

const waits = (one: Regression) => one.state === 'open' || one.state === 'acknowledged';

/** KPIs that got worse outside of experiments; what costs most stands first. */
export function RegressionsPage() {
  const regressions = useQuery(regressionsQuery);
  return (
    <Page
      title="Regressions"
      intent="KPIs that got worse while nothing was being tried. What costs most stands first, each with what changed just before it fell."
    >
      <Loaded
        query={regressions}
        shape={
          <div className="tile">
            <Bones rows={5} height={28} />
          </div>
        }
      >
        {(page) => {
          const open = page.items.filter(waits);
          const over = page.items.filter((one) => !waits(one));
          return (
            <div className="stack">
              {open.length === 0 ? <Quiet looked={page.looked} /> : null}
              {open.map((one) => (
                <RegressionCard key={one.number} regression={one} />
              ))}
              {over.length > 0 && (
                <section className="stack tight">
                  <h2 className="label">Over</h2>
                  {over.map((one) => (
                    <RegressionCard key={one.number} regression={one} />
                  ))}
                </section>
              )}
              {page.looked && <Looked looked={page.looked} />}
              <HowItWorks />
            </div>
          );
        }}
      </Loaded>
    </Page>
  );
}

function Quiet({ looked }: { looked?: WatchLook | null }) {
  return (
    <Empty
      title={looked ? 'No KPI got worse' : 'The first look is on its way'}
      action={
        <LinkButton to="/live" variant="default">
          See what is live
        </LinkButton>
      }
    >
      Once a day every KPI of every prompt and channel is compared with its own last twelve weeks. When one
      falls for good, it stands here with the day it began, what it costs, and the releases and versions that
      changed just before. A series needs 30 days and about three outcomes a day. One with ten outcomes an
      hour is looked at every hour, too, so that a large fall is told within hours.
    </Empty>
  );
}

function Looked({ looked }: { looked: WatchLook }) {
  const parts = [
    `${plural(looked.watched, 'series', 'series')} watched`,
    looked.by_hour > 0 && `${looked.by_hour} of them by the hour, too`,
    looked.too_short > 0 && `${looked.too_short} with too few days yet`,
    looked.too_thin > 0 && `${looked.too_thin} with too little a day`,
  ].filter(Boolean);
  return (
    <p className="small quiet">{`Looked ${ago(looked.at)}: ${parts.join(', ')}. About ${looked.yearly} false alarm a year, all series together.`}</p>
  );
}

function HowItWorks() {
  return (
    <Explain title="Explain this: how a fall is told from chance">
      <p>
        Mondays are not Sundays, and no two days are alike. So each day is compared with the same weekdays
        before it, and every day of the last twelve weeks is tried as the day on which things may have
        changed, at once or slowly. Only a change larger than chance brings in almost any year is shown.
      </p>
      <p>
        Where ten outcomes come in an hour, the newest hours are compared with the same hours of the week,
        too, and with how much so many hours vary by themselves. Both looks share the one false alarm a year.
      </p>
      <p>
        Nearness in time is a hint and no proof: the list of what changed just before tells where to look
        first. Whether a version is to blame is told by an experiment with the old one beside it.
      </p>
      <p>
        “Take on” tells others that you look after it. “Dismiss” says that the new level is fine: from then on
        the series is compared with that. When a series comes back by itself, its line is closed by itself.
      </p>
    </Explain>
  );
}

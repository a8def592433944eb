import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, Navigate } from '@tanstack/react-router';
import { commitsQuery, entriesQuery, environmentsQuery, rolloutsQuery } from '@/api/queries';
import type { Environment, Rollout } from '@/api/types';
import { LinkButton } from '@/components/LinkButton';
import { Bones, Loaded } from '@/components/Loaded';
import { Empty, Page } from '@/components/Page';
import { Pill, RolloutPill } from '@/components/Pill';
import { useExpectedWords, useLogWords, useMay, useSession } from '@/components/session';
import { ago, count, personName, share } from '@/lib/format';
import { SampleCard } from './SampleCard';
import { WaitsForYou } from './WaitsForYou';
import './home.css';
import { Said } from '@/components/Said';

/** What is live now, what runs, what happened lately. */
export function HomePage() {
  const session = useSession();
  const mayWrite = useMay('write-draft');
  const rollouts = useQuery(rolloutsQuery);
  if (session?.workspace.empty) return <Navigate to="/start" />;
  const open = rollouts.data?.items.filter((r) => r.state === 'running' || r.state === 'paused') ?? [];
  const firstName = session?.actor.name.split(' ')[0] ?? '';
  return (
    <Page
      title={greeting(firstName)}
      intent={summary(open)}
      actions={mayWrite && <LinkButton to="/new">New prompt</LinkButton>}
    >
      {session?.workspace.sample && <SampleCard />}
      <div className="home-grid">
        <div className="stack">
          <WaitsForYou />
          <LiveNow />
          <Running open={open} />
          <RecentVersions />
        </div>
        <RecentActivity />
      </div>
    </Page>
  );
}

function greeting(name: string): string {
  const hour = new Date().getHours();
  const part =
    hour < 5 ? 'Good night' : hour < 12 ? 'Good morning' : hour < 18 ? 'Good afternoon' : 'Good evening';
  return name && name !== 'You' ? `${part}, ${name}` : part;
}

function summary(open: Rollout[]): string {
  if (open.length === 0) return 'Nothing is being tried at the moment. Everybody gets what is live.';
  return open.length === 1
    ? 'One new version is being tried on part of your audience.'
    : `${open.length} new versions are being tried on parts of your audience.`;
}

function LiveNow() {
  const environments = useQuery(environmentsQuery);
  return (
    <section className="tile flush" aria-labelledby="live-now">
      <h2 id="live-now" className="tile-head">
        What is live now
      </h2>
      <Loaded
        query={environments}
        shape={
          <div style={{ padding: 20 }}>
            <Bones rows={2} />
          </div>
        }
      >
        {(list) =>
          list.length === 0 ? (
            <p className="quiet tile-pad">No environment yet. Name one in the library’s settings.</p>
          ) : (
            <ul className="list">
              {list.map((environment) => (
                <EnvironmentRow key={environment.name} environment={environment} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </section>
  );
}

function EnvironmentRow({ environment }: { environment: Environment }) {
  const live = environment.release != null;
  return (
    <li className="list-row">
      <span className="grow" style={{ fontWeight: 550, textTransform: 'capitalize' }}>
        {environment.name}
      </span>
      {environment.rollout != null && (
        <Link to="/live/$number" params={{ number: String(environment.rollout) }} className="link small">
          A rollout is running
        </Link>
      )}
      {live ? (
        <Link to="/releases/$number" params={{ number: String(environment.release) }}>
          <Pill tone="green" icon="dot">{`Release ${environment.release}`}</Pill>
        </Link>
      ) : (
        <Pill icon="ring">Nothing live yet</Pill>
      )}
    </li>
  );
}

function Running({ open }: { open: Rollout[] }) {
  if (open.length === 0) return null;
  return (
    <section className="tile flush" aria-labelledby="running">
      <h2 id="running" className="tile-head">
        Being tried
      </h2>
      <ul className="list">
        {open.map((rollout) => (
          <li key={rollout.number}>
            <Link
              to="/live/$number"
              params={{ number: String(rollout.number) }}
              className="list-row"
              style={{ display: 'block' }}
            >
              <span className="between">
                <span style={{ fontWeight: 550 }}>{rollout.title}</span>
                <RolloutPill rollout={rollout} />
              </span>
              <span className="verdict" style={{ display: 'block', marginTop: 4 }}>
                <Said text={rollout.sentence} />
              </span>
              <span className="small quiet">
                {`${share(rollout.coverage)} · ${count(rollout.exposed.reduce((a, b) => a + b, 0))} people so far`}
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}

function RecentVersions() {
  const expected = useExpectedWords();
  const commits = useQuery(commitsQuery(undefined, 6));
  return (
    <section className="tile flush" aria-labelledby="recent-versions">
      <h2 id="recent-versions" className="tile-head">
        Latest saved versions
      </h2>
      <Loaded
        query={commits}
        shape={
          <div className="tile-pad">
            <Bones rows={5} />
          </div>
        }
      >
        {(page) =>
          page.items.length === 0 ? (
            <div className="tile-pad">
              <Empty title="No version yet">Saved versions will stand here.</Empty>
            </div>
          ) : (
            <ul className="list">
              {page.items.map((commit) => (
                <li key={commit.commit} className="list-row home-version">
                  <span className="grow">
                    <span className="serif" style={{ fontSize: 16 }}>
                      {commit.subject}
                    </span>
                    {commit.record.hypothesis && (
                      <span
                        className="small quiet"
                        style={{ display: 'block' }}
                      >{`Expected: ${expected(commit.record.hypothesis)}`}</span>
                    )}
                  </span>
                  <span className="small quiet home-when">{`${personName(commit.author)}, ${ago(commit.at)}`}</span>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </section>
  );
}

function RecentActivity() {
  const entries = useInfiniteQuery(entriesQuery({ limit: 10 }));
  const words = useLogWords();
  const list = entries.data?.pages[0]?.items ?? [];
  return (
    <section className="tile" aria-labelledby="recent-activity">
      <h2 id="recent-activity">Lately</h2>
      <Loaded query={entries} shape={<Bones rows={6} />}>
        {() => (
          <ol className="happened">
            {list.map((entry) => (
              <li key={entry.seq} className={/rolled-back|roll-back|fired/.test(entry.action) ? 'harm' : ''}>
                <span className="wrap-any">{words(entry.sentence)}</span>
                <span className="small quiet">{ago(entry.at)}</span>
              </li>
            ))}
          </ol>
        )}
      </Loaded>
      <Link to="/activity" className="link small">
        All activity
      </Link>
    </section>
  );
}

import { Button } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { readNotice } from '@/api/operations';
import { changesQuery, noticesQuery, standingQuery } from '@/api/queries';
import type { Change, Notice } from '@/api/types';
import { Icon } from '@/components/Icon';
import { LinkButton } from '@/components/LinkButton';
import { Bones, Loaded } from '@/components/Loaded';
import { Empty, Page } from '@/components/Page';
import { useAct } from '@/components/session';
import { TabPanel, Tabs } from '@/components/Tabs';
import { WaitsPill } from '@/components/WaitsPill';
import { useWaiting } from '@/components/waiting';
import { ago, date, personName, plural, time } from '@/lib/format';
import { blockerWords, plainSentence } from '@/lib/standing';
import { StatusPill } from './StatusPill';
import './review.css';

type Tab = 'mine' | 'open' | 'done';

/** What waits for me, what is under review, and what was told me. */
export function ReviewsPage() {
  const { tab = 'mine' } = useSearch({ from: '/shell/reviews' });
  const navigate = useNavigate();
  const standing = useQuery(standingQuery);
  const rows = useWaiting();
  const first = rows[0]?.change;
  return (
    <Page
      title="Reviews"
      intent={
        rows.length === 0
          ? 'Nothing waits for you.'
          : `${plural(rows.length, 'thing')} ${rows.length === 1 ? 'waits' : 'wait'} for you.`
      }
      actions={
        first && (
          <LinkButton to="/reviews/$number" params={{ number: String(first.number) }}>
            {`Continue with CH-${first.number}`}
          </LinkButton>
        )
      }
    >
      <Tabs
        label="Which reviews"
        tabs={[
          { key: 'mine', title: 'Waits for you', n: rows.length },
          { key: 'open', title: 'Under review', n: standing.data?.length },
          { key: 'done', title: 'Done' },
        ]}
        chosen={tab as Tab}
        onChoose={(key) =>
          void navigate({ to: '/reviews', search: { tab: key === 'mine' ? undefined : key }, replace: true })
        }
      />
      <TabPanel of={tab}>
        <div className="split-side">
          <div>
            {tab === 'done' ? (
              <Done />
            ) : (
              <Loaded
                query={standing}
                shape={
                  <div className="tile">
                    <Bones rows={4} height={28} />
                  </div>
                }
              >
                {(list) =>
                  tab === 'mine' ? (
                    <Mine rows={rows} />
                  ) : list.length === 0 ? (
                    <Nothing />
                  ) : (
                    <ul className="tile flush list" aria-label="Under review">
                      {list.map((change) => (
                        <li key={change.number}>
                          <Row
                            change={change}
                            blocked={change.blockers.length}
                            says={change.blockers[0] ? blockerWords(change.blockers[0]).message : undefined}
                          />
                        </li>
                      ))}
                    </ul>
                  )
                }
              </Loaded>
            )}
          </div>
          <News />
        </div>
      </TabPanel>
    </Page>
  );
}

function Nothing() {
  return (
    <Empty
      title="Nothing is under review"
      action={
        <LinkButton variant="default" to="/drafts">
          Go to the drafts
        </LinkButton>
      }
    >
      When somebody sends a draft for review, it stands here: what it changes, why, and what still blocks it.
    </Empty>
  );
}

function Mine({ rows }: { rows: ReturnType<typeof useWaiting> }) {
  if (rows.length === 0)
    return (
      <Empty
        title="Nothing waits for you"
        action={
          <LinkButton variant="default" to="/drafts">
            Go to the drafts
          </LinkButton>
        }
      >
        Reviews you are asked for, drafts of yours that need work, and what is ready to be published stand
        here.
      </Empty>
    );
  return (
    <ul className="tile flush list" aria-label="Waits for you">
      {rows.map(({ change, waits: what, blockers }) => (
        <li key={change.number}>
          <Row
            change={change}
            pill={<WaitsPill waits={what} />}
            says={
              change.owed && what === 'owed'
                ? `By ${date(change.owed.by)}, ${time(change.owed.by)}. It went live in an emergency: “${change.owed.reason}”`
                : blockers[0] && blockerWords(blockers[0]).message
            }
          />
        </li>
      ))}
    </ul>
  );
}

function Row({
  change,
  pill,
  says,
  blocked,
}: {
  change: Change;
  pill?: React.ReactNode;
  says?: string;
  blocked?: number;
}) {
  return (
    <Link to="/reviews/$number" params={{ number: String(change.number) }} className="list-row review-row">
      <span className="grow">
        <span className="review-title">{change.title}</span>
        <span className="small quiet">{`CH-${change.number}, ${personName(change.author.name)}, ${ago(change.opened_at)}`}</span>
        {says && <span className="small review-says">{says}</span>}
      </span>
      {pill ?? <StatusPill change={change} blocked={blocked} />}
    </Link>
  );
}

function Done() {
  const merged = useInfiniteQuery(changesQuery({ status: 'merged' }));
  const closed = useInfiniteQuery(changesQuery({ status: 'closed' }));
  return (
    <Loaded query={merged}>
      {(pages) => {
        const items = [...pages.pages, ...(closed.data?.pages ?? [])]
          .flatMap((page) => page.items)
          .sort((a, b) => b.number - a.number);
        if (items.length === 0)
          return (
            <Empty title="Nothing was published by review yet">
              What was published or closed stands here, with all that was said.
            </Empty>
          );
        return (
          <div className="stack">
            <ul className="tile flush list" aria-label="Done">
              {items.map((change) => (
                <li key={change.number}>
                  <Row change={change} says={change.record.problem ?? undefined} />
                </li>
              ))}
            </ul>
            {(merged.hasNextPage || closed.hasNextPage) && (
              <div>
                <Button
                  variant="default"
                  loading={merged.isFetchingNextPage || closed.isFetchingNextPage}
                  onClick={() => {
                    if (merged.hasNextPage) void merged.fetchNextPage();
                    if (closed.hasNextPage) void closed.fetchNextPage();
                  }}
                >
                  Show older ones
                </Button>
              </div>
            )}
          </div>
        );
      }}
    </Loaded>
  );
}

/** What was told me, newest first. */
function News() {
  const notices = useQuery(noticesQuery);
  const read = useAct((id: number) => readNotice(id, true));
  const newest = notices.data?.items[0];
  return (
    <aside className="stack tight" aria-labelledby="news">
      <div className="between">
        <h2 id="news" className="label">
          {notices.data?.unread ? `News, ${notices.data.unread} unread` : 'News'}
        </h2>
        {newest && (notices.data?.unread ?? 0) > 0 && (
          <Button variant="subtle" size="compact-sm" onClick={() => read.mutate(newest.id)}>
            Mark all as read
          </Button>
        )}
      </div>
      {notices.data?.items.length === 0 && (
        <p className="small quiet">Approvals, comments and mentions of you are told here.</p>
      )}
      <ul className="news">
        {notices.data?.items.map((notice) => (
          <li key={notice.id} className={notice.read ? 'read' : ''}>
            <NoticeLine notice={notice} />
          </li>
        ))}
      </ul>
    </aside>
  );
}

function NoticeLine({ notice }: { notice: Notice }) {
  const change = /^change:CH-(\d+)$/.exec(notice.target)?.[1];
  const draft = /^draft:(.+)$/.exec(notice.target)?.[1];
  const rollout = /^rollout:R-(\d+)$/.exec(notice.target)?.[1];
  const text = (
    <>
      {!notice.read && (
        <span className="news-dot">
          <Icon name="dot" size={12} />
          <span className="visually-hidden">unread: </span>
        </span>
      )}
      {plainSentence(notice.text)}
    </>
  );
  return (
    <>
      {change ? (
        <Link to="/reviews/$number" params={{ number: change }}>
          {text}
        </Link>
      ) : draft ? (
        <Link to="/drafts/$name" params={{ name: draft }}>
          {text}
        </Link>
      ) : rollout ? (
        <Link to="/live/$number" params={{ number: rollout }}>
          {text}
        </Link>
      ) : (
        text
      )}
      <span className="small quiet">{ago(notice.at)}</span>
    </>
  );
}

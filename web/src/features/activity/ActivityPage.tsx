import { Button, Drawer, Select } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { checkAudit } from '@/api/operations';
import { entriesQuery, peopleQuery } from '@/api/queries';
import type { AuditCheck, Entry } from '@/api/types';
import { Icon } from '@/components/Icon';
import { Bones, Loaded } from '@/components/Loaded';
import { Empty, Page } from '@/components/Page';
import { Pill } from '@/components/Pill';
import { useAct, useLogWords } from '@/components/session';
import { count, dayHeading, time, timeExact } from '@/lib/format';
import { quoted } from '@/lib/words-shown';
import './activity.css';

const whats = [
  { value: 'rollout.', label: 'Rollouts' },
  { value: 'release.', label: 'Releases' },
  { value: 'environment.', label: 'Going live' },
  { value: 'version.', label: 'Saved versions' },
  { value: 'draft.', label: 'Drafts' },
  { value: 'person.', label: 'People' },
  { value: 'token.', label: 'Tokens' },
  { value: 'library.', label: 'Imports' },
];

/** Everything anybody did, in sentences, in a log that shows when it was touched. */
export function ActivityPage() {
  const filters = useSearch({ from: '/shell/activity' });
  const navigate = useNavigate();
  const entries = useInfiniteQuery(entriesQuery(filters));
  const people = useQuery(peopleQuery).data ?? [];
  const [shown, setShown] = useState<Entry>();
  const list = entries.data?.pages.flatMap((page) => page.items) ?? [];
  const set = (part: Partial<typeof filters>) =>
    void navigate({ to: '/activity', search: { ...filters, ...part }, replace: true });
  return (
    <Page
      title="Activity"
      intent="Who did what, when, and why. Every line is chained to the one before, so a changed or missing line shows."
      actions={<CheckTheLog />}
    >
      <search className="row">
        <Select
          aria-label="Who"
          placeholder="Everybody"
          data={people.map((person) => ({ value: String(person.id), label: person.name }))}
          value={filters.actor === undefined ? null : String(filters.actor)}
          onChange={(id) => set({ actor: id === null ? undefined : Number(id) })}
          clearable
          searchable
        />
        <Select
          aria-label="What"
          placeholder="Everything"
          data={whats}
          value={filters.action ?? null}
          onChange={(action) => set({ action: action ?? undefined })}
          clearable
        />
        {filters.target && (
          <Button
            variant="default"
            onClick={() => set({ target: undefined })}
          >{`Only ${filters.target}, show all`}</Button>
        )}
      </search>
      <Loaded query={entries} shape={<Bones rows={9} />}>
        {() =>
          list.length === 0 ? (
            <Empty title="Nothing here">
              What people and guards do is written down here, in the moment they do it.
            </Empty>
          ) : (
            <Days entries={list} onShow={setShown} />
          )
        }
      </Loaded>
      {entries.hasNextPage && (
        <Button
          variant="default"
          loading={entries.isFetchingNextPage}
          onClick={() => void entries.fetchNextPage()}
        >
          Older
        </Button>
      )}
      <Drawer
        opened={shown !== undefined}
        onClose={() => setShown(undefined)}
        position="right"
        size="lg"
        title="Technical details"
      >
        {shown && <Details entry={shown} />}
      </Drawer>
    </Page>
  );
}

function Days({ entries, onShow }: { entries: Entry[]; onShow: (entry: Entry) => void }) {
  const words = useLogWords();
  const days = new Map<string, Entry[]>();
  for (const entry of entries) {
    const day = dayHeading(entry.at);
    days.set(day, [...(days.get(day) ?? []), entry]);
  }
  return (
    <div className="stack">
      {[...days].map(([day, list]) => (
        <section key={day} className="stack tight">
          <h2 className="label">{day}</h2>
          <ol className="tile flush list">
            {list.map((entry) => (
              <li key={entry.seq} className="entry">
                <time dateTime={entry.at} className="small quiet">
                  {time(entry.at)}
                </time>
                <span className={`entry-mark ${markOf(entry).tone}`}>
                  <Icon name={markOf(entry).icon} size={14} />
                </span>
                <span className="grow wrap-any">
                  {words(entry.sentence)}
                  {entry.reason && <span className="entry-reason">{quoted(words(entry.reason))}</span>}
                </span>
                <Button
                  variant="subtle"
                  size="compact-sm"
                  aria-label={`Technical details of line ${entry.seq}`}
                  onClick={() => onShow(entry)}
                >
                  {`#${entry.seq}`}
                </Button>
              </li>
            ))}
          </ol>
        </section>
      ))}
    </div>
  );
}

function markOf(entry: Entry): { icon: 'back' | 'shield' | 'person' | 'bolt'; tone: string } {
  if (/roll(ed)?-back|guard/.test(entry.action)) return { icon: 'back', tone: 'harm' };
  if (entry.actor_kind === 'system') return { icon: 'shield', tone: '' };
  return { icon: entry.actor_kind === 'service' ? 'bolt' : 'person', tone: '' };
}

function Details({ entry }: { entry: Entry }) {
  const rows: [string, string | null | undefined][] = [
    ['Line', String(entry.seq)],
    ['Time', `${entry.at} (${timeExact(entry.at)})`],
    ['Who', `${entry.actor_name} (${entry.actor_kind} ${entry.actor})`],
    ['Act', entry.action],
    ['On', entry.target],
    ['Digest before', entry.before],
    ['Digest after', entry.after],
    ['Hash of the line before', entry.prev],
    ['Hash of this line', entry.hash],
  ];
  return (
    <dl className="stack tight">
      {rows
        .filter(([, value]) => value)
        .map(([name, value]) => (
          <div key={name}>
            <dt className="label">{name}</dt>
            <dd>
              <code className="wrap-any">{value}</code>
            </dd>
          </div>
        ))}
      <div>
        <dt className="label">What it rested on</dt>
        <dd>
          <pre className="evidence">{JSON.stringify(entry.evidence, null, 2)}</pre>
        </dd>
      </div>
    </dl>
  );
}

function CheckTheLog() {
  const [result, setResult] = useState<AuditCheck & { at: string }>();
  const check = useAct(checkAudit, {
    onDone: (found) => setResult({ ...found, at: new Date().toISOString() }),
  });
  return (
    <div className="row" role="status">
      {result &&
        (result.intact ? (
          <Pill
            tone="green"
            icon="check"
            title={`Newest hash ${result.head}`}
          >{`Checked ${time(result.at)}: ${count(result.entries)} lines, all as written`}</Pill>
        ) : (
          <Pill tone="red" icon="warning">
            {result.problem ?? 'The log was changed'}
          </Pill>
        ))}
      <Button
        variant="default"
        leftSection={<Icon name="shield" size={14} />}
        loading={check.isPending}
        onClick={() => check.mutate(undefined)}
      >
        Check the log
      </Button>
    </div>
  );
}

import { Button, SegmentedControl, Select } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { changesQuery, draftsQuery, restedDraftsQuery, standingQuery } from '@/api/queries';
import { Bones, Loaded } from '@/components/Loaded';
import { Empty, Page } from '@/components/Page';
import { useMay } from '@/components/session';
import { columns } from '@/lib/standing';
import { draftKindWords } from '@/lib/words-shown';
import { Board } from './Board';
import { DraftTable } from './DraftTable';
import { NewDraftDialog } from './NewDraftDialog';
import { boardOf } from './rows';
import './drafts.css';

/** Changes that are not in the library yet, as a board by state or as a table. */
export function DraftsPage() {
  const { view = 'board', kind } = useSearch({ from: '/shell/drafts' });
  const navigate = useNavigate();
  const drafts = useQuery(draftsQuery);
  const rested = useQuery(restedDraftsQuery).data ?? [];
  const standing = useQuery(standingQuery).data ?? [];
  const owed = useInfiniteQuery(changesQuery({ owed: true })).data?.pages.flatMap((page) => page.items) ?? [];
  const mayWrite = useMay('write-draft');
  const [asking, setAsking] = useState(false);
  const start = mayWrite && <Button onClick={() => setAsking(true)}>New draft</Button>;
  const look = (next: { view?: string; kind?: string }) =>
    void navigate({ to: '/drafts', search: { view, kind, ...next }, replace: true });
  return (
    <Page
      title="Drafts"
      intent="Changes that belong together and are not in the library yet: a campaign, an experiment, an urgent fix."
      actions={start}
    >
      <div className="between">
        <Select
          aria-label="Which drafts"
          w={190}
          data={[
            { value: '', label: 'All kinds' },
            ...Object.entries(draftKindWords).map(([value, label]) => ({ value, label })),
          ]}
          value={kind ?? ''}
          onChange={(next) => look({ kind: next || undefined })}
          allowDeselect={false}
        />
        <SegmentedControl
          aria-label="How to show them"
          value={view}
          onChange={(next) => look({ view: next === 'board' ? undefined : next })}
          data={[
            { value: 'board', label: 'Board' },
            { value: 'table', label: 'Table' },
          ]}
        />
      </div>
      <Loaded query={drafts} shape={<BoardShape />}>
        {(list) => {
          const rows = boardOf([...list, ...rested], standing, owed, kind);
          if (rows.length === 0)
            return (
              <Empty title={kind ? 'No draft of this kind' : 'No drafts'} action={start}>
                A draft lets you change many prompts, show them to others and publish them as one, when they
                are ready. Until then nobody outside sees any of it.
              </Empty>
            );
          return view === 'table' ? <DraftTable rows={rows} /> : <Board rows={rows} />;
        }}
      </Loaded>
      <NewDraftDialog opened={asking} onClose={() => setAsking(false)} drafts={drafts.data ?? []} />
    </Page>
  );
}

function BoardShape() {
  return (
    <div className="board" aria-hidden="true">
      {columns.slice(0, 4).map((column) => (
        <div key={column.key} className="column">
          <span className="label">{column.title}</span>
          <div className="tile">
            <Bones rows={3} />
          </div>
        </div>
      ))}
    </div>
  );
}

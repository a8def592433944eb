import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { DistancePills, EndPill, KindPill } from '@/components/DraftFacts';
import { Pill } from '@/components/Pill';
import { ago, date, personName, plural, time } from '@/lib/format';
import { blockerWords, type Column, columns, draftShown } from '@/lib/standing';
import type { Row } from './rows';

const SHOWN_AT_FIRST = 6;
const RESTED_AT_FIRST = 3;

/** The board: what is under way above, what came to rest below. */
export function Board({ rows }: { rows: Row[] }) {
  const of = (column: Column) => rows.filter((row) => row.column === column);
  const [active, rested] = [columns.slice(0, 4), columns.slice(4)];
  return (
    <>
      <div className="board">
        {active.map((column) => (
          <BoardColumn key={column.key} title={column.title} empty={column.empty} rows={of(column.key)} />
        ))}
      </div>
      <div className="board rested">
        {rested.map((column) => (
          <BoardColumn
            key={column.key}
            title={column.title}
            empty={column.empty}
            rows={of(column.key)}
            atFirst={RESTED_AT_FIRST}
          />
        ))}
      </div>
    </>
  );
}

function BoardColumn({
  title,
  empty,
  rows,
  atFirst = SHOWN_AT_FIRST,
}: {
  title: string;
  empty: string;
  rows: Row[];
  atFirst?: number;
}) {
  const [all, setAll] = useState(false);
  const shown = all ? rows : rows.slice(0, atFirst);
  const id = `column-${title.replace(/\s/g, '-')}`;
  return (
    <section className="column" aria-labelledby={id}>
      <h2 id={id} className="label">
        {title}
        {rows.length > 0 && <span className="n"> {rows.length}</span>}
      </h2>
      {rows.length === 0 && <p className="small quiet column-empty">{empty}</p>}
      <ul className="stack tight">
        {shown.map((row) => (
          <li key={row.draft.name}>
            <Card row={row} />
          </li>
        ))}
      </ul>
      {shown.length < rows.length && (
        <Button variant="subtle" size="compact-sm" onClick={() => setAll(true)}>
          {`Show ${rows.length - shown.length} more`}
        </Button>
      )}
    </section>
  );
}

function Card({ row: { draft, change, owed, column } }: { row: Row }) {
  const first = column === 'blocked' || column === 'review' ? change?.blockers[0] : undefined;
  return (
    <Link to="/drafts/$name" params={{ name: draft.name }} className="card">
      <span className="card-title">{draftShown(draft)}</span>
      <span className="small quiet">
        {[draft.owner && personName(draft.owner), when(draft)].filter(Boolean).join(', ')}
      </span>
      {first && (
        <span className="small">
          {blockerWords(first).message}
          {change && change.blockers.length > 1 && (
            <span className="quiet">{` And ${change.blockers.length - 1} more.`}</span>
          )}
        </span>
      )}
      <span className="row card-pills">
        <KindPill kind={draft.kind} />
        {change && <Pill icon="person">{`CH-${change.number}`}</Pill>}
        {owed?.owed && (
          <Pill
            tone="amber"
            icon="warning"
          >{`review owed by ${date(owed.owed.by)}, ${time(owed.owed.by)}`}</Pill>
        )}
        {draft.status === 'open' && <DistancePills draft={draft} />}
        {change && change.open_threads > 0 && (
          <Pill icon="edit">{plural(change.open_threads, 'discussion')}</Pill>
        )}
        <EndPill draft={draft} />
      </span>
    </Link>
  );
}

export const restWords: Record<string, string> = {
  published: 'published',
  closed: 'closed',
  archived: 'ended',
  deleted: 'deleted',
};

export function when({ status, rest, updated_at }: Row['draft']): string {
  if (status === 'open') return `saved ${ago(updated_at)}`;
  return `${restWords[status] ?? status} ${ago(rest?.at ?? updated_at)}`;
}

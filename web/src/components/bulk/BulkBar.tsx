import { Button } from '@mantine/core';
import { useState } from 'react';
import type { ListPrompts } from '@/api/types';
import { plural } from '@/lib/format';
import { BulkDialog, type BulkKind } from './BulkDialog';
import type { Selection } from './useSelection';
import './bulk.css';

/** Files that one action may change by itself, as the server has it. */
export const BULK_FILES_MAX = 2000;

/** The status of what is kept but no longer used. */
const ARCHIVED = 'archived';

/** What can be done with what is chosen; stands at the bottom of the window while something is. */
export function BulkBar({
  selection,
  find,
  total,
  shown,
}: {
  selection: Selection;
  /** The filters of the list, where all of what they find can be chosen. */
  find?: ListPrompts;
  total?: number;
  /** How many are shown. */
  shown: number;
}) {
  const [kind, setKind] = useState<BulkKind>();
  const count = selection.all ? (total ?? 0) : selection.paths.size;
  if (count === 0) return null;
  const more = find !== undefined && total !== undefined && total > selection.paths.size && !selection.all;
  return (
    <section className="bulk-bar" aria-label="With what is chosen">
      <strong role="status">{`${count.toLocaleString('en')} chosen`}</strong>
      {more && selection.paths.size >= Math.min(shown, 2) && (
        <Button
          variant="subtle"
          size="compact-sm"
          disabled={total > BULK_FILES_MAX}
          title={total > BULK_FILES_MAX ? 'Narrow the list: at most 2,000 can be changed at once' : undefined}
          onClick={selection.chooseAll}
        >
          {total > BULK_FILES_MAX
            ? `Of ${plural(total, 'prompt')}, 2,000 at most at once`
            : `Choose all ${total.toLocaleString('en')}`}
        </Button>
      )}
      <span className="grow" />
      <Button size="compact-md" variant="default" onClick={() => setKind('move')}>
        Move…
      </Button>
      <Button size="compact-md" variant="default" onClick={() => setKind('retag')}>
        Retag…
      </Button>
      {find?.status !== ARCHIVED && (
        <Button size="compact-md" variant="default" onClick={() => setKind('archive')}>
          Archive…
        </Button>
      )}
      {(find?.status === ARCHIVED || find?.archived) && (
        <Button size="compact-md" variant="default" onClick={() => setKind('unarchive')}>
          Bring back…
        </Button>
      )}
      <Button size="compact-md" variant="subtle" onClick={selection.clear}>
        Let go
      </Button>
      {kind && (
        <BulkDialog
          kind={kind}
          chosen={selection.all && find ? { find } : { ids: [...selection.paths] }}
          count={count}
          onClose={() => setKind(undefined)}
          onDone={() => {
            setKind(undefined);
            selection.clear();
          }}
        />
      )}
    </section>
  );
}

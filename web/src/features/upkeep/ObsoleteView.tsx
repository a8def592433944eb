import { Button, Checkbox, Select } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ObsoletePrompt } from '@/api/types';
import { obsoleteQuery } from '@/api/upkeep-queries';
import { BulkBar } from '@/components/bulk/BulkBar';
import { type Selection, useSelection } from '@/components/bulk/useSelection';
import { Bones, Loaded } from '@/components/Loaded';
import { Empty } from '@/components/Page';
import { Pill } from '@/components/Pill';
import { useMay } from '@/components/session';
import { personName } from '@/lib/format';
import { fileKindWords } from '@/lib/words-shown';

const times = [
  { value: '30', label: 'for 30 days' },
  { value: '90', label: 'for 90 days' },
  { value: '180', label: 'for half a year' },
  { value: '365', label: 'for a year' },
];

/** Prompts and shared parts that nobody seems to need, each with the reasons. */
export function ObsoleteView({ days, onDays }: { days: number; onDays: (days: number) => void }) {
  const found = useInfiniteQuery(obsoleteQuery(days));
  const mayWrite = useMay('write-draft');
  const rows = found.data?.pages.flatMap((page) => page.items) ?? [];
  const selection = useSelection(rows.map((row) => row.prompt.path));
  const data = times.some((time) => time.value === String(days))
    ? times
    : [...times, { value: String(days), label: `for ${days} days` }];
  return (
    <div className="stack loose">
      <div className="row">
        <Select
          label="Not touched"
          data={data}
          value={String(days)}
          onChange={(value) => {
            selection.clear();
            if (value) onDays(Number(value));
          }}
          allowDeselect={false}
        />
      </div>
      <Loaded
        query={found}
        shape={
          <div className="tile">
            <Bones rows={6} height={30} />
          </div>
        }
      >
        {() =>
          rows.length === 0 ? (
            <Empty title="Everything seems to be needed">
              Prompts that are live nowhere, that nothing uses and nobody has touched will stand here.
            </Empty>
          ) : (
            <div className="tile flush">
              {mayWrite && (
                <div className="unused-head">
                  <Checkbox
                    size="xs"
                    label={`Choose the ${rows.length} shown`}
                    checked={selection.paths.size === rows.length}
                    indeterminate={selection.paths.size > 0 && selection.paths.size < rows.length}
                    onChange={(event) =>
                      selection.set(event.currentTarget.checked ? rows.map((row) => row.prompt.path) : [])
                    }
                  />
                </div>
              )}
              <ul className="list" aria-label="Not needed?">
                {rows.map((row) => (
                  <Row key={row.prompt.path} row={row} selection={mayWrite ? selection : undefined} />
                ))}
              </ul>
              {found.hasNextPage && (
                <div className="unused-head">
                  <Button
                    variant="default"
                    size="sm"
                    loading={found.isFetchingNextPage}
                    onClick={() => void found.fetchNextPage()}
                  >
                    Show more
                  </Button>
                </div>
              )}
            </div>
          )
        }
      </Loaded>
      {mayWrite && <BulkBar selection={selection} shown={rows.length} />}
    </div>
  );
}

function Row({ row, selection }: { row: ObsoletePrompt; selection?: Selection }) {
  const { prompt, reasons } = row;
  return (
    <li className={selection?.has(prompt.path) ? 'unused chosen' : 'unused'}>
      {selection && (
        <Checkbox
          size="xs"
          aria-label={`Choose ${prompt.title || prompt.id}`}
          checked={selection.has(prompt.path)}
          onChange={(event) =>
            selection.toggle(
              prompt.path,
              (event.nativeEvent as unknown as { shiftKey?: boolean }).shiftKey ?? false,
            )
          }
        />
      )}
      <span className="alike-name grow">
        <Link to="/prompts/$id" params={{ id: prompt.id }} search={{}} className="link serif">
          {prompt.title || prompt.id}
        </Link>
        <span className="small quiet wrap-any">
          {[prompt.id, personName(prompt.owner)].filter(Boolean).join(' · ')}
        </span>
        <span className="small wrap-any">{reasons.join('; ')}.</span>
      </span>
      {prompt.kind !== 'prompt' && <Pill>{fileKindWords[prompt.kind] ?? prompt.kind}</Pill>}
    </li>
  );
}

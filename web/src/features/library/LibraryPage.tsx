import { Button } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { foldersQuery, promptsQuery } from '@/api/queries';
import { BulkBar } from '@/components/bulk/BulkBar';
import { useSelection } from '@/components/bulk/useSelection';
import { useKeys } from '@/components/keys';
import { LinkButton } from '@/components/LinkButton';
import { Bones, Loaded } from '@/components/Loaded';
import { Empty, Page } from '@/components/Page';
import { useLibrary, useMay } from '@/components/session';
import { ViewBar } from '@/components/ViewBar';
import { plural } from '@/lib/format';
import { askedOfLibrary, type LibraryFilters as Filters } from '@/lib/views';
import { sentenceCase } from '@/lib/words-shown';
import { BroughtAlong, FilterBar } from './FilterBar';
import { FolderTree } from './FolderTree';
import { chooseFocused, step } from './keys';
import { PromptRow } from './PromptRow';
import './library.css';

/** Everything in the library: folders, filters, and a list that loads as it is read. */
export function LibraryPage() {
  const environment = useLibrary()?.environments[0];
  const { view, ...filters } = useSearch({ from: '/shell/library' });
  const navigate = useNavigate();
  const mayWrite = useMay('write-draft');
  const set = (part: Partial<Filters>) =>
    void navigate({ to: '/library', search: { ...filters, view, ...part }, replace: true });
  const find = askedOfLibrary(filters);
  const prompts = useInfiniteQuery(promptsQuery(find));
  const folders = useQuery(foldersQuery);
  const rows = prompts.data?.pages.flatMap((page) => page.items) ?? [];
  const total = prompts.data?.pages[0]?.total;
  const selection = useSelection(rows.map((row) => row.path));
  const asked = JSON.stringify(find);
  const { clear } = selection;
  // biome-ignore lint/correctness/useExhaustiveDependencies: other filters find others, so nothing stays chosen
  useEffect(() => clear(), [asked]);
  useKeys(mayWrite ? { x: () => chooseFocused(selection.toggle) } : {});
  const filtered = Object.values(filters).some(Boolean);
  const folderTrail =
    filters.folder
      ?.replace(/^prompts\/?/, '')
      .split('/')
      .filter(Boolean) ?? [];

  return (
    <Page
      title="Library"
      intent={
        total === undefined
          ? 'Every prompt, with its versions.'
          : `${plural(total, filters.kind ? 'file' : 'prompt')}${filtered ? ' found' : ', each with every version it ever had'}.`
      }
      trail={[
        { title: 'Library', to: '/library' },
        ...folderTrail.map((name) => ({ title: sentenceCase(name) })),
      ]}
      actions={
        <>
          <LinkButton to="/library/upkeep" search={{}} variant="default">
            Clean up
          </LinkButton>
          {mayWrite && (
            <LinkButton to="/new" search={filters.folder ? { folder: filters.folder } : {}}>
              New prompt
            </LinkButton>
          )}
        </>
      }
    >
      <div className="library">
        <aside aria-label="Folders" className="library-folders">
          <Loaded query={folders} shape={<Bones rows={7} height={14} />}>
            {(list) => (
              <FolderTree folders={list} chosen={filters.folder} onChoose={(folder) => set({ folder })} />
            )}
          </Loaded>
        </aside>
        <div className="stack">
          <ViewBar find={find} chosen={view} />
          <FilterBar filters={filters} set={set} />
          <BroughtAlong filters={filters} set={set} />
          <Loaded
            query={prompts}
            shape={
              <div className="tile">
                <Bones rows={9} height={28} />
              </div>
            }
          >
            {() =>
              rows.length === 0 ? (
                <Empty
                  title={filtered ? 'Nothing fits these filters' : 'No prompts yet'}
                  action={
                    filtered ? (
                      <Button variant="default" onClick={() => void navigate({ to: '/library', search: {} })}>
                        Clear the filters
                      </Button>
                    ) : (
                      <LinkButton to="/start">Put your first prompt in</LinkButton>
                    )
                  }
                >
                  {filtered
                    ? 'Try fewer words, or another folder.'
                    : 'Prompts will stand here with where they are live.'}
                </Empty>
              ) : (
                <div className={mayWrite ? 'tile flush picking' : 'tile flush'}>
                  <div className="prompt-row prompt-row-head" aria-hidden="true">
                    <span />
                    <span>Prompt</span>
                    <span>Where</span>
                    <span>Version</span>
                    <span>Owner</span>
                    <span>Changed</span>
                  </div>
                  <ul
                    className="list"
                    aria-label="Prompts"
                    onKeyDown={(event) => step(event, mayWrite ? selection.toggle : undefined)}
                  >
                    {rows.map((row) => (
                      <PromptRow
                        key={row.path}
                        prompt={row}
                        environment={environment}
                        chosen={mayWrite ? selection.has(row.path) : undefined}
                        onToggle={selection.toggle}
                      />
                    ))}
                  </ul>
                  <More
                    show={prompts.hasNextPage}
                    busy={prompts.isFetchingNextPage}
                    onMore={() => void prompts.fetchNextPage()}
                    shown={rows.length}
                    total={total}
                  />
                </div>
              )
            }
          </Loaded>
          {mayWrite && <BulkBar selection={selection} find={find} total={total} shown={rows.length} />}
        </div>
      </div>
    </Page>
  );
}

/** Loads on when its place comes near the window; the button does the same by hand. */
function More({
  show,
  busy,
  onMore,
  shown,
  total,
}: {
  show: boolean;
  busy: boolean;
  onMore: () => void;
  shown: number;
  total?: number;
}) {
  const place = useRef<HTMLDivElement>(null);
  const latest = useRef(onMore);
  latest.current = onMore;
  useEffect(() => {
    if (!show || busy || !place.current) return;
    const seen = new IntersectionObserver(
      (hits) => {
        if (hits.some((hit) => hit.isIntersecting)) latest.current();
      },
      { rootMargin: '600px' },
    );
    seen.observe(place.current);
    return () => seen.disconnect();
  }, [show, busy]);
  if (!show) return null;
  return (
    <div ref={place} className="row library-more">
      <Button variant="default" size="sm" loading={busy} onClick={onMore}>
        Load more
      </Button>
      <span className="small quiet">{`${shown} of ${total ?? '…'}`}</span>
    </div>
  );
}

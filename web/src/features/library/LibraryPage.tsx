import { Button, Checkbox, Select, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { foldersQuery, promptsQuery } from '@/api/queries';
import type { Named } from '@/api/types';
import { BulkBar } from '@/components/bulk/BulkBar';
import { useSelection } from '@/components/bulk/useSelection';
import { Icon } from '@/components/Icon';
import { useKeys } from '@/components/keys';
import { LinkButton } from '@/components/LinkButton';
import { Bones, Loaded } from '@/components/Loaded';
import { Empty, Page } from '@/components/Page';
import { useLibrary, useMay } from '@/components/session';
import { ViewBar } from '@/components/ViewBar';
import { chosenOf, type FacetKey, facetValue, pressed } from '@/lib/facets';
import { plural } from '@/lib/format';
import { askedOfLibrary, type LibraryFilters as Filters } from '@/lib/views';
import { channelName, fileKindWords, sentenceCase } from '@/lib/words-shown';
import { FolderTree } from './FolderTree';
import { PromptRow } from './PromptRow';
import './library.css';

/** Filters without a field of their own here; views and the search bring them. */
const broughtAlong: FacetKey[] = ['owner', 'category', 'tag', 'status', 'live', 'expiring'];

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
  useKeys(mayWrite ? { x: () => toggleFocused(selection.toggle) } : {});
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

const pathOf = (element: Element | null) => element?.closest<HTMLElement>('[data-path]')?.dataset.path;

/** The key chooses the prompt that has the focus. */
function toggleFocused(toggle: (path: string) => void) {
  const path = pathOf(document.activeElement);
  if (path) toggle(path);
}

/** Arrow keys go from one prompt to the next; with shift they choose on the way. */
function step(event: React.KeyboardEvent<HTMLElement>, toggle?: (path: string, range?: boolean) => void) {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!by) return;
  const links = [...event.currentTarget.querySelectorAll<HTMLElement>('a.prompt-row')];
  const at = links.findIndex((link) => link.closest('li')?.contains(document.activeElement));
  const next = links[at + by];
  if (at < 0 || !next) return;
  event.preventDefault();
  const [from, to] = [pathOf(document.activeElement), pathOf(next)];
  if (event.shiftKey && toggle && from && to) {
    toggle(from, true);
    toggle(to, true);
  }
  next.focus();
}

/** Filters that a view or a search brought along, each to be taken away. */
function BroughtAlong({ filters, set }: { filters: Filters; set: (part: Partial<Filters>) => void }) {
  const library = useLibrary();
  const chips = broughtAlong.flatMap((key) =>
    chosenOf(filters, key).map((value) => ({
      words: facetValue(key, value, library),
      off: () => set(pressed(filters, key, value)),
    })),
  );
  if (filters.includes)
    chips.push({ words: `Includes ${filters.includes}`, off: () => set({ includes: undefined }) });
  if (filters.archived) chips.push({ words: 'Archived ones, too', off: () => set({ archived: undefined }) });
  if (chips.length === 0) return null;
  return (
    <div className="row">
      {chips.map(({ words, off }) => (
        <button
          key={words}
          type="button"
          className="view-chip"
          aria-label={`Take away ${words}`}
          onClick={off}
        >
          {words}
          <Icon name="cross" size={12} />
        </button>
      ))}
    </div>
  );
}

function FilterBar({ filters, set }: { filters: Filters; set: (part: Partial<Filters>) => void }) {
  const library = useLibrary();
  const field = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(filters.q ?? '');
  const search = useDebouncedCallback((q: string) => set({ q: q || undefined }), 180);
  useKeys({ '/': () => field.current?.focus() });
  useEffect(() => {
    if (document.activeElement !== field.current) setTyped(filters.q ?? '');
  }, [filters.q]);
  const named = (list: Named[] | undefined) =>
    list?.map(({ id, title }) => ({ value: id, label: title })) ?? [];
  const pick = (
    label: string,
    key: 'channel' | 'brand' | 'region' | 'kind',
    data: { value: string; label: string }[],
  ) => (
    <Select
      aria-label={label}
      placeholder={label}
      size="sm"
      data={data}
      value={filters[key] ?? null}
      onChange={(value) => set({ [key]: value ?? undefined })}
      clearable
      className="library-pick"
    />
  );
  return (
    <search className="row library-filters">
      <TextInput
        ref={field}
        aria-label="Search the library"
        placeholder="Search title, text, intent, owner"
        leftSection={<Icon name="search" size={14} />}
        value={typed}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          search(event.currentTarget.value.trim());
        }}
        className="library-search"
      />
      {pick(
        'Channel',
        'channel',
        library?.channels.map((id) => ({ value: id, label: channelName(id) })) ?? [],
      )}
      {pick('Brand', 'brand', named(library?.brands))}
      {pick('Region', 'region', named(library?.regions))}
      {pick(
        'Kind',
        'kind',
        Object.entries(fileKindWords).map(([value, label]) => ({ value, label })),
      )}
      <Checkbox
        label="With problems"
        checked={filters.errors ?? false}
        onChange={(event) => set({ errors: event.currentTarget.checked || undefined })}
      />
    </search>
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

import { Button, Checkbox, Select, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { foldersQuery, promptsQuery } from '@/api/queries';
import type { ListPrompts, Named } from '@/api/types';
import { Icon } from '@/components/Icon';
import { useKeys } from '@/components/keys';
import { LinkButton } from '@/components/LinkButton';
import { Bones, Loaded } from '@/components/Loaded';
import { Empty, Page } from '@/components/Page';
import { useLibrary, useMay } from '@/components/session';
import { plural } from '@/lib/format';
import { channelName, fileKindWords, sentenceCase } from '@/lib/words-shown';
import { FolderTree } from './FolderTree';
import { PromptRow } from './PromptRow';
import './library.css';

type Filters = Pick<ListPrompts, 'q' | 'folder' | 'channel' | 'brand' | 'region' | 'kind'> & {
  errors?: boolean;
};

/** Everything in the library: folders, filters, and a list that loads as it is read. */
export function LibraryPage() {
  const environment = useLibrary()?.environments[0];
  const filters = useSearch({ from: '/shell/library' }) as Filters;
  const navigate = useNavigate();
  const mayWrite = useMay('write-draft');
  const set = (part: Partial<Filters>) =>
    void navigate({ to: '/library', search: { ...filters, ...part }, replace: true });
  const { errors, ...rest } = filters;
  const prompts = useInfiniteQuery(promptsQuery({ ...rest, with_errors: errors }));
  const folders = useQuery(foldersQuery);
  const rows = prompts.data?.pages.flatMap((page) => page.items) ?? [];
  const total = prompts.data?.pages[0]?.total;
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
        mayWrite && (
          <LinkButton to="/new" search={filters.folder ? { folder: filters.folder } : {}}>
            New prompt
          </LinkButton>
        )
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
          <FilterBar filters={filters} set={set} />
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
                <div className="tile flush">
                  <div className="prompt-row prompt-row-head" aria-hidden="true">
                    <span />
                    <span>Prompt</span>
                    <span>Where</span>
                    <span>Version</span>
                    <span>Owner</span>
                    <span>Changed</span>
                  </div>
                  <ul className="list" aria-label="Prompts">
                    {rows.map((row) => (
                      <PromptRow key={row.path} prompt={row} environment={environment} />
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
        </div>
      </div>
    </Page>
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

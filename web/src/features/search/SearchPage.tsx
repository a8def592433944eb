import { Button, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { searchQuery } from '@/api/queries';
import type { SearchPage as Found } from '@/api/types';
import { Icon } from '@/components/Icon';
import { useKeys } from '@/components/keys';
import { LinkButton } from '@/components/LinkButton';
import { Bones, Loaded } from '@/components/Loaded';
import { Empty, Page } from '@/components/Page';
import { useLibrary } from '@/components/session';
import { ViewBar } from '@/components/ViewBar';
import {
  asked,
  chosenOf,
  type FacetKey,
  type Filters,
  facetKeys,
  facetValue,
  isAsked,
  pressed,
} from '@/lib/facets';
import { plural } from '@/lib/format';
import { FacetList } from './FacetList';
import { HowToSearch } from './HowToSearch';
import { Result } from './Result';
import './search.css';

/** Finding prompts by words and filters, the best first, with the passage that shows why. */
export function SearchPage() {
  const { view, ...filters } = useSearch({ from: '/shell/search' });
  const navigate = useNavigate();
  const library = useLibrary();
  const set = (next: Filters) =>
    void navigate({ to: '/search', search: { ...next, view }, replace: true, resetScroll: false });
  const found = useInfiniteQuery(searchQuery(asked(filters)));
  const first = found.data?.pages[0];
  const press = (key: FacetKey, value: string) => set(pressed(filters, key, value));
  const some = isAsked(filters);
  return (
    <Page
      title="Search"
      intent={
        some && first
          ? totalWords(first, filters, found.isPlaceholderData)
          : 'Words from anywhere in a prompt: its title, intent, text, tags or owner.'
      }
      trail={[{ title: 'Library', to: '/library' }, { title: 'Search' }]}
      actions={
        some && (
          <LinkButton to="/library" search={filters} variant="default">
            List in the library
          </LinkButton>
        )
      }
    >
      <Field filters={filters} set={set} />
      <div className="search-views">
        <ViewBar find={asked(filters)} chosen={view} />
      </div>
      <div className="search">
        <FacetList
          facets={first?.facets ?? undefined}
          filters={filters}
          environments={library?.environments ?? []}
          names={library}
          onPress={press}
          onErrors={(errors) => set({ ...filters, errors: errors || undefined })}
        />
        <div className="stack">
          <Chosen filters={filters} onPress={press} onClear={() => set({ q: filters.q })} />
          {some ? (
            <Loaded
              query={found}
              shape={
                <div className="tile">
                  <Bones rows={8} height={30} />
                </div>
              }
            >
              {(data) => (
                <Results
                  pages={data.pages}
                  filters={filters}
                  onClear={() => set({ q: filters.q })}
                  more={
                    found.hasNextPage && (
                      <Button
                        variant="default"
                        size="sm"
                        loading={found.isFetchingNextPage}
                        onClick={() => void found.fetchNextPage()}
                      >
                        Show more
                      </Button>
                    )
                  }
                />
              )}
            </Loaded>
          ) : (
            <HowToSearch onTry={(q) => set({ q })} />
          )}
        </div>
      </div>
    </Page>
  );
}

function totalWords(first: Found, filters: Filters, old: boolean): string {
  if (old) return 'Looking…';
  if (first.total === 0) return 'Nothing found.';
  return `${plural(first.total, filters.kind ? 'file' : 'prompt')} found${filters.q ? ', the best first' : ''}.`;
}

function Field({ filters, set }: { filters: Filters; set: (filters: Filters) => void }) {
  const field = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(filters.q ?? '');
  const latest = useRef({ filters, set });
  latest.current = { filters, set };
  const look = (q: string) => latest.current.set({ ...latest.current.filters, q: q.trim() || undefined });
  const later = useDebouncedCallback(look, 200);
  useKeys({ '/': () => field.current?.focus() });
  useEffect(() => {
    if (document.activeElement !== field.current) setTyped(filters.q ?? '');
  }, [filters.q]);
  return (
    <search>
      <form
        className="row nowrap"
        onSubmit={(event) => {
          event.preventDefault();
          later.cancel?.();
          look(typed);
        }}
      >
        <TextInput
          ref={field}
          size="md"
          className="grow"
          aria-label="Words to find"
          placeholder="Words to find, “a phrase”, -without"
          leftSection={<Icon name="search" />}
          value={typed}
          autoFocus
          autoComplete="off"
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            later(event.currentTarget.value);
          }}
          onKeyDown={(event) => {
            if (event.key === 'ArrowDown') {
              event.preventDefault();
              document.querySelector<HTMLElement>('.found-link')?.focus();
            }
          }}
        />
        <Button type="submit" size="md">
          Search
        </Button>
      </form>
    </search>
  );
}

/** The filters that hold, each to be taken away. */
function Chosen({
  filters,
  onPress,
  onClear,
}: {
  filters: Filters;
  onPress: (key: FacetKey, value: string) => void;
  onClear: () => void;
}) {
  const library = useLibrary();
  const chosen = facetKeys.flatMap((key) => chosenOf(filters, key).map((value) => ({ key, value })));
  if (chosen.length === 0) return null;
  return (
    <div className="row">
      {chosen.map(({ key, value }) => {
        const words = facetValue(key, value, library);
        return (
          <button
            key={`${key} ${value}`}
            type="button"
            className="search-chip"
            aria-label={`Take away ${words}`}
            onClick={() => onPress(key, value)}
          >
            {words}
            <Icon name="cross" size={12} />
          </button>
        );
      })}
      <button type="button" className="link small" onClick={onClear}>
        Clear the filters
      </button>
    </div>
  );
}

function Results({
  pages,
  filters,
  onClear,
  more,
}: {
  pages: Found[];
  filters: Filters;
  onClear: () => void;
  more: React.ReactNode;
}) {
  const rows = pages.flatMap((page) => page.items);
  const corrections = pages[0]?.corrections ?? [];
  const filtered = facetKeys.some((key) => filters[key]) || filters.errors;
  return (
    <>
      {corrections.map((one) => (
        <p key={one.word} className="banner owed small" role="status">
          {one.also.length > 0
            ? `“${one.word}” occurs nowhere, so this is what was found for ${one.also.map((word) => `“${word}”`).join(' or ')}.`
            : `“${one.word}” occurs nowhere.`}
        </p>
      ))}
      {rows.length === 0 ? (
        <Empty
          title={filters.q ? `Nothing found for “${filters.q}”` : 'Nothing fits these filters'}
          action={
            filtered && (
              <Button variant="default" onClick={onClear}>
                Clear the filters
              </Button>
            )
          }
        >
          Fewer words find more. Every word must occur; a word also finds what begins with it.
        </Empty>
      ) : (
        <ol className="tile flush list" aria-label="Found" onKeyDown={step}>
          {rows.map((row) => (
            <Result key={row.prompt.path} found={row} />
          ))}
        </ol>
      )}
      {more && <div>{more}</div>}
    </>
  );
}

/** Arrow keys go from one result to the next, and from the first back to the field. */
function step(event: React.KeyboardEvent<HTMLElement>) {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!by) return;
  event.preventDefault();
  const links = [...event.currentTarget.querySelectorAll<HTMLElement>('.found-link')];
  const next = links.indexOf(document.activeElement as HTMLElement) + by;
  if (next < 0) document.querySelector<HTMLElement>('main search input')?.focus();
  else links[next]?.focus();
}

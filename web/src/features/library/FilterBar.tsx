import { Checkbox, Select, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useEffect, useRef, useState } from 'react';
import type { Named } from '@/api/types';
import { Icon } from '@/components/Icon';
import { useKeys } from '@/components/keys';
import { useLibrary } from '@/components/session';
import { chosenOf, type FacetKey, facetValue, pressed } from '@/lib/facets';
import type { LibraryFilters as Filters } from '@/lib/views';
import { channelName, fileKindWords } from '@/lib/words-shown';

/** Filters without a field of their own here; views and the search bring them. */
const broughtAlong: FacetKey[] = ['owner', 'category', 'tag', 'status', 'live', 'expiring'];

/** Filters that a view or a search brought along, each to be taken away. */
export function BroughtAlong({ filters, set }: { filters: Filters; set: (part: Partial<Filters>) => void }) {
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

export function FilterBar({ filters, set }: { filters: Filters; set: (part: Partial<Filters>) => void }) {
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

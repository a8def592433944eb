import { NativeSelect, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useEffect, useRef, useState } from 'react';
import type { ItemCount } from '@/api/types';
import { Icon } from '@/components/Icon';
import { items, itemWord } from '@/lib/documentation';

export type Filters = { q?: string; category?: string; lacking?: string; gaps?: boolean };

/** Words to find, and which gap. */
export function Filter({
  filters,
  set,
  counts,
}: {
  filters: Filters;
  set: (part: Partial<Filters>) => void;
  counts: ItemCount[];
}) {
  const field = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(filters.q ?? '');
  const look = useDebouncedCallback((q: string) => set({ q: q || undefined }), 180);
  useEffect(() => {
    if (document.activeElement !== field.current) setTyped(filters.q ?? '');
  }, [filters.q]);
  const countOf = (item: string) => counts.find((one) => one.item === item)?.prompts ?? 0;
  return (
    <search className="row">
      <TextInput
        ref={field}
        aria-label="Search the catalogue"
        placeholder="Search title, intent, text, owner"
        leftSection={<Icon name="search" size={14} />}
        value={typed}
        className="catalogue-search"
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          look(event.currentTarget.value.trim());
        }}
      />
      <NativeSelect
        aria-label="What is missing"
        value={filters.lacking ?? ''}
        onChange={(event) => set({ lacking: event.currentTarget.value || undefined })}
        data={[
          { value: '', label: 'Whatever is missing or not' },
          ...items.map((item) => ({
            value: item,
            label: `Missing: ${itemWord(item).toLowerCase()} (${countOf(item)})`,
          })),
        ]}
      />
    </search>
  );
}

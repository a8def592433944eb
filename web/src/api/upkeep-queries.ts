/** Kept searches, many prompts at once, and cleaning up; as the other queries. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import * as ops from './operations';
import type { BulkChange } from './types';

export const viewsQuery = queryOptions({
  queryKey: ['views'],
  queryFn: ({ signal }) => ops.listViews({ signal }),
});

export const viewQuery = (id: number) =>
  queryOptions({ queryKey: ['views', id], queryFn: ({ signal }) => ops.getView(id, { signal }) });

/** What an action on many prompts would do; asked again as it is filled in. */
export const bulkPreviewQuery = (body: BulkChange | undefined) =>
  queryOptions({
    queryKey: ['bulk', body],
    queryFn: ({ signal }) => ops.changePrompts({ ...(body as BulkChange), dry_run: true }, { signal }),
    enabled: body !== undefined,
    placeholderData: keepPreviousData,
    retry: false,
  });

/** What is alike: as it was found last, however old, or compared anew where the library has changed since. */
export const duplicatesQuery = (percent: number, old_will_do: boolean) =>
  queryOptions({
    queryKey: ['duplicates', percent, old_will_do],
    queryFn: ({ signal }) => ops.findDuplicates({ percent, old_will_do }, { signal }),
  });

export const obsoleteQuery = (days: number, folder?: string) =>
  infiniteQueryOptions({
    queryKey: ['obsolete', days, folder ?? ''],
    queryFn: ({ pageParam, signal }) => ops.findObsolete({ days, folder, after: pageParam }, { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  });

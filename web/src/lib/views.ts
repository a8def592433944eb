/** Kept searches: what of a page's filters is kept, and where one leads. */
import type { ListPrompts, View } from '@/api/types';
import { asked, type Filters, facetKeys } from './facets';

/** A question as the server keeps it. */
export type Find = View['find'];

/** What the library's list can be narrowed by. */
export type LibraryFilters = Filters & { folder?: string; includes?: string; archived?: boolean };

/** What the server is asked for the library's list. */
export function askedOfLibrary({ folder, includes, archived, ...rest }: LibraryFilters): ListPrompts {
  const ask = asked(rest);
  return { ...ask, folder, includes, archived: ask.archived ?? archived };
}

/** What is kept of a question: what says something, in one order. */
export function kept(find: Find): Find {
  const said = Object.entries(find).filter(
    ([name, value]) =>
      value != null && value !== '' && value !== false && !['after', 'limit', 'facets'].includes(name),
  );
  return Object.fromEntries(said.sort(([a], [b]) => a.localeCompare(b)));
}

export const sameFind = (a: Find, b: Find) => JSON.stringify(kept(a)) === JSON.stringify(kept(b));

/** Whether there is anything to keep. */
export const isKeepable = (find: Find) => Object.keys(kept(find)).length > 0;

/** The filters of a page that ask what a view asks. */
export function filtersOf(find: Find): LibraryFilters {
  const { expiring_days, with_errors, folder, includes, q } = find;
  const facets = Object.fromEntries(
    facetKeys.map((key) => [key, key === 'expiring' ? undefined : (find[key] ?? undefined)]),
  );
  return {
    ...facets,
    q: q ?? undefined,
    expiring: expiring_days == null ? undefined : String(expiring_days),
    errors: with_errors || undefined,
    folder: folder ?? undefined,
    includes: includes ?? undefined,
    archived: (find.archived && find.status !== 'archived') || undefined,
  };
}

/** Where a view opens: words are ranked in the search, the rest is listed in the library. */
export function placeOf(view: Pick<View, 'id' | 'find'>) {
  const { folder, includes, archived, ...rest } = filtersOf(view.find);
  return rest.q && !folder && !includes && !archived
    ? ({ to: '/search', search: { ...rest, view: view.id } } as const)
    : ({ to: '/library', search: { ...rest, folder, includes, archived, view: view.id } } as const);
}

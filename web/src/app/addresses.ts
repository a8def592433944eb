/** How the search of an address is read, and what each page keeps there. */
import { type FacetKey, facetKeys } from '@/lib/facets';
import type { LibraryFilters } from '@/lib/views';

export const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
export const number = (value: unknown) =>
  Number.isInteger(Number(value)) && value !== '' && value != null ? Number(value) : undefined;
/** As `text`; a number that was typed as words is words. */
export const words = (value: unknown) => text(typeof value === 'number' ? String(value) : value);
export const flag = (value: unknown) => (value === true || value === 'true' ? true : undefined);

type LibrarySearch = LibraryFilters & { view?: number };
export type PromptSearch = { tab?: string; version?: number; draft?: string };
type CatalogueSearch = { q?: string; category?: string; lacking?: string; gaps?: boolean };
export type MapSearch = { prompt?: string; draft?: string; change?: number; view?: string; kinds?: string };
export type WorkflowSearch = { view?: string; step?: string; draft?: string };
type UpkeepSearch = { tab?: string; percent?: number; days?: number };
type SearchSearch = { q?: string; errors?: boolean; view?: number } & Partial<Record<FacetKey, string>>;
/** What the planner is asked. */
export type PlannerSearch = { kpi?: string; lift?: string; prompt?: string };
/** What a rollout begins with where it was planned. */
export type PlannedSearch = { goal?: string; lift?: string; people?: number };
export type ActivitySearch = { actor?: number; action?: string; target?: string };

export const catalogueSearch = (search: Record<string, unknown>): CatalogueSearch => ({
  q: words(search.q),
  category: text(search.category),
  lacking: text(search.lacking),
  gaps: flag(search.gaps),
});

export const librarySearch = (search: Record<string, unknown>): LibrarySearch => ({
  ...searchSearch(search),
  folder: text(search.folder),
  includes: text(search.includes),
  archived: flag(search.archived),
});

export const searchSearch = (search: Record<string, unknown>): SearchSearch => ({
  q: words(search.q),
  errors: flag(search.errors),
  view: number(search.view),
  ...Object.fromEntries(facetKeys.map((key) => [key, words(search[key])])),
});

export const upkeepSearch = (search: Record<string, unknown>): UpkeepSearch => ({
  tab: text(search.tab),
  percent: number(search.percent),
  days: number(search.days),
});

export const kpisSearch = (
  search: Record<string, unknown>,
): { kpi?: string; prompt?: string; by?: string } => ({
  kpi: text(search.kpi),
  prompt: text(search.prompt),
  by: text(search.by),
});

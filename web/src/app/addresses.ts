/** How the search of an address is read, and what each page keeps there. */
import type { FacetKey } from '@/lib/facets';

export const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
export const number = (value: unknown) =>
  Number.isInteger(Number(value)) && value !== '' && value != null ? Number(value) : undefined;
/** As `text`; a number that was typed as words is words. */
export const words = (value: unknown) => text(typeof value === 'number' ? String(value) : value);
export const flag = (value: unknown) => (value === true || value === 'true' ? true : undefined);

export type LibrarySearch = {
  q?: string;
  folder?: string;
  channel?: string;
  brand?: string;
  region?: string;
  kind?: string;
  errors?: boolean;
};
export type PromptSearch = { tab?: string; version?: number; draft?: string };
type CatalogueSearch = { q?: string; category?: string; lacking?: string; gaps?: boolean };
export type MapSearch = { prompt?: string; draft?: string; change?: number; view?: string; kinds?: string };
export type WorkflowSearch = { view?: string; step?: string; draft?: string };
export type SearchSearch = { q?: string; errors?: boolean } & Partial<Record<FacetKey, string>>;
export type ActivitySearch = { actor?: number; action?: string; target?: string };

export const catalogueSearch = (search: Record<string, unknown>): CatalogueSearch => ({
  q: words(search.q),
  category: text(search.category),
  lacking: text(search.lacking),
  gaps: flag(search.gaps),
});

/** The documentation standard in the words of the screen. */
import type { CatalogueLink, CategoryScore, Documentation } from '@/api/types';

/** The items of the standard, in the order in which they are shown. */
export const items = ['intent', 'inputs', 'outputs', 'benchmarks', 'dependencies', 'owner'] as const;

const words: Record<string, string> = {
  intent: 'Intent',
  inputs: 'Inputs',
  outputs: 'Outputs',
  benchmarks: 'Benchmarks',
  dependencies: 'What it builds on',
  owner: 'Owner',
};

/** What an item is called. */
export const itemWord = (item: string) => words[item] ?? item;

/** What a category is called. */
export const categoryName = (category: Pick<CategoryScore, 'title' | 'path'>) =>
  category.title || category.path || 'Without a category';

/** The value of the address for a category; those outside of every category have none. */
export const categoryKey = (category: Pick<CategoryScore, 'path'>) => category.path;

/** The items of which something is missing. */
export const lackingOf = (said: Pick<Documentation, 'items'>) =>
  said.items.filter((item) => item.stated < item.of).map((item) => item.item);

/** What is missing, in one sentence. */
export function scoreSentence(said: Pick<Documentation, 'items'>): string {
  const lacking = lackingOf(said).map((item) => itemWord(item).toLowerCase());
  if (lacking.length === 0) return 'It says all that the standard asks for.';
  const last = lacking.at(-1) ?? '';
  const rest = lacking.slice(0, -1);
  const named = rest.length > 0 ? `${rest.join(', ')} and ${last}` : last;
  return `Something is missing under ${named}.`;
}

const phrases: Record<string, { out: string; in: string }> = {
  includes: { out: 'Shared part', in: 'Includes it' },
  varies: { out: 'Base', in: 'Variation' },
  runs: { out: 'Runs', in: 'Workflow that runs it' },
  tests: { out: 'Tests', in: 'Suite that tests it' },
};

/** How a file belongs to an entry, in words. */
export const linkWord = (link: Pick<CatalogueLink, 'kind'>, way: 'out' | 'in') =>
  phrases[link.kind]?.[way] ?? link.kind;

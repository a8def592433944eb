/** Filters of a search: what stands in the address, what the server is asked, and how each is named. */
import type { Facets, LibrarySettings, ListPrompts, TextPiece } from '@/api/types';
import { personName } from './format';
import { channelName, fileKindWords, sentenceCase, shortName } from './words-shown';

export const facetKeys = [
  'kind',
  'channel',
  'brand',
  'region',
  'owner',
  'category',
  'tag',
  'status',
  'live',
  'expiring',
] as const;
export type FacetKey = (typeof facetKeys)[number];
export type Filters = { q?: string; errors?: boolean } & Partial<Record<FacetKey, string>>;

export const facetTitles: Record<FacetKey, string> = {
  kind: 'Kind',
  channel: 'Channel',
  brand: 'Brand',
  region: 'Region',
  owner: 'Owner',
  category: 'Category',
  tag: 'Tag',
  status: 'Status',
  live: 'Live',
  expiring: 'Expires',
};

const DAYS_MAX = 3650;

/** What the server is asked. */
export function asked(filters: Filters): ListPrompts {
  const { expiring, errors, ...rest } = filters;
  const days = Number(expiring);
  return {
    ...rest,
    with_errors: errors,
    expiring_days: expiring && Number.isInteger(days) && days >= 0 && days <= DAYS_MAX ? days : undefined,
    archived: filters.status === 'archived' ? true : undefined,
  };
}

/** Whether anything is asked for. */
export const isAsked = (filters: Filters) =>
  Boolean(filters.q || filters.errors || facetKeys.some((key) => filters[key]));

/** The values chosen of a facet; of tags there may be several. */
export const chosenOf = (filters: Filters, key: FacetKey): string[] =>
  (key === 'tag' ? filters.tag?.split(',') : [filters[key]])?.filter((value): value is string =>
    Boolean(value),
  ) ?? [];

/** The filters after a value was pressed: chosen, or let go. */
export function pressed(filters: Filters, key: FacetKey, value: string): Filters {
  const before = chosenOf(filters, key);
  const after = before.includes(value)
    ? before.filter((one) => one !== value)
    : key === 'tag'
      ? [...before, value]
      : [value];
  return { ...filters, [key]: after.length > 0 ? after.join(',') : undefined };
}

type Names = Pick<LibrarySettings, 'brands' | 'regions'> & { categories?: { path: string; title: string }[] };

/** What people call a value of a facet. */
export function facetValue(key: FacetKey, value: string, names?: Partial<Names>): string {
  const named = (list?: { id: string; title: string }[]) => list?.find((one) => one.id === value)?.title;
  switch (key) {
    case 'kind':
      return fileKindWords[value] ?? sentenceCase(value);
    case 'channel':
      return value
        .split(',')
        .map((one) => channelName(one.trim()))
        .join(', ');
    case 'brand':
      return value === 'all' ? 'All brands' : (named(names?.brands) ?? shortName(value));
    case 'region':
      return value === 'all' ? 'All regions' : (named(names?.regions) ?? shortName(value));
    case 'owner':
      return personName(value);
    case 'category':
      return names?.categories?.find((one) => one.path === value)?.title ?? categoryName(value);
    case 'status':
      return sentenceCase(value);
    case 'live':
      return value === 'any' ? 'Live anywhere' : `Live in ${value}`;
    case 'expiring':
      return value === '0' ? 'Expired already' : `Within ${value} days`;
    case 'tag':
      return value;
  }
}

/** `prompts/email/onboarding/` as `Email, onboarding`. */
const categoryName = (path: string) =>
  sentenceCase(
    path
      .replace(/^prompts\//, '')
      .split('/')
      .filter(Boolean)
      .join(', '),
  );

export type Choice = { value: string; files?: number };

/** The choices of each facet, the chosen ones always among them. */
export function choicesOf(
  key: FacetKey,
  facets: Facets | undefined,
  filters: Filters,
  environments: string[],
): Choice[] {
  const counted: Partial<Record<FacetKey, Facets[keyof Facets]>> = facets
    ? {
        kind: facets.kinds,
        channel: facets.channels,
        brand: facets.brands,
        region: facets.regions,
        owner: facets.owners,
        category: facets.categories,
        tag: facets.tags,
        status: facets.statuses,
      }
    : {};
  const fixed: Partial<Record<FacetKey, string[]>> = {
    live: ['any', ...environments],
    expiring: ['0', '30', '90'],
    status: ['archived'],
  };
  const list: Choice[] = [
    ...(counted[key] ?? []).filter((one) => one.value !== '').map(({ value, files }) => ({ value, files })),
  ];
  for (const value of [...(fixed[key] ?? []), ...chosenOf(filters, key)])
    if (!list.some((one) => one.value === value)) list.push({ value });
  return list;
}

const BEGIN = '\u0001';
const END = '\u0002';

/** Without the marks of a template: blocks and remarks are left out, variables and shared parts stand as words. */
function plainPassage(text: string): string {
  const words = (name: string) => name.replace(/[_-]/g, ' ');
  return text
    .replace(/\{\{\s*>\s*([^\s}]+)[^}]*\}\}/g, (_, name: string) => words(name))
    .replace(/\{\{\s*(?:role|history|media|else)\b[^}]*\}\}/g, ' ')
    .replace(/\{\{\s*[#/!][^}]*\}\}/g, ' ')
    .replace(/\{\{\{?\s*([^\s{}]+)\s*\}?\}\}/g, (_, name: string) => words(name))
    .replace(/^(\s*…?)[^{}]*\}\}/, '$1')
    .replace(/\{\{[^{}]*?(…?)$/, '$1')
    .replace(/ {2,}/g, ' ');
}

/** A passage to be read: the marks of the template go, what was looked for stays marked. */
export function readable(pieces: TextPiece[]): TextPiece[] {
  const whole = pieces.map(({ text, hit }) => (hit ? `${BEGIN}${text}${END}` : text)).join('');
  return plainPassage(whole)
    .split(BEGIN)
    .flatMap((part, at): TextPiece[] => {
      const [hit = '', after] = part.split(END);
      return at === 0 || after === undefined
        ? [{ text: part.replaceAll(END, ''), hit: false }]
        : [
            { text: hit, hit: true },
            { text: after, hit: false },
          ];
    })
    .filter((piece) => piece.text !== '');
}

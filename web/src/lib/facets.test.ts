import { expect, it } from 'vitest';
import type { Facets } from '@/api/types';
import { asked, choicesOf, chosenOf, facetValue, isAsked, pressed, readable } from './facets';

it('asks the server for what stands in the address', () => {
  expect(asked({ q: 'x', tag: 'a,b', expiring: '30', errors: true })).toMatchObject({
    q: 'x',
    tag: 'a,b',
    expiring_days: 30,
    with_errors: true,
    archived: undefined,
  });
  expect(asked({ status: 'archived' }).archived).toBe(true);
  for (const expiring of ['soon', '-1', '1e9', '1.5'])
    expect(asked({ expiring }).expiring_days).toBeUndefined();
});

it('knows whether anything is asked', () => {
  expect(isAsked({})).toBe(false);
  expect(isAsked({ owner: 'a' })).toBe(true);
  expect(isAsked({ errors: true })).toBe(true);
});

it('chooses and lets go: one value of a facet, but several tags', () => {
  expect(pressed({ channel: 'email' }, 'channel', 'ads')).toEqual({ channel: 'ads' });
  expect(pressed({ channel: 'email' }, 'channel', 'email')).toEqual({ channel: undefined });
  const two = pressed({ tag: 'a' }, 'tag', 'b');
  expect(chosenOf(two, 'tag')).toEqual(['a', 'b']);
  expect(pressed(two, 'tag', 'a')).toEqual({ tag: 'b' });
});

it.each([
  ['channel', 'ads, email', 'Ads, E-mail'],
  ['brand', 'all', 'All brands'],
  ['region', 'de', 'Germany'],
  ['region', 'uk', 'UK'],
  ['owner', 'mara.ellingsen@wexcombe.example', 'Mara Ellingsen'],
  ['category', 'prompts/email/onboarding/', 'Email, onboarding'],
  ['category', 'prompts/ads/', 'Ads and audiences'],
  ['live', 'any', 'Live anywhere'],
  ['expiring', '0', 'Expired already'],
] as const)('calls the %s %s %s', (key, value, words) => {
  const names = {
    regions: [{ id: 'de', title: 'Germany' }],
    categories: [{ path: 'prompts/ads/', title: 'Ads and audiences' }],
  };
  expect(facetValue(key, value, names)).toBe(words);
});

it('keeps what is chosen among the choices, even where nothing is found', () => {
  const none: Facets = {
    kinds: [],
    channels: [{ value: '', files: 3 }],
    brands: [],
    regions: [],
    owners: [],
    statuses: [{ value: 'archived', files: 2 }],
    categories: [],
    tags: [{ value: 'vip', files: 1 }],
  };
  expect(choicesOf('tag', none, { tag: 'vip,autumn' }, [])).toEqual([
    { value: 'vip', files: 1 },
    { value: 'autumn' },
  ]);
  expect(choicesOf('channel', none, {}, [])).toEqual([]);
  expect(choicesOf('status', none, {}, [])).toEqual([{ value: 'archived', files: 2 }]);
  expect(choicesOf('live', undefined, {}, ['production'])).toEqual([
    { value: 'any' },
    { value: 'production' },
  ]);
});

const piece = (text: string, hit = false) => ({ text, hit });
const shown = (...pieces: { text: string; hit: boolean }[]) =>
  readable(pieces)
    .map(({ text, hit }) => (hit ? `[${text}]` : text))
    .join('');

it.each([
  [[piece('for {{first_name}}{{#if offer}} with {{offer}}{{/if}} now')], 'for first name with offer now'],
  [[piece('{{role "system"}}You write')], ' You write'],
  [[piece('see {{> '), piece('coffee', true), piece('-claims}} there')], 'see [coffee] claims there'],
  [
    [piece('{{#if '), piece('offer', true), piece('}}An '), piece('offer', true), piece('{{/if}}')],
    ' An [offer] ',
  ],
  [[piece('…ame}} a '), piece('cup', true), piece(' of {{#if x…')], '… a [cup] of …'],
  [[piece('plain '), piece('words', true)], 'plain [words]'],
  [[], ''],
])('reads a passage without the marks of a template: %j', (pieces, words) =>
  expect(shown(...pieces)).toBe(words),
);

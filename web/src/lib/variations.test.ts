import { expect, it } from 'vitest';
import type { VariationMatrix, VariationRow } from '@/api/types';
import { linesOf, matrixWords, variationName } from './variations';

const row = (id: string, more: Partial<VariationRow>): VariationRow => ({
  id,
  path: `prompts/${id}.prompt`,
  title: '',
  layers: [],
  independent: false,
  slots: [],
  fields: [],
  diagnostics: [],
  ...more,
});
const slot = (origin: string, text: string, from?: string) => ({
  slot: 'greeting',
  origin,
  text,
  from,
  differs: origin !== 'base',
});
const matrix = (...variations: VariationRow[]): VariationMatrix => ({
  base: 'hello',
  path: 'prompts/hello.prompt',
  slots: [{ name: 'greeting', description: 'How it opens', text: 'Hello', line: 9 }],
  fields: [{ field: 'config.temperature', value: 0.6 }],
  variations,
  left_off: 0,
});
const field = (origin: string, value: number) => ({
  field: 'config.temperature',
  origin,
  value,
  differs: origin !== 'base',
});

const own = row('hello.finch', { brand: 'finch', slots: [slot('own', 'Hey')], fields: [field('own', 0.2)] });
const heir = row('hello.finch.de', {
  brand: 'finch',
  region: 'de',
  slots: [slot('inherited', 'Hey', 'hello.finch')],
  fields: [field('base', 0.6)],
});
const same = row('hello.us', { region: 'us', slots: [slot('base', 'Hello')], fields: [field('base', 0.6)] });
const broken = row('hello.uk', {
  region: 'uk',
  slots: [slot('own', 'Good day')],
  diagnostics: [
    {
      severity: 'error',
      code: 'x',
      message: 'slot `greeting` includes too much',
      path: '',
      line: 4,
      column: 1,
    },
  ],
});

it('has a line for each slot and field, and a cell for each variation', () => {
  const [greeting, temperature] = linesOf(matrix(own, heir, same, broken));
  expect(greeting).toMatchObject({ title: 'greeting', base: 'Hello', differs: true });
  expect(greeting?.cells.map(({ state, from, text }) => [state, from, text])).toEqual([
    ['own', undefined, 'Hey'],
    ['inherited', 'hello.finch', 'Hey'],
    ['base', undefined, 'Hello'],
    ['problem', undefined, 'Good day'],
  ]);
  expect(temperature).toMatchObject({ title: 'Config temperature', base: '0.6' });
  expect(temperature?.cells.map((cell) => cell.state)).toEqual(['own', 'base', 'base', 'none']);
});

it.each([
  [[own, same], '1 of 2 variations differs from the base.'],
  [[own, heir, same], '2 of 3 variations differ from the base.'],
  [[own, broken], 'Both variations differ from the base; 1 has a problem.'],
  [[own, own, heir], 'All 3 variations differ from the base.'],
  [[own], 'The one variation differs from the base.'],
  [[same, same], 'None of 2 variations differs from the base.'],
  [[same], 'The one variation reads as its base does.'],
  [[], 'Nothing varies it yet.'],
])('says in one sentence who differs', (rows, words) => expect(matrixWords(matrix(...rows))).toBe(words));

it('names a variation by what it is for', () => {
  expect(variationName(heir)).toBe('Finch · DE');
  expect(variationName(row('a/b.vip', {}))).toBe('b.vip');
});

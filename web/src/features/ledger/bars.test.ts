import { expect, test } from 'vitest';
import type { LedgerLine } from '@/api/types';
import { bars } from './bars';

const line = (kind: string, relative: number, cumulative: number) =>
  ({ kind, relative, cumulative, at: '', title: '', target: '' }) as LedgerLine;

test('what was kept carries on, what was not leaves the line where it was', () => {
  const found = bars([line('kept', 0.1, 0.1), line('avoided', -0.2, 0.1), line('kept', 0.1, 0.21)]);
  expect(found.map((bar) => bar.from)).toEqual([0, 0.1, 0.1]);
  expect(found.map((bar) => Number(bar.to.toFixed(6)))).toEqual([0.1, -0.12, 0.21]);
  expect(found.map((bar) => bar.after)).toEqual([0.1, 0.1, 0.21]);
  expect(found.map((bar) => bar.counts)).toEqual([true, false, true]);
});

test('each prompt begins anew', () => {
  const of = (prompt: string, cumulative: number) =>
    ({ ...line('kept', 0.1, cumulative), prompt }) as LedgerLine;
  const found = bars([of('a', 0.1), of('b', 0.1), of('a', 0.21)]);
  expect(found.map((bar) => [bar.line.prompt, bar.from, bar.follows])).toEqual([
    ['a', 0, false],
    ['a', 0.1, true],
    ['b', 0, false],
  ]);
});

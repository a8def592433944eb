import { describe, expect, test } from 'vitest';
import type { Kpi } from '@/api/types';
import { askedOf, days, numberOf, percent, shownNumber } from './words';

const kpi = (kind: string) => ({ id: 'click', kind }) as Kpi;
const fields = { kpi: 'click', lift: '5', prompt: '', baseline: '', sd: '', daily: '', arms: '2' };

test.each([
  ['1,500', 1500],
  ['12.5', 12.5],
  ['12,5', 12.5],
  [' 5 % ', 5],
  ['-3', -3],
  ['', undefined],
  ['much', undefined],
])('%j is the number %j', (text, expected) => {
  expect(numberOf(text)).toBe(expected);
});

describe('the question', () => {
  test('is none without a change', () => {
    expect(askedOf({ ...fields, lift: '0' }, kpi('conversion'))).toBeUndefined();
    expect(askedOf({ ...fields, lift: 'x' }, kpi('conversion'))).toBeUndefined();
  });
  test('has shares for percentages of a conversion only', () => {
    expect(askedOf({ ...fields, baseline: '20' }, kpi('conversion'))).toMatchObject({
      lift: 0.05,
      baseline: 0.2,
    });
    expect(askedOf({ ...fields, baseline: '20' }, kpi('value'))).toMatchObject({ baseline: 20 });
    expect(askedOf(fields, kpi('value'))?.baseline).toBeUndefined();
  });
});

test('days and shares are short', () => {
  expect(days(0.42)).toBe('0.4');
  expect(days(8.01)).toBe('9');
  expect(percent(0.0512345)).toBe('5.12 %');
  expect(shownNumber(1234.5)).toBe('1235');
});

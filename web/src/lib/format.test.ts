import { expect, it } from 'vitest';
import { ago, bytes, difference, measure, personName, share, span } from './format';

const rate = { kind: 'conversion', unit: 'share of contacts', decimals: 0 };
const money = { kind: 'value', unit: 'EUR', decimals: 2 };

it('says measures in the unit people know', () => {
  expect(measure(rate, 0.0794)).toBe('7.94 %');
  expect(measure(money, 2310)).toBe('€ 23.10');
  expect(measure({ kind: 'value', unit: 'EUR minor', decimals: 0 }, 2310)).toBe('€ 23.10');
  expect(difference(rate, -0.009)).toBe('−0.90 pp');
  expect(difference(money, 24)).toBe('+€ 0.24');
});

it('says sizes in the unit that fits', () => {
  expect([0, 999, 1000, 1_536_000, 250_000_000, 5_000_000_000].map(bytes)).toEqual([
    '0 B',
    '999 B',
    '1.0 kB',
    '1.5 MB',
    '250 MB',
    '5.0 GB',
  ]);
});

it('says shares, spans and names', () => {
  expect([share(500), share(10_000)]).toEqual(['5 %', 'everyone']);
  expect(span('2026-11-23T10:31:00Z', '2026-11-23T10:42:00Z')).toBe('11 minutes');
  expect(span('2026-11-23T10:31:00Z', '2026-11-23T10:31:01Z')).toBe('1 second');
  expect(personName('mara.ellingsen@wexcombe.example')).toBe('Mara Ellingsen');
  expect(personName('Tomás Rey')).toBe('Tomás Rey');
});

it('says times by their distance', () => {
  const now = new Date('2026-11-23T12:00:00');
  expect(ago('2026-11-23T11:59:40', now)).toBe('just now');
  expect(ago('2026-11-23T11:48:00', now)).toBe('12 min ago');
  expect(ago('2026-11-23T08:05:00', now)).toBe('today 08:05');
  expect(ago('2025-09-03T08:05:00', now)).toBe('3 Sept 2025');
});

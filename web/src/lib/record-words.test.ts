import { expect, it } from 'vitest';
import { baselineWords, expectedWords, validationWords } from './record-words';

const share = { kind: 'conversion', unit: 'share of contacts', decimals: 0 };
const kpis = [
  { id: 'first_order', title: 'First order', ...share },
  { id: 'unsubscribe', title: 'Unsubscribe', ...share },
  { id: 'cost_per_order', title: 'Cost per order', kind: 'ratio', unit: 'EUR minor per order', decimals: 0 },
];

it('writes expectations with signs that can be read', () => {
  expect(expectedWords('first_order -5%', kpis)).toBe('First order −5 %');
  expect(expectedWords('first_order +0%, off-voice below 3 of 30', kpis)).toBe(
    'First order unchanged, off-voice below 3 of 30',
  );
  expect(expectedWords('more people come back', kpis)).toBe('more people come back');
});

it('writes what was measured before', () => {
  expect(baselineWords('first_order=0.120 n=16480', kpis)).toBe('First order 12 % of 16,480 contacts');
  expect(baselineWords('unsubscribe=0.0031 n=200', kpis)).toBe('Unsubscribe 0.31 % of 200 contacts');
  expect(baselineWords('cost_per_order=588 n=1640', kpis)).toBe('Cost per order € 5.88, from 1,640');
  expect(baselineWords('first_order=0.1185 n=3949 from=2026-11-02 to=2026-11-15', kpis)).toMatch(
    /^First order 11.85 % of 3,949 contacts, 2 Nov.* to 15 Nov/,
  );
  expect(baselineWords('about a third', kpis)).toBe('about a third');
  const euro = { id: 'e', title: 'E', kind: 'value', unit: 'EUR', decimals: 2 };
  expect(baselineWords('e=5.88', [euro])).toBe('E € 5.88');
});

it('writes how it is checked', () => {
  expect(
    validationWords(
      'ab split=50/50 days=14 goal=first_order guard=first_order>=-1.5pp guard=unsubscribe<=+0.3pp',
      kpis,
    ),
  ).toBe(
    'A/B test, 50 to 50, 14 days; goal: First order; guard: First order at most 1.5 pp lower; guard: Unsubscribe at most 0.3 pp higher',
  );
  expect(validationWords('before and after, 14 days, goal=first_order', kpis)).toBe(
    'before and after, 14 days; goal: First order',
  );
  expect(validationWords('40 checked calls', kpis)).toBe('40 checked calls');
});

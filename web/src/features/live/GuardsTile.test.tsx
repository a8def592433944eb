import { expect, it } from 'vitest';
import { evidence } from './GuardsTile';

it.each([
  [0, 4.6, '0 %'],
  [-3, 4.6, '0 %'],
  [2.3, 4.6, '50 %'],
  [9, 4.6, '100 %'],
  [1, 0, '0 %'],
])('shows evidence as a share of what is needed', (logE, threshold, words) => {
  expect(evidence(logE, threshold)).toBe(words);
});

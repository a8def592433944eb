import { expect, it } from 'vitest';
import type { WatchedGuard } from '@/api/types';
import { evidence, guardLines } from './GuardsTile';

it.each([
  [0, 4.6, '0 %'],
  [-3, 4.6, '0 %'],
  [2.3, 4.6, '50 %'],
  [9, 4.6, '100 %'],
  [1, 0, '0 %'],
])('shows evidence as a share of what is needed', (logE, threshold, words) => {
  expect(evidence(logE, threshold)).toBe(words);
});

it('stands once for all versions, and apart for each group and limit', () => {
  const guard = (kpi: string, arm: number, cohort?: string, against = 'any fall'): WatchedGuard => ({
    kpi,
    title: kpi,
    arm,
    name: `version ${arm}`,
    against,
    action: 'pause',
    cohort,
    fired: false,
    log_e: 0,
  });
  const lines = guardLines([
    guard('order', 1, 'region=de'),
    guard('order', 1, 'region=uk'),
    guard('order', 2, 'region=de'),
    guard('order', 2, 'region=uk'),
    guard('order', 1, undefined, 'more than 3 %'),
  ]);
  expect(lines.map((line) => [line.first.cohort, [...line.byArm.keys()]])).toEqual([
    ['region=de', [1, 2]],
    ['region=uk', [1, 2]],
    [undefined, [1]],
  ]);
});

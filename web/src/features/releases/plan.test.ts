import { expect, it } from 'vitest';
import { guardWords, mayBeWatched, stillMissing } from './plan';

it.each([
  [
    { kpi: 'first_order', margin: 0 },
    { title: 'First orders', direction: 'up' },
    'Roll back if first orders fall',
  ],
  [
    { kpi: 'unsubscribe', margin: 0.02, action: 'pause' },
    { title: 'Unsubscribe', direction: 'down' },
    'Pause if unsubscribe rises by more than 2 %',
  ],
  [{ kpi: 'revenue', margin: 0, harm: 'increase' }, undefined, 'Roll back if revenue rises'],
])('says a guard in words', (guard, kpi, words) => {
  expect(guardWords(guard, kpi)).toBe(words);
});

it('offers what can be watched', () => {
  const rows: [string, string | null, boolean][] = [
    ['conversion', null, true],
    ['ratio', 'revenue', true],
    ['ratio', null, false],
    ['quantile', null, false],
  ];
  for (const [kind, numerator, expected] of rows) expect(mayBeWatched({ kind, numerator })).toBe(expected);
});

it('lets a rollout start only against something else that is live, with a goal and a guard', () => {
  const ready = {
    title: 'T',
    goal: 'click',
    guards: [{ kpi: 'click', margin: 0 }],
    liveRelease: 3,
    release: 4,
    running: false,
  };
  const open = (part: Partial<Parameters<typeof stillMissing>[0]>) =>
    stillMissing({ ...ready, ...part }).filter((check) => !check.done).length;
  expect(open({})).toBe(0);
  expect([
    open({ liveRelease: 4 }),
    open({ liveRelease: null }),
    open({ guards: [] }),
    open({ goal: null }),
    open({ running: true }),
    open({ title: ' ' }),
    open({ shadow: true, running: true, goal: null, guards: [] }),
  ]).toEqual([1, 1, 1, 1, 1, 1, 0]);
});

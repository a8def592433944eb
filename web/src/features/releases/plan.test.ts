import { expect, it } from 'vitest';
import { guardWords, limitOf, limits, mayBeWatched, stillMissing, withLimit } from './plan';

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
  [
    { kpi: 'complaint', margin: 0, action: 'hold', limit: 0.003, cohort: 'channel' },
    { title: 'Complaints', direction: 'down', kind: 'conversion' },
    'Hold at the stage if complaints lie above 0.3 % in any channel',
  ],
  [
    { kpi: 'unsubscribe', margin: 0, action: 'escalate', difference: 0.001 },
    { title: 'Unsubscribe', direction: 'down', kind: 'conversion' },
    'Tell people if unsubscribe rises by more than 0.1 points',
  ],
  [
    { kpi: 'model.latency_ms', margin: 0, limit: 1500 },
    { title: 'Model latency', direction: 'down', kind: 'value', unit: 'ms' },
    'Roll back if model latency lies above 1500 ms',
  ],
])('says a guard in words', (guard, kpi, words) => {
  expect(guardWords(guard, kpi)).toBe(words);
});

it('keeps one kind of limit', () => {
  const guard = { kpi: 'complaint', margin: 0.05 };
  const level = withLimit(guard, 'limit');
  expect([limitOf(guard), limitOf(level), level.margin]).toEqual(['0.05', 'limit', 0]);
  const points = withLimit(level, 'difference');
  expect([points.limit, limitOf(points)]).toEqual([undefined, 'difference']);
  expect(withLimit(points, '0.02')).toEqual({ kpi: 'complaint', margin: 0.02 });
  const kinds = (direction: string) => limits({ kpi: 'k', margin: 0 }, { direction }).map((one) => one.value);
  expect(kinds('down')).toContain('limit');
  expect(kinds('up')).not.toContain('limit');
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

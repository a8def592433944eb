import { expect, it } from 'vitest';
import { basisPoints, commandOf, type Draft, faultsOf, sharesOf, stagesOf } from './start';
import { pairsWords } from './windows';

const now = new Date('2026-11-28T12:00:00Z');
const ready: Draft = {
  title: 'Spring',
  environment: 'production',
  prompt: 'email/welcome',
  shadow: false,
  windows: false,
  windowSeconds: '14400',
  burnIn: '30',
  pairs: '40',
  goal: 'order',
  hypothesis: ' more ',
  guards: [
    { kpi: 'order', margin: 0 },
    { kpi: 'unsubscribe', margin: 0 },
  ],
  preDays: '14',
  noWorse: { order: '', unsubscribe: '2,5', gone: '7' },
  arms: [
    { key: 1, release: '4', name: 'Shorter', share: '' },
    { key: 2, release: '5', name: 'Kinder', share: '20 %' },
  ],
  steps: 'steady',
  ownSteps: '',
  conditions: [{ key: 1, attribute: 'region', test: 'one_of', values: ['de'], number: '' }],
  inLayer: true,
  layerName: 'offers',
  layerShare: '40',
  later: true,
  startsAt: '2026-12-01T08:00',
  waits: [{ at: '2026-12-03T08:00', people: '5,000' }],
};

it('reads percentages and steps as they are typed', () => {
  expect(['5', '5 %', '0,5', '12.5', '', 'many'].map(basisPoints)).toEqual([
    500,
    500,
    50,
    1250,
    undefined,
    undefined,
  ]);
  expect(stagesOf({ steps: 'own', ownSteps: '5, 25,100' })).toEqual([500, 2500, 10_000]);
  expect(stagesOf({ steps: 'own', ownSteps: '5, all' })).toEqual([]);
});

it('gives what is left to the version that is live', () => {
  const shares = (...given: string[]) => sharesOf(given.map((share) => ({ share })));
  expect(shares('')).toEqual([5000, 5000]);
  expect(shares('', '')).toEqual([3334, 3333, 3333]);
  expect(shares('', '20')).toEqual([4667, 3333, 2000]);
  expect([shares('100'), shares('60', '40'), shares('0'), shares('x')]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

it('finds nothing wrong with a whole plan and says it to the server', () => {
  expect(faultsOf(ready, 3, now)).toEqual({});
  const sent = commandOf(ready, 9000);
  expect(sent).toMatchObject({
    release: 4,
    treatment_name: 'Shorter',
    treatment_share: undefined,
    further: [{ release: 5, name: 'Kinder', share: 2000 }],
    stages: [1000, 5000, 10_000],
    layer: { name: 'offers', share: 4000 },
    conditions: [{ attribute: 'region', one_of: ['de'] }],
    hypothesis: 'more',
    planned_units: 9000,
    pre_period_days: 14,
    not_worse_by: { unsubscribe: 0.025 },
  });
  expect(sent.starts_at).toBe(new Date('2026-12-01T08:00').toISOString());
  expect(sent.schedule).toEqual([
    { at: new Date('2026-12-03T08:00').toISOString(), people: 5000 },
    { at: undefined, people: undefined },
  ]);
  const plain = commandOf({ ...ready, later: false, inLayer: false, waits: [] }, undefined);
  expect([plain.starts_at, plain.layer, plain.schedule]).toEqual([undefined, undefined, []]);
});

it('sends nothing to measure by for a release in the shadow', () => {
  const sent = commandOf({ ...ready, shadow: true }, undefined);
  expect(sent).toMatchObject({ shadow: true, release: 4, further: [] });
  expect([sent.goal, sent.guards, sent.layer]).toEqual([undefined, undefined, undefined]);
  expect([sent.pre_period_days, sent.not_worse_by]).toEqual([undefined, undefined]);
  expect(faultsOf({ ...ready, shadow: true, layerName: '' }, 3, now)).toEqual({});
});

const windows: Draft = { ...ready, windows: true };

it('sends how time is cut, and nothing of steps, layers and shares, for a switchback', () => {
  const sent = commandOf(windows, undefined);
  expect(sent).toMatchObject({
    switchback: { window_seconds: 14_400, burn_in_seconds: 1800, pairs: 40 },
    stages: [],
    schedule: [],
    further: [],
    goal: 'order',
  });
  expect([sent.layer, sent.treatment_share, sent.shadow]).toEqual([undefined, undefined, undefined]);
  expect(faultsOf({ ...windows, layerName: '', steps: 'own', ownSteps: '' }, 3, now)).toEqual({});
  expect(pairsWords(windows)).toMatch(/^About 14 days: 40 pairs of windows of 4 hours\./);
});

it.each([
  [{ burnIn: '240' }, 'window.burnIn'],
  [{ burnIn: 'some' }, 'window.burnIn'],
  [{ pairs: '7' }, 'window.pairs'],
  [{ guards: [{ kpi: 'order', action: 'hold' }] }, 'window.guards'],
  [{ guards: [{ kpi: 'order', cohort: 'channel' }] }, 'window.guards'],
])('says what is wrong with windows: %o', (part, field) => {
  expect(Object.keys(faultsOf({ ...windows, ...part } as Draft, 3, now))).toEqual([field]);
});

const rows: [string, Partial<Draft>, string][] = [
  ['title', { title: ' ' }, 'title'],
  ['the live release', { arms: [{ key: 1, release: '3', name: '', share: '' }] }, 'arm.0.release'],
  ['no release', { arms: [...ready.arms, { key: 3, release: '', name: '', share: '' }] }, 'arm.2.release'],
  ['twice', { arms: [...ready.arms, { key: 3, release: '4', name: '', share: '5' }] }, 'arm.2.release'],
  ['a name twice', { arms: ready.arms.map((arm) => ({ ...arm, name: 'Same' })) }, 'arm.1.name'],
  ['no share', { arms: ready.arms.slice(0, 1).map((arm) => ({ ...arm, share: 'half' })) }, 'arm.0.share'],
  ['nothing left', { arms: ready.arms.map((arm) => ({ ...arm, share: '50' })) }, 'arm.1.share'],
  ['own steps', { steps: 'own', ownSteps: '50, 10' }, 'ownSteps'],
  ['no moment', { startsAt: '' }, 'startsAt'],
  ['the past', { startsAt: '2026-11-01T08:00' }, 'startsAt'],
  ['a step before the start', { waits: [{ at: '2026-11-30T08:00', people: '' }] }, 'wait.0.at'],
  ['half people', { waits: [{ at: '', people: 'some' }] }, 'wait.0.people'],
  ['too long before', { preDays: '61' }, 'preDays'],
  ['no days', { preDays: 'two weeks' }, 'preDays'],
  ['nothing lost at all', { noWorse: { unsubscribe: '0' } }, 'noWorse.unsubscribe'],
  ['no percentage', { noWorse: { order: 'little' } }, 'noWorse.order'],
  ['no layer', { layerName: '' }, 'layer.name'],
  ['too much of a layer', { layerShare: '101' }, 'layer.share'],
  [
    'no attribute',
    { conditions: [{ key: 1, attribute: '', test: 'one_of', values: ['a'], number: '' }] },
    'condition.0.attribute',
  ],
  [
    'no number',
    { conditions: [{ key: 1, attribute: 'orders', test: 'at_least', values: ['a'], number: 'x' }] },
    'condition.0.value',
  ],
];
it.each(rows)('says what is wrong: %s', (_, part, field) => {
  expect(Object.keys(faultsOf({ ...ready, ...part }, 3, now))).toEqual([field]);
});

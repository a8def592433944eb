import { describe, expect, it } from 'vitest';
import type { KnownKpi } from '@/api/types';
import {
  expectationOf,
  guardLine,
  mergedRecord,
  planLine,
  planOf,
  saysNothing,
  stillMissing,
  withKpi,
} from './record';

const known = [
  { kpi: { id: 'click' }, measured: { text: 'click=0.3 n=100' } },
  { kpi: { id: 'order' }, measured: { text: 'order=0.1 n=90' } },
  { kpi: { id: 'margin' }, measured: null },
] as unknown as KnownKpi[];

describe('withKpi', () => {
  it('fills in what was measured, and follows another choice', () => {
    const first = withKpi({ hypothesis: '' }, 'click', known);
    expect(first).toEqual({ hypothesis: 'click', baseline: 'click=0.3 n=100' });
    const moved = withKpi({ ...first, hypothesis: 'click +4%' }, 'order', known);
    expect(moved).toEqual({ hypothesis: 'order +4%', baseline: 'order=0.1 n=90' });
    expect(withKpi(moved, 'margin', known).baseline).toBe('');
    expect(withKpi(moved, undefined, known)).toEqual({ hypothesis: '+4%', baseline: '' });
  });
  it('leaves alone what somebody wrote', () => {
    const own = { hypothesis: 'click +4%', baseline: 'about a third' };
    expect(withKpi(own, 'order', known).baseline).toBe('about a third');
  });
});

it('takes an expectation apart', () => {
  const kpis = [{ id: 'click' }];
  expect(expectationOf('click +4%', kpis)).toEqual({ kpi: 'click', move: '+4%' });
  expect(expectationOf('more of them', kpis)).toEqual({ move: 'more of them' });
});

describe('the plan of a check', () => {
  it.each([
    'ab split=50/50 days=14 goal=click guard=unsubscribe<=+0.3pp',
    'ab split=50/50 days=7',
    'ab split=50/50 days=14 goal=click guard=order>=-1.5pp guard=unsubscribe<=+0.3pp',
    'watched after going live',
    'read by a reviewer',
    'we ask ten customers',
    '',
  ])('%s comes back as it was', (line) => {
    expect(planLine(planOf(line))).toBe(line);
  });
  it('knows an A/B test', () => {
    expect(planOf('ab split=50/50 days=14 goal=click')).toEqual({
      how: 'ab',
      days: 14,
      goal: 'click',
      guards: [],
    });
    expect(planOf('ab split=90/10 days=14').how).toBe('own');
  });
});

it('names what is missing in the order of the form', () => {
  const required = [{ field: 'validation' }, { field: 'problem' }, { field: 'campaign' }];
  expect(stillMissing({ campaign: 'autumn', problem: ' ' }, required)).toEqual([
    'the problem seen',
    'how it will be checked',
  ]);
});

it('knows a line that says nothing', () => {
  expect(saysNothing(' Update. ', ['update'])).toBe(true);
  expect(saysNothing('Update the price', ['update'])).toBe(false);
});

it('takes over what the saved versions said, the newest word first', () => {
  const newest = { problem: 'later', campaign: '' };
  expect(mergedRecord([newest, { problem: 'first', campaign: 'autumn' }])).toEqual({
    problem: 'later',
    campaign: 'autumn',
  });
  expect(mergedRecord([])).toEqual({});
});

it('writes a limit by what is better for a KPI', () => {
  expect(guardLine({ id: 'order', direction: 'up', kind: 'conversion' }, '1.5')).toBe('order>=-1.5pp');
  expect(guardLine({ id: 'cost', direction: 'down', kind: 'ratio' }, '4')).toBe('cost<=+4%');
});

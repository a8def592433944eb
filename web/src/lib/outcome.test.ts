import { expect, it } from 'vitest';
import { measuredIn, outcomeTone } from './outcome';

const won = 'First order +3.2 points (between +1.5 and +5.0), 12,000 people';
const open = 'First order −0.6 points (between −2.8 and +1.6), 7,998 people';

it('reads the parts of an outcome', () => {
  expect(measuredIn(won)).toEqual({
    kpi: 'First order',
    move: '+3.2 points',
    low: '+1.5',
    high: '+5.0',
    people: '12,000',
  });
  expect(measuredIn('Revenue +€ 1.20 (between −€ 0.10 and +€ 2.50), 800 people')?.move).toBe('+€ 1.20');
  expect(measuredIn('Collecting')).toBeUndefined();
});

it('calls good only what is surely good', () => {
  const outcome = (sentence: string, state: string) => ({ rollout: 1, sentence, state });
  expect(outcomeTone(outcome(won, 'finished'))).toBe('good');
  expect(outcomeTone(outcome(open, 'finished'))).toBe('');
  expect(outcomeTone(outcome(won, 'rolled-back'))).toBe('harm');
  expect(outcomeTone(outcome(won, 'running'))).toBe('');
});

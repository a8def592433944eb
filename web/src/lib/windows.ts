/** Windows of a switchback, in people's words. */
import type { SwitchbackWindow } from '@/api/designs';
import { plural } from './format';

/** A length of time in the unit that fits: `30 minutes`, `4 hours`, `1 day`. */
export function lengthWords(seconds: number): string {
  if (seconds % 86_400 === 0) return plural(seconds / 86_400, 'day');
  if (seconds % 3600 === 0) return plural(seconds / 3600, 'hour');
  return plural(Math.round(seconds / 60), 'minute');
}

const states: Record<string, string> = {
  open: 'its pair is not over',
  counts: 'counts',
  empty: 'left out: nobody came',
  astray: 'left out: not served as drawn',
  alone: 'left out with its pair',
};

/** What became of a window. */
export const stateWords = (window: Pick<SwitchbackWindow, 'state'>) => states[window.state] ?? window.state;

/** Whether a window was left out of what is measured. */
export const isLeftOut = (window: Pick<SwitchbackWindow, 'state'>) =>
  window.state !== 'open' && window.state !== 'counts';

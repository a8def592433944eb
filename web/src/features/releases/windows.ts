/** What the form asks of a switchback: how time is cut, in words and as it is sent. */
import type { StartRollout } from '@/api/types';
import { lengthWords } from '@/lib/windows';
import type { Draft, Faults } from './start';

/** The lengths of a window to choose from, in seconds. */
export const windowLengths = [1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400, 172_800, 604_800].map(
  (seconds) => ({ value: String(seconds), label: lengthWords(seconds) }),
);

const PAIRS_MIN = 8;
const PAIRS_MAX = 1000;

type Cut = Pick<Draft, 'windowSeconds' | 'burnIn' | 'pairs' | 'guards'>;

const whole = (text: string) => (/^\d+$/.test(text.trim()) ? Number(text.trim()) : undefined);

/** What is wrong with how time is cut, and with guards that windows cannot keep. */
export function windowFaults(draft: Cut, faults: Faults) {
  const burnIn = whole(draft.burnIn);
  if (burnIn === undefined || burnIn * 60 >= Number(draft.windowSeconds))
    faults['window.burnIn'] = 'Whole minutes, shorter than the window; 0 for none';
  const pairs = whole(draft.pairs);
  if (pairs === undefined || pairs < PAIRS_MIN || pairs > PAIRS_MAX)
    faults['window.pairs'] = `${PAIRS_MIN} to ${PAIRS_MAX} pairs: fewer can show nothing`;
  const cannot = draft.guards.some(
    (guard) => guard.action === 'pause' || guard.action === 'hold' || guard.cohort || guard.limit != null,
  );
  if (cannot)
    faults['window.guards'] =
      'In a switchback guards roll back or tell people, over everybody, by a share or a difference';
}

/** As it is sent; ask only while nothing is wrong. */
export const switchbackOf = (draft: Cut): NonNullable<StartRollout['switchback']> => ({
  window_seconds: Number(draft.windowSeconds),
  burn_in_seconds: (whole(draft.burnIn) ?? 0) * 60,
  pairs: whole(draft.pairs),
});

/** How long the planned pairs take: `About 14 days: 40 pairs of windows of 4 hours.` */
export function pairsWords(draft: Cut): string {
  const pairs = whole(draft.pairs);
  const seconds = Number(draft.windowSeconds);
  if (!pairs) return 'Say how many pairs of windows are planned.';
  return `About ${lengthWords(Math.ceil((2 * pairs * seconds) / 86_400) * 86_400)}: ${pairs} pairs of windows of ${lengthWords(seconds)}. A large difference shows sooner; fewer than ${PAIRS_MIN} pairs show nothing.`;
}

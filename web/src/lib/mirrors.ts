/** How a mirror stands, in words. */
import type { Mirror } from '@/api/types';
import { ago, plural } from './format';

export const directionWords: Record<string, string> = {
  push: 'From here to there',
  pull: 'From there to here',
  both: 'Both ways',
};

export const directionLong: Record<string, string> = {
  both: 'Both ways: what is saved here goes there, what is pushed there comes in under the same rules',
  push: 'From here to there: a second copy that others read',
  pull: 'From there to here: people work there, and it comes in under the same rules',
};

type Look = {
  tone: 'plain' | 'green' | 'amber' | 'red';
  icon: 'clock' | 'check' | 'warning' | 'cross';
  words: string;
};
const looks: Record<string, Look> = {
  new: { tone: 'plain', icon: 'clock', words: 'Not tried yet' },
  'in-step': { tone: 'green', icon: 'check', words: 'In step' },
  held: { tone: 'amber', icon: 'warning', words: 'Waits for you' },
  failing: { tone: 'red', icon: 'cross', words: 'Fails' },
};

export const mirrorLook = (mirror: Pick<Mirror, 'status'>): Look =>
  looks[mirror.status] ?? { tone: 'plain', icon: 'clock', words: mirror.status };

/** When it was tried, when it last worked, and when it is tried again. */
export function mirrorSentence(
  mirror: Pick<Mirror, 'tried_at' | 'succeeded_at' | 'failures' | 'next_at'>,
  now = new Date(),
): string {
  if (!mirror.tried_at) return 'It is tried within seconds.';
  if (mirror.failures === 0) return `Looked at ${ago(mirror.tried_at, now)}.`;
  const failed = `Failed ${plural(mirror.failures, 'time')}, last ${ago(mirror.tried_at, now)}.`;
  const worked = mirror.succeeded_at
    ? `It last worked ${ago(mirror.succeeded_at, now)}.`
    : 'It has never worked yet.';
  const minutes = Math.ceil((Date.parse(mirror.next_at) - now.getTime()) / 60_000);
  const next = minutes <= 1 ? 'within a minute' : `in ${plural(minutes, 'minute')}`;
  return `${failed} ${worked} It is tried again ${next}.`;
}

/** `refs/heads/main` as `main`. */
export const refName = (name: string) => name.replace(/^refs\/(heads|tags)\//, '');

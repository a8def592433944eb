/** Says something to people who listen to the page instead of looking at it. */
import { unmarked } from './words-shown';

const ids = { polite: 'announce-polite', assertive: 'announce-assertive' } as const;

/** Speaks a sentence; `assertive` interrupts and is kept for a guard that fires. */
export function announce(sentence: string, how: keyof typeof ids = 'polite') {
  const place = document.getElementById(ids[how]);
  if (!place) return;
  place.textContent = '';
  setTimeout(() => {
    place.textContent = unmarked(sentence);
  }, 30);
}

export const announceIds = ids;

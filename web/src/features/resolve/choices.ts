import { useState } from 'react';
import type { Choices } from '@/lib/clash';
import type { Choice } from '@/lib/conflicts';

const place = (draft: string) => `variorum:deciding:${draft}`;

function kept(draft: string): Choices {
  try {
    return JSON.parse(sessionStorage.getItem(place(draft)) ?? '{}') as Choices;
  } catch {
    // Storage may be closed or hold something else; then everything is decided anew.
    return {};
  }
}

/** What was decided so far, kept in this tab: a choice outlives a reload while both wordings stay the same. */
export function useChoices(draft: string, keys: string[]): [Choices, (key: string, choice: Choice) => void] {
  const [choices, setChoices] = useState<Choices>(() => {
    const before = kept(draft);
    return Object.fromEntries(Object.entries(before).filter(([key]) => keys.includes(key)));
  });
  const choose = (key: string, choice: Choice) =>
    setChoices((now) => {
      const next = { ...now, [key]: choice };
      try {
        sessionStorage.setItem(place(draft), JSON.stringify(next));
      } catch {
        // Storage may be full or closed; deciding goes on.
      }
      return next;
    });
  return [choices, choose];
}

import { useState } from 'react';
import type { Faults } from './start';

/** What a field needs to say what is wrong with it. */
export type Fault = (field: string) => { error?: string; onBlur: () => void };

/** Says what is wrong beside a field once somebody has left it, and everywhere once they tried to go on. */
export function useFaults(faults: Faults) {
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [tried, setTried] = useState(false);
  const of: Fault = (field) => ({
    error: tried || left.has(field) ? faults[field] : undefined,
    // Not at once: what appears moves the page, and a click that is under way would miss its button.
    onBlur: () =>
      void setTimeout(
        () => setLeft((before) => (before.has(field) ? before : new Set(before).add(field))),
        250,
      ),
  });
  return { of, tried, showAll: () => setTried(true) };
}

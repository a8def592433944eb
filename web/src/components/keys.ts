import { useEffect, useRef } from 'react';

type Keys = Record<string, () => void>;

const typing = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/** Whether a dialog is open; then the page's own keys rest. */
const inDialog = () => document.querySelector('[role="dialog"]') !== null;

/** Everybody who listens, those that come first in the order of who is asked. */
const listeners: { keys: () => Keys; everywhere: boolean }[] = [];
const SEQUENCE_MS = 900;
let first = '';
let timer: ReturnType<typeof setTimeout> | undefined;

function run(name: string, event: KeyboardEvent): boolean {
  const act = listeners.map((one) => one.keys()[name]).find(Boolean);
  if (!act) return false;
  event.preventDefault();
  act();
  return true;
}

function onKey(event: KeyboardEvent) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (event.ctrlKey || event.metaKey) {
    if (!event.altKey) run(`mod+${key}`, event);
    return;
  }
  if (event.altKey || typing(event.target) || inDialog()) return;
  if (first !== '' && run(`${first} ${key}`, event)) {
    first = '';
    return;
  }
  if (run(key, event)) return;
  clearTimeout(timer);
  first = key;
  timer = setTimeout(() => {
    first = '';
  }, SEQUENCE_MS);
}

/**
 * Runs an act on a key: `e`, `/`, `?`, a sequence such as `g l`, or `mod+s`, which also works while typing.
 * The newest map is used, so it need not be stable. What a page says of a key goes before what is said
 * `everywhere`, whichever of the two came first.
 */
export function useKeys(map: Keys, { everywhere = false } = {}) {
  const latest = useRef(map);
  latest.current = map;
  useEffect(() => {
    const listener = { keys: () => latest.current, everywhere };
    if (listeners.length === 0) window.addEventListener('keydown', onKey);
    if (everywhere) listeners.push(listener);
    else listeners.unshift(listener);
    return () => {
      listeners.splice(listeners.indexOf(listener), 1);
      if (listeners.length === 0) window.removeEventListener('keydown', onKey);
    };
  }, [everywhere]);
}

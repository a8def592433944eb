import { useEffect, useRef } from 'react';

const typing = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/** Whether a dialog is open; then the page's own keys rest. */
const inDialog = () => document.querySelector('[role="dialog"]') !== null;

/**
 * Runs an act on a key: `e`, `/`, `?`, a sequence such as `g l`, or `mod+s`, which also works while typing.
 * The newest map is used, so it need not be stable.
 */
export function useKeys(map: Record<string, () => void>) {
  const latest = useRef(map);
  latest.current = map;
  useEffect(() => {
    let first = '';
    let timer: ReturnType<typeof setTimeout> | undefined;
    const onKey = (event: KeyboardEvent) => {
      const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
      const run = (name: string) => {
        const act = latest.current[name];
        if (!act) return false;
        event.preventDefault();
        act();
        return true;
      };
      if (event.ctrlKey || event.metaKey) {
        if (!event.altKey) run(`mod+${key}`);
        return;
      }
      if (event.altKey || typing(event.target) || inDialog()) return;
      if (first !== '' && run(`${first} ${key}`)) {
        first = '';
        return;
      }
      if (run(key)) return;
      clearTimeout(timer);
      first = key;
      timer = setTimeout(() => {
        first = '';
      }, 900);
    };
    window.addEventListener('keydown', onKey);
    return () => {
      window.removeEventListener('keydown', onKey);
      clearTimeout(timer);
    };
  }, []);
}

import { useCallback, useRef, useState } from 'react';

export type Selection = {
  /** The paths chosen one by one. */
  paths: ReadonlySet<string>;
  /** Whether everything the filters find is chosen, also what is not shown yet. */
  all: boolean;
  has: (path: string) => boolean;
  /** Chooses or lets go; with `range` everything from the last one on. */
  toggle: (path: string, range?: boolean) => void;
  set: (paths: string[]) => void;
  chooseAll: () => void;
  clear: () => void;
};

/** What is chosen of a list; `order` is the list as it is shown. */
export function useSelection(order: string[]): Selection {
  const [paths, setPaths] = useState<ReadonlySet<string>>(new Set());
  const [all, setAll] = useState(false);
  const last = useRef<string>(undefined);
  const shown = useRef(order);
  shown.current = order;
  const toggle = useCallback((path: string, range = false) => {
    const [from, to] = [shown.current.indexOf(last.current ?? ''), shown.current.indexOf(path)];
    setAll(false);
    setPaths((before) => {
      const after = new Set(before);
      const choose = !before.has(path);
      const touched =
        range && from >= 0 ? shown.current.slice(Math.min(from, to), Math.max(from, to) + 1) : [path];
      for (const one of touched)
        if (choose || range) after.add(one);
        else after.delete(one);
      return after;
    });
    last.current = path;
  }, []);
  return {
    paths,
    all,
    has: (path) => all || paths.has(path),
    toggle,
    set: (chosen) => {
      setAll(false);
      setPaths(new Set(chosen));
    },
    chooseAll: () => setAll(true),
    clear: () => {
      setAll(false);
      setPaths(new Set());
      last.current = undefined;
    },
  };
}

import { useDebouncedCallback } from '@mantine/hooks';
import { useState } from 'react';
import { type Kept, keep, readKept } from '@/lib/kept';

/** The text in the editor, kept in this browser while it is unsaved. */
export function useEditedText(workspace: string, place: string, original: string, base: string) {
  const [source, setSource] = useState(original);
  const [shown, setShown] = useState(original);
  const [offered, setOffered] = useState<Kept | undefined>(() => {
    const kept = readKept(workspace, place);
    return kept && kept.source !== original ? kept : undefined;
  });
  const keepLater = useDebouncedCallback((text: string) => {
    keep(
      workspace,
      place,
      text === original ? undefined : { source: text, base, at: new Date().toISOString() },
    );
  }, 500);
  return {
    source,
    /** The text the editor was last filled with; a new value fills it again. */
    shown,
    dirty: source !== original,
    offered,
    change: (text: string) => {
      setSource(text);
      setOffered(undefined);
      keepLater(text);
    },
    restore: () => {
      if (!offered) return;
      setSource(offered.source);
      setShown(offered.source);
      setOffered(undefined);
    },
    dismiss: () => {
      setOffered(undefined);
      keep(workspace, place, undefined);
    },
    forget: () => {
      keepLater.cancel();
      keep(workspace, place, undefined);
    },
  };
}

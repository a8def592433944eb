import { useQuery } from '@tanstack/react-query';
import { commitsQuery, promptQuery } from '@/api/queries';
import { personName } from '@/lib/format';
import type { EditedText } from './EditorScreen';

export type Moved = {
  /** Who saved last where this text stands. */
  by: string;
  /** What the text says there now. */
  source: string;
};

/** What somebody else has made of the text since it was opened here; news of it arrive by themselves. */
export function useMoved(text: EditedText): Moved | undefined {
  const opened = text.base !== undefined;
  const newest = useQuery({ ...promptQuery(text.id, { draft: text.draft }), enabled: opened }).data;
  const moved = newest !== undefined && newest.base !== text.base && newest.source !== text.source;
  const last = useQuery({ ...commitsQuery(text.draft, 1), enabled: moved }).data?.items[0];
  if (!moved) return undefined;
  return { by: personName(newest.notes[0]?.author ?? last?.author ?? 'Somebody'), source: newest.source };
}

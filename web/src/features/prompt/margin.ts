import type { MarginNote, Prompt } from '@/api/types';
import { saysSomething } from './runs';

export type NumberedNote = { number: number; note: MarginNote };

/**
 * Numbers the margin notes in the order in which their passages stand in the text. The first version is the
 * ground the others stand on, so it gets a note only where there is no other.
 */
export function numberNotes(prompt: Pick<Prompt, 'sections' | 'notes'>): NumberedNote[] {
  const byVersion = new Map(prompt.notes.map((note) => [note.version, note]));
  const ground = prompt.notes.length > 1 ? Math.min(...prompt.notes.map((note) => note.version)) : 0;
  const found: NumberedNote[] = [];
  for (const section of prompt.sections) {
    for (const piece of section.pieces) {
      const note =
        piece.version == null || piece.version === ground ? undefined : byVersion.get(piece.version);
      if (!note || !saysSomething(piece) || found.some((entry) => entry.note === note)) continue;
      found.push({ number: found.length + 1, note });
    }
  }
  return found;
}

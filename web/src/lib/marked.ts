/** A changed text line by line, with the words an editor would mark: what a review shows and comments hang on. */
import type { WordSpan } from '@/api/types';
import { wholeTags } from './pieces';
import { joinChanges } from './words';

export type MarkedLine = {
  /** The line in the new text, from 1; nothing where the whole line went. */
  line?: number;
  spans: WordSpan[];
  changed: boolean;
};

/** Lines of a word-by-word comparison; the first line of the new text has the number `first`. */
export function markedLines(words: WordSpan[], first = 1): MarkedLine[] {
  const lines: MarkedLine[] = [];
  let number = first;
  let open: MarkedLine = { spans: [], changed: false };
  const add = (kind: string, text: string) => {
    if (kind !== 'equal') open.changed = true;
    if (text !== '') open.spans.push({ kind, text });
  };
  const end = (stays: boolean) => {
    lines.push(stays ? { ...open, line: number } : open);
    if (stays) number += 1;
    open = { spans: [], changed: false };
  };
  for (const { kind, text } of joinChanges(wholeTags(words))) {
    const parts = text.split('\n');
    parts.forEach((part, index) => {
      add(kind, part);
      if (index === parts.length - 1) return;
      if (kind !== 'delete') end(true);
      else if (open.spans.every((span) => span.kind === 'delete')) end(false);
      else add('delete', ' ');
    });
  }
  if (open.spans.length > 0) end(open.spans.some((span) => span.kind !== 'delete'));
  return lines;
}

export type Shown =
  | { kind: 'lines'; lines: MarkedLine[] }
  | { kind: 'fold'; lines: MarkedLine[]; at: number };

/** Folds passages that stand far from any change and that nobody speaks of. */
export function folded(lines: MarkedLine[], spokenOf: Set<number>, around = 2, smallest = 4): Shown[] {
  const near = lines.map(() => false);
  lines.forEach((line, index) => {
    if (!line.changed && !(line.line !== undefined && spokenOf.has(line.line))) return;
    for (let at = Math.max(0, index - around); at <= Math.min(lines.length - 1, index + around); at += 1)
      near[at] = true;
  });
  const shown: Shown[] = [];
  let index = 0;
  while (index < lines.length) {
    const start = index;
    const here = near[index];
    while (index < lines.length && near[index] === here) index += 1;
    const run = lines.slice(start, index);
    if (here || run.length < smallest) {
      const last = shown.at(-1);
      if (last?.kind === 'lines') last.lines.push(...run);
      else shown.push({ kind: 'lines', lines: [...run] });
    } else shown.push({ kind: 'fold', lines: run, at: start });
  }
  return shown;
}

/** How many lines stand before the text below the settings, in a whole file. */
export function linesBefore(file: string, words: WordSpan[]): number {
  const length = words.reduce((sum, span) => sum + (span.kind === 'delete' ? 0 : span.text.length), 0);
  return file.slice(0, Math.max(0, file.length - length)).split('\n').length - 1;
}

/** Lines `from` to `to` of a text, from 1, without the last line end. */
export const linesOf = (text: string, from: number, to = from) =>
  text
    .split('\n')
    .slice(from - 1, to)
    .join('\n');

/**
 * The line of the draft that a line of the result is: where the library has moved on, the two differ. Nothing where
 * the line came from the library.
 */
export function draftLine(result: string, draft: string, line: number): number | undefined {
  if (result === draft) return line;
  const a = result.split('\n');
  const b = draft.split('\n');
  if (a.slice(0, line).join('\n') === b.slice(0, line).join('\n')) return line;
  const fromEnd = a.length - line;
  if (a.slice(line - 1).join('\n') === b.slice(b.length - fromEnd - 1).join('\n')) return b.length - fromEnd;
  const wanted = a[line - 1];
  const found = b.flatMap((text, index) => (text === wanted ? [index + 1] : []));
  return found.length === 1 ? found[0] : undefined;
}

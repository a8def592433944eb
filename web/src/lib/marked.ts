/** A changed text line by line, with the words an editor would mark: what a review shows and comments hang on. */
import type { WordSpan } from '@/api/types';
import { wholeTags } from './pieces';
import { compareWords, joinChanges } from './words';

export type MarkedLine = {
  /** The line in the new text, from 1; nothing where the whole line went. */
  line?: number;
  /** The line in the old text, where the whole line went. */
  old?: number;
  spans: WordSpan[];
  changed: boolean;
};

/** Lines of a word-by-word comparison; the first lines of the new and the old text have these numbers. */
export function markedLines(words: WordSpan[], first = 1, firstOld = 1): MarkedLine[] {
  const lines: MarkedLine[] = [];
  let number = first;
  let old = firstOld;
  let open: MarkedLine = { spans: [], changed: false };
  const add = (kind: string, text: string) => {
    if (kind !== 'equal') open.changed = true;
    if (text !== '') open.spans.push({ kind, text });
  };
  const end = (stays: boolean) => {
    lines.push(stays ? { ...open, line: number } : { ...open, old });
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
      if (kind !== 'insert') old += 1;
    });
  }
  if (open.spans.length > 0) end(open.spans.some((span) => span.kind !== 'delete'));
  return lines;
}

export type Shown<Row> = { kind: 'lines'; lines: Row[] } | { kind: 'fold'; lines: Row[]; at: number };

/** Folds passages that stand far from any change and that nobody speaks of. */
export function folded<Row extends { changed: boolean; line?: number }>(
  lines: Row[],
  spokenOf: Set<number> = new Set(),
  around = 2,
  smallest = 4,
): Shown<Row>[] {
  const near = lines.map(() => false);
  lines.forEach((line, index) => {
    if (!line.changed && !(line.line !== undefined && spokenOf.has(line.line))) return;
    for (let at = Math.max(0, index - around); at <= Math.min(lines.length - 1, index + around); at += 1)
      near[at] = true;
  });
  const shown: Shown<Row>[] = [];
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

/** How many lines stand before the text below the settings, in a whole file: the new one, or the old one. */
export function linesBefore(file: string, words: WordSpan[], side: 'new' | 'old' = 'new'): number {
  const other = side === 'new' ? 'delete' : 'insert';
  const length = words.reduce((sum, span) => sum + (span.kind === other ? 0 : span.text.length), 0);
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

/** Two texts row by row: what belongs together stands side by side. */
export type SideRow = { left?: WordSpan[]; right?: WordSpan[]; changed: boolean };

const wordsIn = (line: string) => line.match(/[\p{L}\p{N}]+/gu) ?? [];

/** How much two lines have in common, from 0 to 1. */
function alike(a: string, b: string): number {
  const [left, right] = [wordsIn(a), new Set(wordsIn(b))];
  if (left.length + right.size === 0) return 0;
  return (2 * left.filter((word) => right.has(word)).length) / (left.length + right.size);
}

const ALIKE_ENOUGH = 0.5;

/** Lines that went and lines that came, in order: each that went stands beside the one most like it. */
function paired(gone: string[], come: string[]): SideRow[] {
  const rows: SideRow[] = [];
  let from = 0;
  const alone = (until: number) => {
    for (; from < until; from += 1)
      rows.push({ right: [{ kind: 'insert', text: come[from] ?? '' }], changed: true });
  };
  for (const line of gone) {
    const likeness = come.slice(from).map((other) => alike(line, other));
    const best = likeness.indexOf(Math.max(0, ...likeness));
    if (best < 0 || (likeness[best] ?? 0) < ALIKE_ENOUGH) {
      rows.push({ left: [{ kind: 'delete', text: line }], changed: true });
      continue;
    }
    alone(from + best);
    const spans = joinChanges(compareWords(line, come[from] ?? ''));
    rows.push({
      left: spans.filter((span) => span.kind !== 'insert'),
      right: spans.filter((span) => span.kind !== 'delete'),
      changed: true,
    });
    from += 1;
  }
  alone(come.length);
  return rows;
}

/** The rows of two texts; nothing is changed where both are the same. */
export function sideRows(before: string, after: string): SideRow[] {
  const [a, b] = [before, after].map((text) => (text === '' ? [] : text.split('\n'))) as [string[], string[]];
  const width = b.length + 1;
  const common = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number) => common[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1)
      common[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const rows: SideRow[] = [];
  let [gone, come]: [string[], string[]] = [[], []];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      rows.push(...paired(gone, come));
      [gone, come] = [[], []];
      const same = [{ kind: 'equal', text: a[i] ?? '' }];
      rows.push({ left: same, right: same, changed: false });
      i += 1;
      j += 1;
    } else if (j >= b.length || (i < a.length && at(i + 1, j) >= at(i, j + 1))) {
      gone.push(a[i] ?? '');
      i += 1;
    } else {
      come.push(b[j] ?? '');
      j += 1;
    }
  }
  rows.push(...paired(gone, come));
  return rows;
}

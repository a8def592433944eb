/** A word-by-word comparison for texts that are not saved yet (the server compares saved ones). */
import type { WordSpan } from '@/api/types';

/** A template tag, comments included; a tag is one word, since half of it means nothing. */
export const TAG = /\{\{\{?(?:!--[\s\S]*?--|[^{}]*)\}?\}\}/g;
const WORD = new RegExp(`${TAG.source}|\\s+|[\\p{L}\\p{N}_]+|[^\\s\\p{L}\\p{N}_]`, 'gu');
const split = (text: string) => text.match(WORD) ?? [];
const LIMIT = 4_000_000;

function push(spans: WordSpan[], kind: string, text: string) {
  const last = spans.at(-1);
  if (last?.kind === kind) last.text += text;
  else if (text !== '') spans.push({ kind, text });
}

/** Longest common subsequence over words; where the middle is too large it is shown as replaced whole. */
export function compareWords(before: string, after: string): WordSpan[] {
  const a = split(before);
  const b = split(after);
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a.at(-1 - tail) === b.at(-1 - tail)) tail += 1;

  const spans: WordSpan[] = [];
  push(spans, 'equal', a.slice(0, head).join(''));
  middle(spans, a.slice(head, a.length - tail), b.slice(head, b.length - tail));
  push(spans, 'equal', tail > 0 ? a.slice(-tail).join('') : '');
  return spans;
}

function middle(spans: WordSpan[], a: string[], b: string[]) {
  if (a.length * b.length > LIMIT || a.length === 0 || b.length === 0) {
    push(spans, 'delete', a.join(''));
    push(spans, 'insert', b.join(''));
    return;
  }
  const width = b.length + 1;
  const length = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number) => length[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      length[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      push(spans, 'equal', a[i] ?? '');
      i += 1;
      j += 1;
    } else if (i < a.length && (j >= b.length || at(i + 1, j) >= at(i, j + 1))) {
      push(spans, 'delete', a[i] ?? '');
      i += 1;
    } else {
      push(spans, 'insert', b[j] ?? '');
      j += 1;
    }
  }
}

/** Joins changes that are parted by a blank only: a phrase is struck and replaced whole, as an editor would. */
export function joinChanges(spans: WordSpan[]): WordSpan[] {
  const joined: WordSpan[] = [];
  let deleted = '';
  let inserted = '';
  const flush = () => {
    push(joined, 'delete', deleted);
    push(joined, 'insert', inserted);
    deleted = '';
    inserted = '';
  };
  spans.forEach((span, index) => {
    if (span.kind === 'delete') deleted += span.text;
    else if (span.kind === 'insert') inserted += span.text;
    else if (/^[ ]+$/.test(span.text) && deleted + inserted !== '' && spans[index + 1]) {
      deleted += deleted === '' ? '' : span.text;
      inserted += inserted === '' ? '' : span.text;
      if (deleted === '' || inserted === '') {
        // Only one side changed so far, so the blank stays where it is.
        const kept = deleted.replace(/ +$/, '') || inserted.replace(/ +$/, '');
        push(joined, deleted === '' ? 'insert' : 'delete', kept);
        push(joined, 'equal', span.text);
        deleted = '';
        inserted = '';
      }
    } else {
      flush();
      push(joined, 'equal', span.text);
    }
  });
  flush();
  return joined;
}

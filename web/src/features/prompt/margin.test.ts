import { expect, it } from 'vitest';
import type { MarginNote, Piece } from '@/api/types';
import { numberNotes } from './margin';
import { runsOf } from './runs';

const note = (version: number) => ({ version }) as MarginNote;
const text = (words: string, version: number): Piece => ({ kind: 'text', text: words, version });

it('numbers notes in the order of their passages and leaves the ground unmarked', () => {
  const sections = [
    { role: 'system', pieces: [text('a', 1), text('b', 4), text('c', 2), text('d', 4), text('  ', 3)] },
  ];
  const found = numberNotes({ sections, notes: [note(4), note(3), note(2), note(1)] });
  expect(found.map(({ number, note: { version } }) => [number, version])).toEqual([
    [1, 4],
    [2, 2],
  ]);
});

it('keeps the number beside the last word, not on the next line', () => {
  const runs = runsOf([text('first.\n', 2), text('\nsecond', 1)]);
  expect(runs.map((run) => [run.pieces.map((piece) => piece.text).join(''), run.after])).toEqual([
    ['first.', '\n\n'],
    ['second', ''],
  ]);
});

it('sets a condition in the line of what it governs', () => {
  const condition = (words: string): Piece => ({ kind: 'condition', text: words, version: 1 });
  const runs = runsOf([condition('if vip'), text('\nThanks.\n', 1), condition('/if'), text('\nEnd', 1)]);
  expect(runs[0]?.pieces.map((piece) => piece.text).join('|')).toBe('if vip| Thanks. |/if|\nEnd');
});

import { describe, expect, it } from 'vitest';
import type { WordSpan } from '@/api/types';
import { draftLine, folded, linesBefore, linesOf, markedLines } from './marked';
import { compareWords } from './words';

const shown = (words: WordSpan[], first = 1) =>
  markedLines(words, first).map((line) => [
    line.line,
    line.spans.map((s) => `${{ equal: '', insert: '+', delete: '-' }[s.kind]}${s.text}`).join('|'),
  ]);

describe('markedLines', () => {
  it('numbers the lines of the new text and keeps lines that went', () => {
    const before = 'One.\nTwo.\nThree.\n';
    const after = 'One.\nThree!\nFour.\n';
    const lines = markedLines(compareWords(before, after), 7);
    const kept = lines.filter((line) => line.line !== undefined);
    expect(kept.map((line) => line.line)).toEqual([7, 8, 9]);
    const text = kept.map((line) =>
      line.spans
        .filter((span) => span.kind !== 'delete')
        .map((span) => span.text)
        .join(''),
    );
    expect(text).toEqual(['One.', 'Three!', 'Four.']);
  });
  it('shows a whole line that went on a line of its own', () => {
    expect(
      shown([
        { kind: 'equal', text: 'One.\n' },
        { kind: 'delete', text: 'Two.\n' },
        { kind: 'equal', text: 'Three.' },
      ]),
    ).toEqual([
      [1, 'One.'],
      [undefined, '-Two.'],
      [2, 'Three.'],
    ]);
  });
  it('joins two lines where only the line end went', () => {
    expect(
      shown([
        { kind: 'equal', text: 'One' },
        { kind: 'delete', text: '\n' },
        { kind: 'insert', text: ', ' },
        { kind: 'equal', text: 'two\n' },
      ]),
    ).toEqual([[1, 'One|- |+, |two']]);
  });
  it('says nothing of a text that is empty', () => {
    expect(markedLines([])).toEqual([]);
  });
});

describe('folded', () => {
  const lines = Array.from({ length: 20 }, (_, index) => ({
    line: index + 1,
    spans: [],
    changed: index === 9,
  }));
  it('keeps what is near a change or spoken of', () => {
    const parts = folded(lines, new Set([20]));
    expect(parts.map((part) => [part.kind, part.lines.length])).toEqual([
      ['fold', 7],
      ['lines', 5],
      ['fold', 5],
      ['lines', 3],
    ]);
  });
  it('does not fold a line or two', () => {
    expect(folded(lines.slice(6, 13), new Set()).map((part) => part.kind)).toEqual(['lines']);
  });
});

it('finds the place of the text within its file', () => {
  const file = '---\nmodel: a\n---\nOne.\nTwo.\n';
  expect(linesBefore(file, compareWords('One.\n', 'One.\nTwo.\n'))).toBe(3);
  expect(linesOf(file, 4, 5)).toBe('One.\nTwo.');
});

describe('draftLine', () => {
  const draft = 'a\nb\nc\nd';
  it.each([
    ['a\nb\nc\nd', 3, 3],
    ['a\nb\nnew\nc\nd', 2, 2],
    ['a\nb\nnew\nc\nd', 5, 4],
    ['a\nb\nnew\nc\nd', 3, undefined],
  ])('of %j line %i is %s', (result, line, expected) => {
    expect(draftLine(result, draft, line)).toBe(expected);
  });
});

import { describe, expect, it } from 'vitest';
import type { WordSpan } from '@/api/types';
import { draftLine, folded, linesBefore, linesOf, markedLines, sideRows } from './marked';
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
  it('numbers a line that went as the old text did', () => {
    const words = compareWords('One.\nTwo.\nThree.\nFour.\n', 'One.\nFour.\n');
    expect(markedLines(words, 5, 9).flatMap((line) => line.old ?? [])).toEqual([10, 11]);
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
  expect(linesBefore('---\n---\nOne.\n', compareWords('One.\n', 'One.\nTwo.\n'), 'old')).toBe(2);
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

describe('sideRows', () => {
  const text = (row: { left?: WordSpan[]; right?: WordSpan[] }) =>
    [row.left, row.right].map((side) => side?.map((span) => span.text).join(''));
  it('sets lines beside those they became', () => {
    const before = 'Top.\n5. Sign off as the team.\nEnd.';
    const after = 'Top.\n5. Mention the roast.\n6. Sign off as the team.\nEnd.';
    expect(sideRows(before, after).map(text)).toEqual([
      ['Top.', 'Top.'],
      [undefined, '5. Mention the roast.'],
      ['5. Sign off as the team.', '6. Sign off as the team.'],
      ['End.', 'End.'],
    ]);
  });
  it('keeps both texts whole, whatever came and went', () => {
    const before = 'a\nb b\nc\n\nd';
    const after = 'x\na\nb b b\n\ny\nd';
    const rows = sideRows(before, after);
    const side = (of: 'left' | 'right') =>
      rows.flatMap((row) => (row[of] ? [row[of]?.map((span) => span.text).join('')] : [])).join('\n');
    expect(side('left')).toBe(before);
    expect(side('right')).toBe(after);
  });
  it('has no row for a side that is empty, and none that is marked where nothing differs', () => {
    expect(sideRows('', 'new').map(text)).toEqual([[undefined, 'new']]);
    expect(sideRows('same\nsame', 'same\nsame').some((row) => row.changed)).toBe(false);
  });
});

import { describe, expect, it } from 'vitest';
import { compareWords, joinChanges } from './words';

const rebuilt = (before: string, after: string, kind: 'insert' | 'delete') =>
  compareWords(before, after)
    .filter((span) => span.kind !== kind)
    .map((span) => span.text)
    .join('');

describe('compareWords', () => {
  it.each([
    ['', 'new'],
    ['old', ''],
    ['Keep it short.', 'Keep it very short, please.'],
    ['one two three two one', 'two one three'],
    ['Größe {{name}}\n', 'Grösse {{ name }}\n\n'],
    ['a b a', 'a b a b a'],
  ])('both texts can be read from it: %j → %j', (before, after) => {
    expect(rebuilt(before, after, 'insert')).toBe(before);
    expect(rebuilt(before, after, 'delete')).toBe(after);
  });
  it('marks whole words only', () => {
    expect(compareWords('up to 70 words', 'up to 48 words')).toEqual([
      { kind: 'equal', text: 'up to ' },
      { kind: 'delete', text: '70' },
      { kind: 'insert', text: '48' },
      { kind: 'equal', text: ' words' },
    ]);
  });
});

describe('joinChanges', () => {
  it('strikes and replaces a phrase whole', () => {
    expect(joinChanges(compareWords('say one thing now', 'say three things now'))).toEqual([
      { kind: 'equal', text: 'say ' },
      { kind: 'delete', text: 'one thing' },
      { kind: 'insert', text: 'three things' },
      { kind: 'equal', text: ' now' },
    ]);
  });
  it.each([
    ['a b c d', 'x b y d'],
    ['a b c', 'a x b y c'],
    ['one  two', 'one three'],
    ['w x y z', 'x y'],
  ])('loses nothing: %j → %j', (before, after) => {
    const joined = joinChanges(compareWords(before, after));
    expect(
      joined
        .filter(({ kind }) => kind !== 'insert')
        .map(({ text }) => text)
        .join(''),
    ).toBe(before);
    expect(
      joined
        .filter(({ kind }) => kind !== 'delete')
        .map(({ text }) => text)
        .join(''),
    ).toBe(after);
  });
});

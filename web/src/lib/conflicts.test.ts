import { describe, expect, it } from 'vitest';
import type { Conflict } from '@/api/types';
import { chosenText, mergeParts } from './conflicts';

const hunk = (ours: string, theirs: string, base = '') => ({ line: 1, base, ours, theirs });
const conflict = (merged: string, hunks: Conflict['hunks'] = []): Conflict => ({
  path: 'a.prompt',
  kind: 'both-changed',
  merged,
  hunks,
});

const twice = conflict(
  'top\n<<<<<<< main\nours one\n=======\ntheirs one\n>>>>>>> draft\nmiddle\n<<<<<<< main\nours two\n||||||| base\nbase two\n=======\n>>>>>>> draft\nend',
  [hunk('ours one\n', 'theirs one\n', 'base one\n'), hunk('ours two\n', '', 'base two\n')],
);

describe('mergeParts', () => {
  it('cuts at the markers and keeps what is settled', () => {
    const parts = mergeParts(twice);
    expect(
      parts.map((part) =>
        part.kind === 'settled' ? part.text : [part.hunk.ours, part.hunk.theirs, part.hunk.base],
      ),
    ).toEqual([
      'top\n',
      ['ours one\n', 'theirs one\n', 'base one\n'],
      'middle\n',
      ['ours two\n', '', 'base two\n'],
      'end',
    ]);
  });
  it('does not take a Markdown rule for a marker outside a clash', () => {
    expect(mergeParts(conflict('title\n=======\ntext\n'))).toEqual([
      { kind: 'settled', text: 'title\n=======\ntext\n' },
    ]);
  });
  it('reads markers of any length, where the text holds shorter ones', () => {
    const [open, shut] = ['<'.repeat(12), '>'.repeat(12)];
    const merged = `<<<<<<< quoted\n${open} draft\na\n=======\n${'='.repeat(12)}\nb\n${shut} main\n`;
    const parts = mergeParts(conflict(merged, [{ ...hunk('a\n=======\n', 'b\n'), line: 2 }]));
    expect(
      parts.map((part) => (part.kind === 'settled' ? part.text : [part.hunk.ours, part.hunk.theirs])),
    ).toEqual(['<<<<<<< quoted\n', ['a\n=======\n', 'b\n']]);
  });
  it('gives nothing where there is no merged text', () => {
    expect(mergeParts({ ...conflict(''), merged: null })).toEqual([]);
  });
});

describe('chosenText', () => {
  it('parts two wordings by a line end where the first has none', () => {
    expect(chosenText(hunk('a', 'b'), 'both')).toBe('a\nb');
    expect(chosenText(hunk('', 'b'), 'both')).toBe('b');
  });
});

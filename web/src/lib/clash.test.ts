import { describe, expect, it } from 'vitest';
import type { Clash } from '@/api/types';
import { type ClashFile, clashFile, type Decision, keysOf, resolutionsOf, resultOf } from './clash';

const side = (text: string | null) => ({ is_there: text !== null, text });
const clash = (merged: string | null, ours: string | null = '', theirs: string | null = ''): Clash => ({
  conflict: { path: 'prompts/a.prompt', kind: 'both-changed', merged, hunks: [] },
  ours: side(ours),
  theirs: side(theirs),
});
const decisions = (file: ClashFile): Decision[] =>
  'parts' in file ? file.parts.flatMap((part) => (part.kind === 'decision' ? [part.decision] : [])) : [];

const marked = (ours: string, base: string, theirs: string) =>
  `<<<<<<< draft\n${ours}||||||| before\n${base}=======\n${theirs}>>>>>>> main\n`;
const both = `---\n${marked(
  'model: a\ntemperature: 0.5\n',
  'model: a\ntemperature: 0.7\n',
  'model: b\ntemperature: 0.9\n',
)}tags: [x]\n---\nTop.\n${marked('Ours.\n', 'Base.\n', 'Theirs.\n')}End.\n`;

describe('clashFile', () => {
  it('asks for each setting and each passage by itself', () => {
    expect(
      decisions(clashFile(clash(both))).map(({ field, ours, theirs, only }) => [field, ours, theirs, only]),
    ).toEqual([
      ['model', 'model: a\n', 'model: b\n', 'theirs'],
      ['temperature', 'temperature: 0.5\n', 'temperature: 0.9\n', undefined],
      [undefined, 'Ours.\n', 'Theirs.\n', undefined],
    ]);
  });
  it('keeps what both sides say alike, and nested lines with their setting', () => {
    const text = `---\n${marked(
      'model: a\ninput:\n  schema:\n    name: string\n',
      'model: z\n',
      'model: a\ninput:\n  schema: other\n',
    )}---\n`;
    const file = clashFile(clash(text));
    expect(decisions(file).map((one) => one.field)).toEqual(['input']);
    expect(resultOf(file, { [keysOf(file)[0] ?? '']: 'ours' })).toBe(
      '---\nmodel: a\ninput:\n  schema:\n    name: string\n---\n',
    );
  });
  it('leaves a clash of half a setting whole', () => {
    const text = `---\nlist:\n${marked('  - a\n', '', '  - b\n')}---\n`;
    expect(decisions(clashFile(clash(text)))).toHaveLength(1);
    expect(decisions(clashFile(clash(text)))[0]?.field).toBeUndefined();
  });
  it('takes no passage of the text for a setting', () => {
    const text = `---\nmodel: a\n---\n${marked('Note: one\n', '', 'Note: two\n')}`;
    expect(decisions(clashFile(clash(text)))[0]?.field).toBeUndefined();
  });
  it('gives two clashes of the same wording keys of their own', () => {
    const text = marked('a\n', '', 'b\n') + marked('a\n', '', 'b\n');
    expect(new Set(keysOf(clashFile(clash(text)))).size).toBe(2);
  });
});

describe('resultOf', () => {
  const file = clashFile(clash(both));
  const [model = '', temperature = '', passage = ''] = keysOf(file);
  it('is nothing before everything is decided', () => {
    expect(resultOf(file, { [model]: 'ours', [passage]: 'both' })).toBeUndefined();
    expect(resolutionsOf([file], { [model]: 'ours' })).toBeUndefined();
  });
  it('puts the choices together', () => {
    const choices = { [model]: 'theirs', [temperature]: 'ours', [passage]: 'both' } as const;
    expect(resultOf(file, choices)).toBe(
      '---\nmodel: b\ntemperature: 0.5\ntags: [x]\n---\nTop.\nOurs.\nTheirs.\nEnd.\n',
    );
    const own = { ...choices, [passage]: { edited: 'Mine.\n' } };
    expect(resolutionsOf([file], own)?.[0]?.content).toContain('Top.\nMine.\nEnd.\n');
    const unended = { ...choices, [passage]: { edited: 'Mine.' } };
    expect(resultOf(file, unended)).toContain('Top.\nMine.\nEnd.\n');
  });
  it('deletes a file only where somebody chose so', () => {
    const gone = clashFile(clash(null, 'kept text\n', null));
    const [key = ''] = keysOf(gone);
    expect(resultOf(gone, {})).toBeUndefined();
    expect(resultOf(gone, { [key]: 'ours' })).toBe('kept text\n');
    expect(resultOf(gone, { [key]: 'theirs' })).toBeNull();
    expect(resolutionsOf([gone], { [key]: 'theirs' })).toEqual([
      { path: 'prompts/a.prompt', content: undefined },
    ]);
    expect(resultOf(gone, { [key]: { edited: 'own\n' } })).toBe('own\n');
  });
});

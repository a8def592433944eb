import { describe, expect, it } from 'vitest';
import { openTag, references, template, textStart, tidyId } from './dotprompt';

const source =
  '---\nmodel: x\nvariorum.title: A {{ in front }}\n---\n{{role "system"}}\nHi {{first_name}}, {{> brand-voice}}{{#if vip}}thanks{{/if}}{{! not this {{}}\n{{{raw}}}';

describe('references', () => {
  it('names variables, shared parts and blocks of the text, not of the front matter or comments', () => {
    expect(references(source).map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'helper role "system"',
      'variable first_name',
      'partial brand-voice',
      'helper if vip',
      'close if',
      'variable raw',
    ]);
  });
  it('knows where each stands', () => {
    const first = references(source).find((reference) => reference.name === 'first_name');
    expect(source.slice(first?.from, first?.to)).toBe('{{first_name}}');
  });
});

describe('textStart', () => {
  it('is after the front matter', () => {
    expect(source.slice(textStart(source)).startsWith('{{role')).toBe(true);
  });
  it('is the beginning where there is none, or where it never ends', () => {
    expect(textStart('Just text\n---\nmore')).toBe(0);
    expect(textStart('---\nmodel: x\n')).toBe(0);
  });
});

describe('openTag', () => {
  it.each([
    ['Hi {{fir', { kind: 'any', typed: 'fir' }],
    ['Hi {{> bra', { kind: 'partial', typed: 'bra' }],
    ['Hi {{#i', { kind: 'any', typed: 'i' }],
    ['Hi {{', { kind: 'any', typed: '' }],
  ])('%s', (before, expected) => {
    expect(openTag(before)).toMatchObject(expected);
  });
  it('is closed after the braces', () => {
    expect(openTag('Hi {{first}} there')).toBeUndefined();
    expect(openTag('no tag')).toBeUndefined();
  });
});

describe('a new prompt', () => {
  it('gets a tidy id', () => {
    expect(tidyId('E-Mail / Größe  Two/')).toBe('e-mail-/-gre-two');
    expect(tidyId('email/Welcome back!')).toBe('email/welcome-back');
  });
  it('starts from a template whose tags are whole', () => {
    const text = template('Welcome', 'email', 'ann@acme.example');
    expect(text).toContain('variorum.title: Welcome');
    expect(
      references(text)
        .filter(({ kind }) => kind === 'variable')
        .map(({ name }) => name),
    ).toEqual(['first_name']);
  });
});

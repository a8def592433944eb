import { describe, expect, it } from 'vitest';
import { categoryName, lackingOf, linkWord, scoreSentence } from './documentation';

const items = (lacking: string[]) =>
  ['intent', 'inputs', 'outputs'].map((item) => ({ item, stated: lacking.includes(item) ? 0 : 1, of: 1 }));

describe('documentation', () => {
  it('says what is missing in one sentence', () => {
    expect(scoreSentence({ items: items([]) })).toBe('It says all that the standard asks for.');
    expect(scoreSentence({ items: items(['outputs']) })).toBe('Something is missing under outputs.');
    expect(scoreSentence({ items: items(['intent', 'inputs', 'outputs']) })).toBe(
      'Something is missing under intent, inputs and outputs.',
    );
  });

  it('names categories and links', () => {
    expect(categoryName({ title: 'E-mail', path: 'prompts/email/' })).toBe('E-mail');
    expect(categoryName({ title: '', path: '' })).toBe('Without a category');
    expect(linkWord({ kind: 'varies' }, 'in')).toBe('Variation');
    expect(linkWord({ kind: 'varies' }, 'out')).toBe('Base');
    expect(lackingOf({ items: items(['inputs']) })).toEqual(['inputs']);
  });
});

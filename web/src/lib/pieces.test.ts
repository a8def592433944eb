import { describe, expect, it } from 'vitest';
import { conditionWords, outsideTag, piecesOf, pieceWords, wholeTags } from './pieces';
import { compareWords } from './words';

it.each([
  ['if first_name', 'if first name is given'],
  ['ifEquals brand "alder"', 'if brand is alder'],
  ['ifEquals brand “alder”', 'if brand is alder'],
  ['unless vip', 'unless vip is given'],
  ['each order_lines', 'for each of order lines'],
  ['/if', 'end'],
  ['end', 'end'],
  ['endless', 'endless'],
  ['else', 'otherwise'],
  ['else if vip', 'otherwise if vip is given'],
])('says %s as %s', (wire, words) => {
  expect(conditionWords(wire)).toBe(words);
});

it.each([
  ['Hi {{first_name}}!', ['text:Hi ', 'variable:first name', 'text:!']],
  ['{{{ raw_text }}}', ['variable:raw text']],
  ['{{role "system"}}\nYou write', ['role:System', 'text:\nYou write']],
  ['{{role "user"}}', ['role:Customer message']],
  [
    '{{#if vip}}Thanks{{else}}Hello{{/if}}',
    ['condition:if vip is given', 'text:Thanks', 'condition:otherwise', 'text:Hello', 'condition:end'],
  ],
  ['{{^vip}}', ['condition:unless vip is given']],
  ['{{> legal-footer brand=brand}}', ['partial:legal footer']],
  ['{{!-- keep } this --}}', ['comment:keep } this']],
  ['{{history}}', ['helper:History']],
  ['a } b {{ c', ['text:a } b {{ c']],
])('reads %j', (text, read) => {
  expect(piecesOf(text).map((piece) => `${piece.kind}:${pieceWords(piece)}`)).toEqual(read);
});

describe('wholeTags', () => {
  const spans = (given: string) =>
    given.split('|').map((part) => {
      const kind = { '+': 'insert', '-': 'delete' }[part[0] ?? ''];
      return { kind: kind ?? 'equal', text: kind ? part.slice(1) : part };
    });
  it.each([
    ['a {{#if |-first_name|+name|}} b', 'a |-{{#if first_name}}|+{{#if name}}| b'],
    ['a {{|+b}} {{|a}} c', 'a |+{{b}} |{{a}} c'],
    ['a {|+{b}} {|{a}} c', 'a |+{{b}} |{{a}} c'],
    ['a |-{{b|+{{c|}} d', 'a |-{{b}}|+{{c}}| d'],
    ['a |-b|+{{c}}| d', 'a |-b|+{{c}}| d'],
    ['a {{b', 'a |{{b'],
  ])('%s becomes %s', (torn, whole) => {
    expect(wholeTags(spans(torn))).toEqual(spans(whole));
  });
  it.each([
    ['Hi {{first_name}}, {{#if vip}}dear{{/if}}.', 'Hi {{#if first_name}}{{first_name}}{{else}}you{{/if}}.'],
    ['{{> a}} x {{> b}}', '{{> b}} x {{> a}} y'],
    ['{ {{a} }} b', '{{a}} } {{b'],
  ])('loses nothing: %j → %j', (before, after) => {
    const whole = wholeTags(compareWords(before, after));
    const side = (without: string) =>
      whole
        .filter(({ kind }) => kind !== without)
        .map(({ text }) => text)
        .join('');
    expect(side('insert')).toBe(before);
    expect(side('delete')).toBe(after);
  });
});

it('never cuts a tag in two', () => {
  const text = 'Hi {{name}}, bye';
  expect(outsideTag(text, 6, 'start')).toBe(3);
  expect(outsideTag(text, 6, 'end')).toBe(11);
  expect(outsideTag(text, 3, 'start')).toBe(3);
  expect(outsideTag(text, 12, 'end')).toBe(12);
});

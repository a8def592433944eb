import { describe, expect, test } from 'vitest';
import { attributesFrom, attributesText, fieldFrom, fieldText, namesFrom, namesText } from './source-words';

describe('the form of a source', () => {
  test.each([
    ['/data/id', { pointer: '/data/id' }],
    [' body:/shop ', { pointer: 'body:/shop' }],
    ['=EUR', { constant: 'EUR' }],
    ['=', { constant: '' }],
    ['  ', undefined],
  ])('reads the field %j', (text, from) => {
    expect(fieldFrom(text)).toEqual(from);
    expect(fieldFrom(fieldText(from))).toEqual(from);
  });

  test.each([
    ['order.paid: order, revenue', { 'order.paid': ['order', 'revenue'] }],
    ['shop:paid: order\n\n*: click', { 'shop:paid': ['order'], '*': ['click'] }],
    ['packed', { packed: [] }],
    ['packed:', { packed: [] }],
    ['', {}],
  ])('reads the names %j', (text, names) => {
    expect(namesFrom(text)).toEqual(names);
    expect(namesFrom(namesText(names))).toEqual(names);
  });

  test('reads further facts, whose pointers may hold a colon', () => {
    const kept = { country: '/data/country', shop: 'body:/shop' };
    expect(attributesFrom(attributesText(kept))).toEqual(kept);
    expect(attributesFrom('nothing')).toEqual({});
  });
});

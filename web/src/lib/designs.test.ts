import { expect, it } from 'vitest';
import { conditionWords, layerWords, waitWords, whoWords } from './designs';

it.each([
  [{ attribute: 'region', one_of: ['de', 'at', 'ch'] }, 'whose region is de, at or ch'],
  [{ attribute: 'channel', none_of: ['sms'] }, 'whose channel is not sms'],
  [{ attribute: 'orders', at_least: 0 }, 'whose orders is 0 or more'],
  [{ attribute: 'orders', at_most: 3 }, 'whose orders is 3 or less'],
])('says a condition', (condition, words) => {
  expect(conditionWords(condition)).toBe(words);
});

it('says who takes part and when a stage comes', () => {
  expect(whoWords([])).toBe('Everybody');
  expect(
    whoWords([
      { attribute: 'region', one_of: ['de'] },
      { attribute: 'orders', at_least: 2 },
    ]),
  ).toBe('Everybody whose region is de and whose orders is 2 or more');
  expect(layerWords({ name: 'offers', share: 4_000 })).toContain('40 % of all people');
  expect(waitWords(undefined)).toBe('when somebody says so');
  expect(waitWords({ people: 5_000 })).toBe('by itself, not before 5,000 people took part');
});

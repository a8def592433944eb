import { expect, test } from 'vitest';
import { signedCount, signedLook } from './signed';

const of = (signature: string, words: string, pushed_by: string | null = null) =>
  signedLook({ signature, words, counts: signature === 'good' || signature === 'server', pushed_by });

test('a signature is shown in few words, and told in a sentence', () => {
  expect(of('good', 'it is signed by Ann Lee', 'Ann Lee')).toMatchObject({
    tone: 'green',
    words: 'Signed by Ann Lee, verified',
    sentence: 'It is signed by Ann Lee. Ann Lee brought it in with Git.',
  });
  expect(of('server', 'it is signed by the server on behalf of Bob Ray')).toMatchObject({
    tone: 'plain',
    words: 'Signed here for Bob Ray',
  });
  for (const bad of ['none', 'bad', 'unknown-key', 'ended-key', 'other-person', 'what a newer server knows'])
    expect(of(bad, 'it is so')?.tone, bad).toMatch(/amber|red/);
  expect(signedLook(undefined)).toBeUndefined();
});

test('a key tells what it signed, and what did not count', () => {
  expect(signedCount({ signed: 0, not_counting: 0 })).toBe('has signed nothing lately');
  expect(signedCount({ signed: 1, not_counting: 0 })).toBe('signed 1 version lately');
  expect(signedCount({ signed: 2, not_counting: 3 })).toContain('on 3 more it does not count');
});

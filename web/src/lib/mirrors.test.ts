import { expect, test } from 'vitest';
import { mirrorLook, mirrorSentence, refName } from './mirrors';

const now = new Date('2026-11-28T12:00:00Z');
const at = (minutes: number) => new Date(now.getTime() + minutes * 60_000).toISOString();

test('a mirror says when it was tried, when it worked, and when it is tried again', () => {
  const fresh = { tried_at: null, succeeded_at: null, failures: 0, next_at: at(0) };
  expect(mirrorSentence(fresh, now)).toBe('It is tried within seconds.');
  const fine = { tried_at: at(-3), succeeded_at: at(-3), failures: 0, next_at: at(2) };
  expect(mirrorSentence(fine, now)).toMatch(/^Looked at .*3 min/);
  const failing = { tried_at: at(-1), succeeded_at: at(-60), failures: 4, next_at: at(8) };
  expect(mirrorSentence(failing, now)).toMatch(
    /^Failed 4 times, last .* It last worked .* It is tried again in 8 minutes\.$/,
  );
  const never = { tried_at: at(-1), succeeded_at: null, failures: 1, next_at: at(0.5) };
  expect(mirrorSentence(never, now)).toMatch(
    /^Failed 1 time, .* It has never worked yet\. It is tried again within a minute\.$/,
  );
});

test('a state that a newer server knows is shown by its name', () => {
  expect(mirrorLook({ status: 'held' }).words).toBe('Waits for you');
  expect(mirrorLook({ status: 'resting' })).toMatchObject({ words: 'resting', tone: 'plain' });
});

test('branches and tags by their short names', () => {
  expect(refName('refs/heads/campaign/autumn')).toBe('campaign/autumn');
  expect(refName('refs/tags/release/7')).toBe('release/7');
});

import { describe, expect, it } from 'vitest';
import type { ChangeStanding } from '@/api/types';
import { blockerWords, columnOf, draftShown, endsIn, plainSentence, waiting, waitsFor } from './standing';

const who = (id: number, name: string) => ({ id, name, email: `${name}@x.example` });
const blocker = (code: string, names: string[] = []) => ({
  code,
  message: '',
  next: '',
  path: '',
  field: '',
  who: names,
});
const standing = (more: Partial<ChangeStanding> = {}): ChangeStanding => ({
  number: 1,
  draft: 'campaign/a',
  title: 'A',
  summary: '',
  record: {},
  author: who(1, 'Ann'),
  status: 'open',
  opened_at: '',
  reviewers: [],
  files: 1,
  open_threads: 0,
  reviews: [],
  blockers: [],
  ...more,
});
const review = (id: number, verdict: string, stale = false) => ({
  by: who(id, 'Bob'),
  verdict,
  meaning: 'approval',
  note: '',
  commit: '',
  at: '',
  stale,
  counts: true,
});
const ann = { id: 1, name: 'Ann', may: ['write-draft'] };
const bob = { id: 2, name: 'Bob', may: ['publish', 'review'] };

describe('the column of a draft', () => {
  it.each([
    ['open', undefined, 'written'],
    ['open', [], 'ready'],
    ['open', [blocker('needs-approval'), blocker('unresolved-threads')], 'review'],
    ['open', [blocker('needs-approval'), blocker('conflict')], 'blocked'],
    ['published', undefined, 'published'],
    ['archived', undefined, 'closed'],
    ['deleted', [], 'closed'],
  ])('%s with %j is %s', (status, blockers, expected) => {
    expect(columnOf({ status }, blockers && { blockers })).toBe(expected);
  });
});

describe('what waits for somebody', () => {
  it('asks those whose approval is needed, and nobody else', () => {
    const change = standing({ blockers: [blocker('needs-approval', ['Bob'])] });
    expect(waitsFor(change, bob)).toBe('review');
    expect(waitsFor(change, { ...bob, id: 3, name: 'Cat' })).toBeUndefined();
    expect(waitsFor(change, ann)).toBeUndefined();
  });
  it('asks again once the draft has moved, not before', () => {
    const blockers = [blocker('changes-requested')];
    const change = standing({
      reviewers: [who(2, 'Bob')],
      blockers,
      reviews: [review(2, 'request-changes')],
    });
    expect(waitsFor(change, bob)).toBeUndefined();
    expect(waitsFor({ ...change, reviews: [review(2, 'request-changes', true)] }, bob)).toBe('review');
    expect(waitsFor(change, ann)).toBe('rework');
  });
  it('wants what is ready published by whoever may', () => {
    expect(waitsFor(standing(), bob)).toBe('publish');
    expect(waitsFor(standing(), { ...bob, id: 4, may: [] })).toBeUndefined();
  });
  it('lists an owed review first, but not to whoever went live', () => {
    const late = standing({ number: 7, status: 'merged', owed: { by: '', reason: '' } });
    const list = waiting([standing()], [late], bob);
    expect(list.map((row) => [row.change.number, row.waits])).toEqual([
      [7, 'owed'],
      [1, 'publish'],
    ]);
    expect(waiting([], [late], { ...bob, id: 1 })).toEqual([]);
    expect(waiting([], [{ ...late, owed: { by: '', reason: '', done_at: 'x' } }], bob)).toEqual([]);
  });
});

it('says when something ends', () => {
  const now = new Date('2026-11-24T12:00:00Z');
  expect(endsIn('2026-12-24T12:00:00Z', now)).toEqual({ text: 'ends in 30 days', soon: false });
  expect(endsIn('2026-11-27T11:00:00Z', now)).toEqual({ text: 'ends in 3 days', soon: true });
  expect(endsIn('2026-11-24T18:00:00Z', now).text).toBe('ends within a day');
  expect(endsIn('2026-11-20T18:00:00Z', now).text).toBe('ends now');
});

it('shows titles and sentences without the marks of code', () => {
  expect(draftShown({ name: 'campaign/gift-boxes', title: 'campaign/gift-boxes' })).toBe('Gift boxes');
  expect(draftShown({ name: 'campaign/gift-boxes', title: 'Boxes!' })).toBe('Boxes!');
  expect(
    plainSentence('The draft `campaign/late-autumn` is behind `main` in `prompts/email/a.prompt`.'),
  ).toBe('The draft “Late autumn” is behind the library in email/a.');
});

it('tells what is in the way in plain words', () => {
  const missing = {
    ...blocker('missing-field'),
    field: 'baseline',
    message: '`baseline` is missing; “Goals” asks for it.',
  };
  expect(blockerWords(missing)).toEqual({
    message: 'What was measured before is not written down yet.',
    next: '“Goals” asks for it.',
  });
  const message = '“Legal texts”, “All” ask for one more approval from `legal`, as `compliance`.';
  const needed = { ...blocker('needs-approval', ['Ann', 'Bob']), message, next: 'Ask one of: Ann, Bob.' };
  expect(blockerWords(needed, 'Bob')).toEqual({
    message: '“Legal texts”, “All” ask for one more approval from legal, as compliance.',
    next: 'You could give it, and so could Ann.',
  });
  const other = { ...blocker('behind'), message: 'The draft is behind `main`.', next: 'Update it.' };
  expect(blockerWords(other)).toEqual({ message: 'The draft is behind the library.', next: 'Update it.' });
});

import { describe, expect, it } from 'vitest';
import { askedOfLibrary, filtersOf, isKeepable, kept, placeOf, sameFind } from './views';

describe('kept searches', () => {
  it('keep what says something, whatever order it was said in', () => {
    expect(kept({ q: '', channel: 'email', brand: null, with_errors: false, limit: 20 })).toEqual({
      channel: 'email',
    });
    expect(sameFind({ channel: 'email', q: 'x' }, { q: 'x', channel: 'email', brand: undefined })).toBe(true);
    expect(sameFind({ channel: 'email' }, { channel: 'sms' })).toBe(false);
    expect(isKeepable({ facets: true })).toBe(false);
    expect(isKeepable({ owner: 'Ann Lee' })).toBe(true);
  });

  it.each([
    [{ q: 'welcome', channel: 'email' }],
    [{ folder: 'prompts/email', with_errors: true }],
    [{ expiring_days: 30, tag: 'autumn,vip' }],
    [{ status: 'archived', archived: true }],
    [{ archived: true, includes: 'voice' }],
  ])('come back as they were asked: %j', (find) => {
    expect(kept(askedOfLibrary(filtersOf(find)))).toEqual(kept(find));
  });

  it('open ranked where there are words, as a list otherwise', () => {
    expect(placeOf({ id: 3, find: { q: 'welcome' } }).to).toBe('/search');
    expect(placeOf({ id: 3, find: { q: 'welcome', folder: 'prompts/email' } }).to).toBe('/library');
    expect(placeOf({ id: 3, find: { owner: 'Ann Lee' } })).toMatchObject({
      to: '/library',
      search: { owner: 'Ann Lee', view: 3 },
    });
  });
});

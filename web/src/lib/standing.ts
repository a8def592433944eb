/** How drafts and changes stand: the column of a board, and what waits for whom. */
import type { Blocker, Change, ChangeStanding, Draft } from '@/api/types';
import { draftTitle, sentenceCase, unmarked } from './words-shown';

export type Column = 'written' | 'review' | 'blocked' | 'ready' | 'published' | 'closed';

export const columns: { key: Column; title: string; empty: string }[] = [
  { key: 'written', title: 'Being written', empty: 'Nothing is being written.' },
  { key: 'review', title: 'In review', empty: 'Nobody is asked to look at anything.' },
  { key: 'blocked', title: 'Blocked', empty: 'Nothing is stuck.' },
  { key: 'ready', title: 'Ready', empty: 'What is approved waits here to be published.' },
  { key: 'published', title: 'Published', empty: 'What reaches the library stands here.' },
  { key: 'closed', title: 'Put away', empty: 'Nothing was put away.' },
];

/** What only other people’s looking at it can settle; anything else needs work on the draft. */
const waitsForReview = new Set(['needs-approval', 'needs-review', 'unresolved-threads']);
export const onlyWaits = (blockers: Pick<Blocker, 'code'>[]) =>
  blockers.every((blocker) => waitsForReview.has(blocker.code));

/** Where a draft stands on the board. */
export function columnOf(draft: Pick<Draft, 'status'>, standing?: Pick<ChangeStanding, 'blockers'>): Column {
  if (draft.status === 'published') return 'published';
  if (draft.status !== 'open') return 'closed';
  if (!standing) return 'written';
  if (standing.blockers.length === 0) return 'ready';
  return onlyWaits(standing.blockers) ? 'review' : 'blocked';
}

/** The title of a draft as people read it. */
export const draftShown = (draft: Pick<Draft, 'name' | 'title'>) =>
  draft.title && draft.title !== draft.name ? draft.title : sentenceCase(draftTitle(draft.name));

export type Waits = 'owed' | 'review' | 'rework' | 'publish';

type Me = { id: number; name: string; may: string[] };

/** What an open change wants of somebody, if anything. */
export function waitsFor(change: ChangeStanding, me: Me): Waits | undefined {
  const mine = change.author.id === me.id;
  if (change.blockers.length === 0) return mine || me.may.includes('publish') ? 'publish' : undefined;
  if (mine) return onlyWaits(change.blockers) ? undefined : 'rework';
  const given = change.reviews
    .filter((review) => review.by.id === me.id && review.verdict !== 'comment')
    .at(-1);
  if (given && !given.stale) return undefined;
  const asked = change.reviewers.some((who) => who.id === me.id);
  const needed = change.blockers.some((one) => one.code === 'needs-approval' && one.who?.includes(me.name));
  return asked || needed ? 'review' : undefined;
}

/** Whether a review is still owed after an emergency. */
export const owes = (change: Pick<Change, 'owed'>) => Boolean(change.owed && !change.owed.done_at);

/** Everything that waits for somebody: owed reviews first, then reviews, then their own work. */
export function waiting(
  standing: ChangeStanding[],
  owed: Change[],
  me: Me,
): { change: Change; waits: Waits; blockers: Blocker[] }[] {
  const order: Waits[] = ['owed', 'review', 'rework', 'publish'];
  const rows = standing.flatMap((change) => {
    const waits = waitsFor(change, me);
    return waits ? [{ change: change as Change, waits, blockers: change.blockers }] : [];
  });
  const late = owed
    .filter((change) => owes(change) && change.author.id !== me.id && me.may.includes('review'))
    .map((change) => ({ change, waits: 'owed' as Waits, blockers: [] as Blocker[] }));
  return [...late, ...rows].sort((a, b) => order.indexOf(a.waits) - order.indexOf(b.waits));
}

/** The days until something ends: `ends today`, `ends in 3 days`; amber from three days on. */
export function endsIn(endsAt: string, now = new Date()): { text: string; soon: boolean } {
  const hours = (Date.parse(endsAt) - now.getTime()) / 3_600_000;
  if (hours <= 0) return { text: 'ends now', soon: true };
  if (hours < 24) return { text: 'ends within a day', soon: true };
  const days = Math.ceil(hours / 24);
  return { text: `ends in ${days} days`, soon: days <= 3 };
}

/** A sentence of the server without the marks of code, and with its own words for drafts and the library. */
export const plainSentence = (text: string) =>
  unmarked(
    text
      .replace(
        /`(?:campaign|experiment|hotfix|draft)\/([^`]+)`/g,
        (_, name: string) => `“${sentenceCase(name)}”`,
      )
      .replace(/`main`/g, 'the library')
      .replace(/`prompts\/([^`]+?)\.prompt`/g, '$1'),
  );

const fieldWords: Record<string, string> = {
  problem: 'What problem was seen',
  baseline: 'What was measured before',
  hypothesis: 'Which number should move',
  campaign: 'The campaign',
  validation: 'How it will be checked',
};

/** A blocker in plain words: what is in the way, and what to do next. */
export function blockerWords(blocker: Blocker, me = ''): { message: string; next: string } {
  const message = plainSentence(blocker.message);
  const next = plainSentence(blocker.next);
  const rule = /“.*”/.exec(message)?.[0];
  if (blocker.code === 'missing-field' && blocker.field && rule)
    return {
      message: `${fieldWords[blocker.field] ?? blocker.field} is not written down yet.`,
      next: `${rule} asks for it.`,
    };
  if (blocker.code !== 'needs-approval') return { message, next };
  const who = (blocker.who ?? []).filter((name) => name !== me);
  const others = `${who.slice(0, 3).join(', ')}${who.length > 3 ? ` and ${who.length - 3} more` : ''}`;
  return {
    message,
    next: blocker.who?.includes(me)
      ? `You could give it${others ? `, and so could ${others}` : ''}.`
      : others
        ? `${others} could give it.`
        : next,
  };
}

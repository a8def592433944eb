/** Reviews, what an update would bring, and what the form for a record knows, for the mock. */
import type {
  ChangeDetail,
  ChangeStanding,
  FileComparison,
  NoticePage,
  PendingUpdate,
  RecordForm,
} from '../src/api/types';
import { compareWords } from '../src/lib/words.ts';
import { conflict, drafts } from './fixtures.ts';
import { session, settings } from './house.ts';
import { files } from './library.ts';

const priya = { id: 4, name: 'Priya Ramdhani', email: 'priya@example.org' };
const path = 'prompts/email/onboarding/welcome.prompt';
const hourAgo = new Date(Date.now() - 3.6e6).toISOString();

const standing: ChangeStanding = {
  number: 7,
  draft: drafts[0]?.name ?? '',
  title: 'Autumn texts for the welcome',
  summary: 'Shorter, and one step only.',
  record: { problem: 'A third never scroll to the next step', hypothesis: 'first_order +6%' },
  author: priya,
  status: 'open',
  opened_at: hourAgo,
  reviewers: [{ id: session.actor.id, name: session.actor.name, email: session.actor.email }],
  files: 1,
  open_threads: 1,
  reviews: [],
  blockers: [
    {
      code: 'needs-approval',
      message: '“Goals” asks for 1 more person of publisher to approve (meaning `approval`).',
      next: 'Ask one of them.',
      path,
      field: '',
      who: [session.actor.name],
    },
  ],
};

function detail(): ChangeDetail {
  const head = drafts[0]?.commit ?? '';
  return {
    ...standing,
    head,
    draft_status: 'open',
    ahead: 3,
    behind: 0,
    files: [
      { path, kind: 'changed', file_kind: 'prompt', id: 'email/onboarding/welcome', wording_only: true },
    ],
    diagnostics: [],
    threads: [
      {
        number: 1,
        anchor: { path, side: 'new', line: 12, field: '' },
        commit: head,
        comments: [{ by: priya, text: 'Is this too short?', at: hourAgo }],
        settled: false,
      },
    ],
    approvals: [{ group: 'publisher', count: 1, meaning: 'approval', rules: ['Goals'], paths: [path] }],
    required_fields: [],
    merge_style: 'merge',
  };
}

function comparison(): FileComparison {
  const before = files().find((file) => file.path === path)?.source ?? '';
  const after = before.replace(/Length: [^\n]*/, 'Length: 80 to 100 words.');
  const body = (text: string) => text.replace(/^---\n[\s\S]*?\n---\n/, '');
  return {
    path,
    before,
    after,
    fields: [],
    words: compareWords(body(before), body(after)),
    hunks: [],
    preview_before: [{ role: 'system', content: body(before) }],
    preview_after: [{ role: 'system', content: body(after) }],
    diagnostics: [],
  };
}

const pending = (name: string): PendingUpdate => ({
  from: 'main',
  head: drafts.find((draft) => draft.name === name)?.commit ?? '',
  latest: 'd00d',
  behind: 1,
  clashes: [
    {
      conflict,
      ours: { is_there: true, text: '', by: priya.name, at: hourAgo, subject: 'Shorter' },
      theirs: { is_there: true, text: '', by: 'Mara Ellingsen', at: hourAgo, subject: 'Warmer' },
    },
  ],
});

const form = (): RecordForm => ({
  required: [{ field: 'problem', rules: ['Goals'], path }],
  approvals: [],
  reviewed_only: false,
  refused_subjects: ['update'],
  kpis: settings.kpis.map((kpi) => ({ kpi })),
});

const notices: NoticePage = {
  items: [
    {
      id: 1,
      kind: 'review-asked',
      target: 'change:CH-7',
      text: `${priya.name} asks for a review of “${standing.title}”.`,
      at: hourAgo,
      read: false,
    },
  ],
  unread: 1,
};

/** What is asked of reviews; nothing where the question is about something else. */
export function reviewAnswer(key: string, [, second = '', third = '']: string[], owed: boolean): unknown {
  switch (key) {
    case 'GET changes':
      if (second === 'standing') return [standing];
      if (third === 'file') return comparison();
      return second ? detail() : { items: owed ? [] : [standing] };
    case 'GET notices':
      return notices;
    case 'GET record-form':
      return form();
    case 'GET drafts':
      return third === 'update' ? pending(second) : undefined;
    default:
      return undefined;
  }
}

/** Drafts, tokens and a conflict for the mock. */
import type { Conflict, Draft, Token } from '../src/api/types';

export const drafts: Draft[] = [
  {
    name: 'campaign/autumn-activation',
    kind: 'campaign',
    commit: 'a1b2c3d4e5f60718293a4b5c6d7e8f9012345678',
    updated_at: new Date(Date.now() - 4e6).toISOString(),
    ahead: 3,
    behind: 1,
    title: 'Autumn activation',
    status: 'open',
    from: 'main',
    owner: 'Priya Ramdhani',
  },
  {
    name: 'hotfix/legal-footer',
    kind: 'hotfix',
    commit: 'b1b2c3d4e5f60718293a4b5c6d7e8f9012345678',
    updated_at: new Date(Date.now() - 9e7).toISOString(),
    ahead: 0,
    behind: 4,
    title: 'Legal footer',
    status: 'open',
    from: 'main',
    owner: 'Sofia Brandlund',
  },
];
export const tokens: Token[] = [
  {
    id: 1,
    name: 'web shop',
    kind: 'api',
    actor: 5,
    actor_name: 'web shop',
    role: 'viewer',
    created_at: new Date().toISOString(),
    expires_at: new Date(Date.now() + 7e9).toISOString(),
  },
];
export const conflict: Conflict = {
  path: 'prompts/email/onboarding/welcome.prompt',
  kind: 'both-changed',
  merged:
    'Structure:\n<<<<<<< main\n1. Thank the person for joining, in one sentence.\n=======\n1. Say hello.\n>>>>>>> draft\n2. Say who we are.\n<<<<<<< main\nLength: 120 words.\n=======\nLength: 90 words.\n>>>>>>> draft\n',
  hunks: [
    {
      line: 2,
      base: '1. Thank the person for joining.\n',
      ours: '1. Thank the person for joining, in one sentence.\n',
      theirs: '1. Say hello.\n',
    },
    { line: 8, base: 'Length: 180 words.\n', ours: 'Length: 120 words.\n', theirs: 'Length: 90 words.\n' },
  ],
};

/** What the signature of a version comes to, in few words. */
import type { Provenance, SigningKey } from '@/api/types';
import { plural } from './format';

type Look = { tone: 'plain' | 'green' | 'amber' | 'red'; icon: 'check' | 'warning' | 'cross' };
const looks: Record<string, Look & { words: string }> = {
  none: { tone: 'amber', icon: 'warning', words: 'Not signed' },
  bad: { tone: 'red', icon: 'cross', words: 'Signature does not fit' },
  'unknown-key': { tone: 'amber', icon: 'warning', words: 'Signed, unknown key' },
  'ended-key': { tone: 'amber', icon: 'warning', words: 'Signed with an ended key' },
  'other-person': { tone: 'amber', icon: 'warning', words: 'Signed by another person' },
};

/** The look of a signature; nothing where none was looked for. */
export function signedLook(
  provenance?: Provenance | null,
): (Look & { words: string; sentence: string }) | undefined {
  if (!provenance) return undefined;
  const { signature, words } = provenance;
  const pushed = provenance.pushed_by ? ` ${provenance.pushed_by} brought it in with Git.` : '';
  const sentence = `${words.charAt(0).toUpperCase()}${words.slice(1)}.${pushed}`;
  const who = /^it is signed by (?:the server on behalf of )?(.+)$/.exec(words)?.[1] ?? '';
  if (signature === 'good')
    return { tone: 'green', icon: 'check', words: `Signed by ${who}, verified`, sentence };
  if (signature === 'server')
    return { tone: 'plain', icon: 'check', words: `Signed here for ${who}`, sentence };
  const look = looks[signature];
  return look ? { ...look, sentence } : { tone: 'amber', icon: 'warning', words: 'Not verified', sentence };
}

/** The rows of the drawer for those who ask for details. */
export const signedRows = (provenance?: Provenance | null): [string, string | undefined][] => [
  ['Signature', signedLook(provenance)?.sentence],
];

/** What a key signed among the newest versions. */
export function signedCount({
  signed = 0,
  not_counting = 0,
}: Pick<SigningKey, 'signed' | 'not_counting'>): string {
  if (signed === 0 && not_counting === 0) return 'has signed nothing lately';
  const counts = `signed ${plural(signed, 'version')} lately`;
  return not_counting === 0
    ? counts
    : `${counts}; on ${not_counting} more it does not count, which name another person`;
}

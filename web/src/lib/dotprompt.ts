/** What the editor needs to know of a prompt file while it is typed; the server knows the rest. */

export type Reference = {
  kind: 'variable' | 'partial' | 'helper' | 'close';
  name: string;
  from: number;
  to: number;
};

/** Words that open or stand in a block rather than name a variable. */
export const HELPERS = [
  'if',
  'unless',
  'each',
  'with',
  'else',
  'ifEquals',
  'unlessEquals',
  'role',
  'history',
  'media',
  'section',
  'json',
  'this',
];

const TAG = /\{\{(!--[\s\S]*?--|![^}]*|[^}]*)\}\}/g;

/** Where the front matter ends: the position of the text's first character. */
export function textStart(source: string): number {
  const match = /^---\r?\n[\s\S]*?\r?\n---(?:\r?\n|$)/.exec(source);
  return match ? match[0].length : 0;
}

/** The template tags of the text, in order. */
export function references(source: string): Reference[] {
  const found: Reference[] = [];
  TAG.lastIndex = textStart(source);
  for (let match = TAG.exec(source); match; match = TAG.exec(source)) {
    const inner = (match[1] ?? '').replace(/^[{~]+|[}~]+$/g, '').trim();
    if (inner.startsWith('!')) continue;
    const at = { from: match.index, to: match.index + match[0].length };
    if (inner.startsWith('>'))
      found.push({ kind: 'partial', name: inner.slice(1).trim().split(/\s/)[0] ?? '', ...at });
    else if (inner.startsWith('/')) found.push({ kind: 'close', name: inner.slice(1).trim(), ...at });
    else {
      const words = inner.replace(/^[#^@]/, '').trim();
      const first = words.split(/\s/)[0] ?? '';
      const helper = inner.startsWith('#') || HELPERS.includes(first) || words.includes(' ');
      found.push({ kind: helper ? 'helper' : 'variable', name: helper ? words : first, ...at });
    }
  }
  return found;
}

/** What is being typed after `{{`, if the cursor stands in an open tag. */
export function openTag(
  before: string,
): { kind: 'any' | 'partial'; typed: string; from: number } | undefined {
  const match = /\{\{\{?(>\s*|#)?([\w.\-/]*)$/.exec(before);
  if (!match) return undefined;
  const typed = match[2] ?? '';
  return { kind: match[1]?.startsWith('>') ? 'partial' : 'any', typed, from: before.length - typed.length };
}

/** The path of a prompt's file from its id. */
export const pathOf = (id: string) => `prompts/${id}.prompt`;

/** A place for an id that a person typed: lower case, hyphens, no spaces. */
export const tidyId = (typed: string) =>
  typed
    .toLowerCase()
    .replace(/\s+/g, '-')
    .replace(/[^a-z0-9._/-]/g, '')
    .replace(/\/{2,}/g, '/')
    .replace(/^\/|\/$/g, '');

/** A new prompt to start from. */
export function template(title: string, channel: string, owner: string): string {
  return `---
description: One sentence that says when this is used.
input:
  schema:
    first_name?: string, first name of the person
variorum.title: ${title || 'New prompt'}
variorum.intent: What this prompt should bring about
variorum.owner: ${owner}
variorum.channel: ${channel || 'email'}
---
{{role "system"}}
You write for our customers. Keep it short, friendly and true.

{{role "user"}}
{{#if first_name}}
First name: {{first_name}}
{{/if}}
Write the message.
`;
}

/** Two people changed the same part: the parts to decide, field by field and passage by passage, and the result. */
import type { Clash } from '@/api/types';
import { type Choice, chosenText, mergeParts } from './conflicts';

/** One part to decide. */
export type Decision = {
  key: string;
  /** The setting it is about; a passage of the text where not given. */
  field?: string;
  ours: string;
  theirs: string;
  base: string;
  /** The only side that changed it, where it is one alone; still decided by a person. */
  only?: 'ours' | 'theirs';
};

export type Part = { kind: 'settled'; text: string } | { kind: 'decision'; decision: Decision };

/** A file to decide: in parts, or as a whole where one side has no such file or it is no text. */
export type ClashFile = { path: string; kind: string } & (
  | { parts: Part[] }
  | { whole: { ours: string | null; theirs: string | null } }
);

export type Choices = Record<string, Choice>;

/** Cuts a clash into what is settled and what is to be decided. */
export function clashFile({ conflict, ours, theirs }: Clash): ClashFile {
  const cut = mergeParts(conflict);
  const file = { path: conflict.path, kind: conflict.kind };
  if (!cut.some((part) => part.kind === 'clash'))
    return {
      ...file,
      whole: {
        ours: ours.is_there ? (ours.text ?? null) : null,
        theirs: theirs.is_there ? (theirs.text ?? null) : null,
      },
    };
  const parts: Part[] = [];
  const seen = new Map<string, number>();
  let before = '';
  for (const part of cut) {
    if (part.kind === 'settled') {
      parts.push(part);
      before += part.text;
      continue;
    }
    const split = inSettings(before) ? byField(part.hunk) : undefined;
    for (const piece of split ?? [{ kind: 'decision' as const, ...part.hunk }]) {
      if (piece.kind === 'settled') parts.push(piece);
      else parts.push({ kind: 'decision', decision: decisionOf(conflict.path, piece, seen) });
    }
    before += part.hunk.ours;
  }
  return { ...file, parts };
}

type Cut = { kind: 'settled'; text: string } | ({ kind: 'decision' } & Sides);
type Sides = { field?: string; ours: string; theirs: string; base: string };

/** The key stays the same while the wordings do, so that a choice outlives another look. */
function decisionOf(path: string, sides: Sides, seen: Map<string, number>): Decision {
  const { field, ours, theirs, base } = sides;
  const same = [path, field, ours, theirs].join('\u0000');
  const nth = seen.get(same) ?? 0;
  seen.set(same, nth + 1);
  const only = ours === base ? 'theirs' : theirs === base ? 'ours' : undefined;
  return { key: `${same}\u0000${nth}`, field, ours, theirs, base, only };
}

/** Whether the place after this text lies between the lines `---` at the beginning of a file. */
const inSettings = (before: string) => {
  const lines = before.split('\n');
  return lines[0]?.trim() === '---' && !lines.slice(1).some((line) => line.trim() === '---');
};

const ENTRY = /^(\s*)([\w.-]+):(?:\s|$)/;

/** Settings by their name, each with its lines; nothing where the lines are not whole settings of one level. */
function entries(text: string): Map<string, string> | undefined {
  const found = new Map<string, string>();
  let level: string | undefined;
  let name = '';
  for (const line of text.match(/[^\n]*\n|[^\n]+$/g) ?? []) {
    const [, indent, key] = ENTRY.exec(line) ?? [];
    level ??= indent;
    if (level === undefined) return undefined;
    if (key !== undefined && indent === level) {
      if (found.has(key)) return undefined;
      name = key;
      found.set(key, line);
    } else if (
      name !== '' &&
      (line.startsWith(`${level} `) || line.startsWith(`${level}-`) || line.trim() === '')
    )
      found.set(name, found.get(name) + line);
    else return undefined;
  }
  return found;
}

/** A clash of settings as one decision a setting; what both have alike is settled. */
function byField(hunk: Sides): Cut[] | undefined {
  const [ours, theirs] = [entries(hunk.ours), entries(hunk.theirs)];
  const base = entries(hunk.base) ?? new Map<string, string>();
  if (!ours || !theirs) return undefined;
  const names = [...new Set([...ours.keys(), ...theirs.keys(), ...base.keys()])];
  return names.flatMap((field): Cut[] => {
    const [a, b, c] = [ours.get(field) ?? '', theirs.get(field) ?? '', base.get(field) ?? ''];
    if (a === b) return a === '' ? [] : [{ kind: 'settled' as const, text: a }];
    return [{ kind: 'decision' as const, field, ours: a, theirs: b, base: c }];
  });
}

/** The keys to decide in a file. */
export const keysOf = (file: ClashFile): string[] =>
  'whole' in file
    ? [`whole\u0000${file.path}`]
    : file.parts.flatMap((part) => (part.kind === 'decision' ? [part.decision.key] : []));

/** What a decision says once chosen; words of one’s own end with a line end where the others do. */
export function saysOf({ ours, theirs, base }: Decision, choice: Choice): string {
  const text = chosenText({ line: 0, ours, theirs, base }, choice);
  const ends = `${ours}${theirs}`.endsWith('\n') || ours.endsWith('\n');
  return ends && text !== '' && !text.endsWith('\n') ? `${text}\n` : text;
}

/** The whole file once everything is decided: its text, `null` to delete it, nothing before that. */
export function resultOf(file: ClashFile, choices: Choices): string | null | undefined {
  if ('whole' in file) {
    const choice = choices[keysOf(file)[0] ?? ''];
    if (choice === undefined || choice === 'both') return undefined;
    return typeof choice === 'object' ? choice.edited : file.whole[choice];
  }
  let text = '';
  for (const part of file.parts) {
    if (part.kind === 'settled') text += part.text;
    else {
      const choice = choices[part.decision.key];
      if (choice === undefined) return undefined;
      text += saysOf(part.decision, choice);
    }
  }
  return text;
}

/** Everything that is decided for many files, ready to be sent; nothing while something is open. */
export function resolutionsOf(files: ClashFile[], choices: Choices) {
  const results = files.map((file) => ({ path: file.path, content: resultOf(file, choices) }));
  if (results.some(({ content }) => content === undefined)) return undefined;
  return results.map(({ path, content }) => ({ path, content: content ?? undefined }));
}

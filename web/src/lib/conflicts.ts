/** Putting a text together again after two people changed the same part. */
import type { Conflict, ConflictHunk } from '@/api/types';

export type Choice = 'ours' | 'theirs' | 'both' | { edited: string };

/** A merged text cut into what is settled and what clashes. */
export type MergePart =
  | { kind: 'settled'; text: string }
  | { kind: 'clash'; index: number; hunk: ConflictHunk };

/** How long the markers are: longer than anything like them in the text, so the first clash tells. */
function markerLength(conflict: Conflict, lines: string[]): number {
  const told =
    lines[(conflict.hunks[0]?.line ?? 0) - 1] ?? lines.find((line) => /^<{7,}(?: |\r?$)/.test(line));
  return /^<{7,}/.exec(told ?? '')?.[0].length ?? 7;
}

/** Cuts the merged text at its markers. Line ends stay as they are. */
export function mergeParts(conflict: Conflict): MergePart[] {
  const lines = (conflict.merged ?? '').match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const length = markerLength(
    conflict,
    lines.map((line) => line.replace(/\r?\n$/, '')),
  );
  const marker = (sign: string) => new RegExp(`^${sign}{${length}}(?: .*)?$`);
  const [start, base, middle, end] = [marker('<'), marker('\\|'), marker('='), marker('>')];
  const parts: MergePart[] = [];
  let settled = '';
  let side: 'settled' | 'ours' | 'base' | 'theirs' = 'settled';
  let clash = { ours: '', base: '', theirs: '' };
  let clashes = 0;
  for (const line of lines) {
    const bare = line.replace(/\r?\n$/, '');
    if (side === 'settled' && start.test(bare)) {
      if (settled) parts.push({ kind: 'settled', text: settled });
      settled = '';
      clash = { ours: '', base: '', theirs: '' };
      side = 'ours';
    } else if (side === 'ours' && base.test(bare)) side = 'base';
    else if ((side === 'ours' || side === 'base') && middle.test(bare)) side = 'theirs';
    else if (side === 'theirs' && end.test(bare)) {
      const given = conflict.hunks[clashes];
      parts.push({
        kind: 'clash',
        index: clashes,
        hunk: { line: 0, ...given, ...clash, base: given?.base ?? clash.base },
      });
      clashes += 1;
      side = 'settled';
    } else if (side === 'settled') settled += line;
    else clash[side] += line;
  }
  if (settled) parts.push({ kind: 'settled', text: settled });
  return parts;
}

/** The text of one clash under a choice. */
export function chosenText(hunk: ConflictHunk, choice: Choice): string {
  if (typeof choice === 'object') return choice.edited;
  if (choice === 'both')
    return hunk.ours + (hunk.ours.endsWith('\n') || hunk.ours === '' ? '' : '\n') + hunk.theirs;
  return hunk[choice];
}

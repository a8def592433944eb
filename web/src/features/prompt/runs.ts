import type { Piece } from '@/api/types';

export type Run = { version?: number | null; pieces: Piece[]; after: string };

const closes = (piece: Piece | undefined) =>
  piece?.kind === 'condition' && /^(\/|end$|otherwise$|else$)/.test(piece.text.trim());
const opens = (piece: Piece | undefined) =>
  piece?.kind === 'condition' && !/^(\/|end$)/.test(piece.text.trim());

/**
 * Neighbouring pieces of the same version. Line ends that belong to a tag alone on its line are left out, as the
 * template leaves them out; white space at the end of a run stands after it, so that its number does not wrap,
 * and so does the number of a list item whose text belongs to another run.
 */
export function runsOf(pieces: Piece[]): Run[] {
  const runs: Run[] = [];
  pieces.forEach((piece, index) => {
    let text = piece.text;
    if (piece.kind === 'text') {
      if (index === 0) text = text.replace(/^\s*\n/, '');
      if (index === pieces.length - 1) text = text.replace(/\s+$/, '');
      if (opens(pieces[index - 1])) text = text.replace(/^ *\n/, ' ');
      if (closes(pieces[index + 1])) text = text.replace(/\n *$/, ' ');
    }
    if (text === '') return;
    const last = runs.at(-1);
    const before = last?.version === piece.version ? last?.pieces.at(-1) : undefined;
    if (before?.kind === 'text' && piece.kind === 'text') before.text += text;
    else if (last && last.version === piece.version) last.pieces.push({ ...piece, text });
    else runs.push({ version: piece.version, pieces: [{ ...piece, text }], after: '' });
  });
  for (const run of runs) {
    const last = run.pieces.at(-1);
    if (last?.kind !== 'text') continue;
    const bare = last.text.replace(/(\n[ \t]*\d{1,2}\.)?\s*$/, '');
    run.after = last.text.slice(bare.length);
    last.text = bare;
  }
  runs.forEach((run, index) => {
    const next = runs[index + 1]?.pieces[0];
    if (next?.kind !== 'text') return;
    const bare = next.text.replace(/^\s+/, '');
    run.after += next.text.slice(0, next.text.length - bare.length);
    next.text = bare;
  });
  return runs;
}

/** Cuts a text at blank lines; between two parts stands a gap smaller than a line. */
export const paragraphs = (text: string) => text.split(/\n[ \t]*\n\s*?/);

/** Whether a piece carries meaning of its own: a new number in front of a line is no passage to comment on. */
export const saysSomething = (piece: Piece) => piece.kind !== 'text' || /\p{L}|\d{2}/u.test(piece.text);

const NEAR = 60;

/** Whether the passage goes on soon in a later run of the same version; then the number waits for its end. */
export function goesOn(runs: Run[], at: number): boolean {
  let between = 0;
  for (const run of runs.slice(at + 1)) {
    if (run.version === runs[at]?.version && run.pieces.some(saysSomething)) return true;
    between += run.pieces.reduce((sum, piece) => sum + piece.text.length, 0);
    if (between > NEAR) return false;
  }
  return false;
}

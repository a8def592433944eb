/** Unsaved text kept in this browser, so that a closed tab loses nothing. */

export type Kept = { source: string; base: string; at: string };

const key = (workspace: string, place: string) => `variorum:unsaved:${workspace}:${place}`;

/** Reads what was kept for a place, if anything. */
export function readKept(workspace: string, place: string): Kept | undefined {
  try {
    const text = localStorage.getItem(key(workspace, place));
    const kept = text === null ? undefined : (JSON.parse(text) as Partial<Kept>);
    if (kept && typeof kept.source === 'string') return { base: '', at: '', ...kept, source: kept.source };
  } catch {
    // Storage may be closed or hold something else; then there is nothing to restore.
  }
  return undefined;
}

/** Keeps a text, or forgets it where none is given. */
export function keep(workspace: string, place: string, kept: Kept | undefined) {
  try {
    if (kept) localStorage.setItem(key(workspace, place), JSON.stringify(kept));
    else localStorage.removeItem(key(workspace, place));
  } catch {
    // Storage may be full or closed; typing goes on.
  }
}

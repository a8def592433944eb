/** Drafts with the change that asks to bring each in, sorted into the columns of the board. */
import type { Change, ChangeStanding, Draft } from '@/api/types';
import { type Column, columnOf, columns, owes } from '@/lib/standing';

export type Row = { draft: Draft; column: Column; change?: ChangeStanding; owed?: Change };

export function boardOf(drafts: Draft[], standing: ChangeStanding[], owed: Change[], kind?: string): Row[] {
  const rank = (column: Column) => columns.findIndex(({ key }) => key === column);
  return drafts
    .filter((draft) => !kind || draft.kind === kind)
    .map((draft) => {
      const change = standing.find((one) => one.draft === draft.name);
      const late = owed.find((one) => one.draft === draft.name && owes(one));
      return { draft, change, owed: late, column: columnOf(draft, change) };
    })
    .sort(
      (a, b) =>
        rank(a.column) - rank(b.column) || Date.parse(b.draft.updated_at) - Date.parse(a.draft.updated_at),
    );
}

/** Who differs from a base, and how: slots and fields down, variations across. */
import type { Diagnostic, VariationMatrix, VariationRow } from '@/api/types';
import { plainValue } from './format';
import { settingName, shortName } from './words-shown';

export type CellState = 'own' | 'inherited' | 'base' | 'problem' | 'none';
export type Cell = { variation: string; state: CellState; from?: string; text: string; problem?: string };
export type Line = {
  key: string;
  kind: 'slot' | 'field';
  title: string;
  hint: string;
  /** What the base says. */
  base: string;
  cells: Cell[];
  differs: boolean;
};

const names = (message: string, name: string) => message.includes(`\`${name}\``);
const found = (list: Diagnostic[], name: string) =>
  list.find((one) => one.severity === 'error' && names(one.message, name))?.message;

function cell(
  row: VariationRow,
  name: string,
  held: { origin: string; from?: string | null; text: string } | undefined,
): Cell {
  const problem = found(row.diagnostics, name);
  if (!held) return { variation: row.id, state: problem ? 'problem' : 'none', text: '', problem };
  const origin: CellState = held.origin === 'own' || held.origin === 'inherited' ? held.origin : 'base';
  return {
    variation: row.id,
    state: problem ? 'problem' : origin,
    from: held.from ?? undefined,
    text: held.text,
    problem,
  };
}

const differs = (cells: Cell[]) => cells.some((one) => one.state !== 'base' && one.state !== 'none');

/** The lines of the table, slots in the order of the text, then fields. */
export function linesOf(matrix: VariationMatrix): Line[] {
  const slots = matrix.slots.map((slot): Line => {
    const cells = matrix.variations.map((row) =>
      cell(
        row,
        slot.name,
        row.slots.find((one) => one.slot === slot.name),
      ),
    );
    return {
      key: `slot ${slot.name}`,
      kind: 'slot',
      title: slot.name.replace(/[-_]/g, ' '),
      hint: slot.description,
      base: slot.text,
      cells,
      differs: differs(cells),
    };
  });
  const fields = matrix.fields.map((field): Line => {
    const cells = matrix.variations.map((row) => {
      const held = row.fields.find((one) => one.field === field.field);
      return cell(row, field.field, held && { ...held, text: plainValue(held.value) });
    });
    return {
      key: `field ${field.field}`,
      kind: 'field',
      title: settingName(field.field),
      hint: '',
      base: plainValue(field.value),
      cells,
      differs: differs(cells),
    };
  });
  return [...slots, ...fields];
}

/** What a variation is called beside its base: `Finch · DE`. */
export function variationName(row: Pick<VariationRow, 'id' | 'title' | 'brand' | 'region'>): string {
  const parts = [row.brand, row.region].filter((part): part is string => Boolean(part)).map(shortName);
  return parts.join(' · ') || row.title || (row.id.split('/').at(-1) ?? row.id);
}

function howMany(differing: number, n: number): string {
  if (n === 1) return 'The one variation';
  if (differing < n) return `${differing} of ${n} variations`;
  return n === 2 ? 'Both variations' : `All ${n} variations`;
}

/** In one sentence: how many there are, and how many differ in something. */
export function matrixWords(matrix: VariationMatrix): string {
  const lines = linesOf(matrix);
  const n = matrix.variations.length;
  const differing = matrix.variations.filter((_, at) =>
    lines.some(
      (line) => line.cells[at] && line.cells[at].state !== 'base' && line.cells[at].state !== 'none',
    ),
  ).length;
  const broken = matrix.variations.filter((row) =>
    row.diagnostics.some((one) => one.severity === 'error'),
  ).length;
  if (n === 0) return 'Nothing varies it yet.';
  const first =
    differing === 0
      ? n === 1
        ? 'The one variation reads as its base does'
        : `None of ${n} variations differs from the base`
      : `${howMany(differing, n)} ${differing === 1 ? 'differs' : 'differ'} from the base`;
  return broken > 0 ? `${first}; ${broken} ${broken === 1 ? 'has' : 'have'} a problem.` : `${first}.`;
}

/** Writing the lines of a change record: short for the history, made from choices in a form. */
import type { ChangeRecord, KnownKpi } from '@/api/types';

export type RecordField = 'problem' | 'baseline' | 'hypothesis' | 'campaign' | 'validation';

/** `first_order +8%` as the KPI and the move; the move alone where no KPI is named. */
export function expectationOf(hypothesis: string, kpis: { id: string }[]): { kpi?: string; move: string } {
  const [first = '', ...rest] = hypothesis.split(' ');
  if (!kpis.some((kpi) => kpi.id === first)) return { move: hypothesis };
  return { kpi: first, move: rest.join(' ').trimStart() };
}

/** The value last measured of a KPI, ready to stand as the baseline. */
export const baselineOf = (id: string | undefined, known: KnownKpi[]): string | undefined =>
  known.find((one) => one.kpi.id === id)?.measured?.text;

/**
 * The record with another KPI expected to move. The baseline follows it, unless somebody wrote one of their own.
 */
export function withKpi(record: ChangeRecord, id: string | undefined, known: KnownKpi[]): ChangeRecord {
  const { kpi, move } = expectationOf(
    record.hypothesis ?? '',
    known.map((one) => one.kpi),
  );
  const filled = baselineOf(kpi, known);
  const ownWords = Boolean(record.baseline) && record.baseline !== filled;
  return {
    ...record,
    hypothesis: id ? `${id} ${move}`.trimEnd() : move,
    baseline: ownWords ? record.baseline : (baselineOf(id, known) ?? ''),
  };
}

export type Plan =
  | { how: '' | 'review' | 'watch' }
  | { how: 'own'; words: string }
  | { how: 'ab'; days: number; goal: string; guards: string[] };

const AB = /^ab split=50\/50 days=(\d+)(?: goal=(\w+))?((?: guard=\S+)*)$/;
export const WATCH = 'watched after going live';
export const REVIEW = 'read by a reviewer';

/** The line of a record as the choices of the form. */
export function planOf(validation: string): Plan {
  if (validation === '') return { how: '' };
  if (validation === WATCH) return { how: 'watch' };
  if (validation === REVIEW) return { how: 'review' };
  const [, days, goal = '', guards = ''] = AB.exec(validation) ?? [];
  const each = [...guards.matchAll(/guard=(\S+)/g)].map((found) => found[1] ?? '');
  return days ? { how: 'ab', days: Number(days), goal, guards: each } : { how: 'own', words: validation };
}

/** The choices of the form as the line of a record. */
export function planLine(plan: Plan): string {
  switch (plan.how) {
    case 'ab':
      return [
        'ab split=50/50',
        `days=${plan.days}`,
        plan.goal && `goal=${plan.goal}`,
        ...plan.guards.map((guard) => `guard=${guard}`),
      ]
        .filter(Boolean)
        .join(' ');
    case 'watch':
      return WATCH;
    case 'review':
      return REVIEW;
    case 'own':
      return plan.words;
    default:
      return '';
  }
}

const NAMES: Record<RecordField, string> = {
  problem: 'the problem seen',
  baseline: 'what was measured before',
  hypothesis: 'the number that should move',
  campaign: 'the campaign',
  validation: 'how it will be checked',
};

/** What is asked for and still empty, in the words of the form. */
export function stillMissing(record: ChangeRecord, required: { field: string }[]): string[] {
  const fields = new Set(required.map((one) => one.field as RecordField));
  return (Object.keys(NAMES) as RecordField[])
    .filter((field) => fields.has(field) && !record[field]?.trim())
    .map((field) => NAMES[field]);
}

/** Whether a line says nothing of what changed, by the rules of the library. */
export const saysNothing = (subject: string, refused: string[]) =>
  refused.includes(
    subject
      .trim()
      .toLowerCase()
      .replace(/[.!]+$/, ''),
  );

/** What the saved versions of a draft said already, the newest word on each field. */
export function mergedRecord(newestFirst: ChangeRecord[]): ChangeRecord {
  const merged: ChangeRecord = {};
  for (const record of newestFirst)
    for (const field of Object.keys(NAMES) as RecordField[])
      if (!merged[field] && record[field]) merged[field] = record[field];
  return merged;
}

/** A limit on a KPI: so many points worse, and no more. */
export const guardLine = (kpi: { id: string; direction: string; kind: string }, limit: string) =>
  `${kpi.id}${kpi.direction === 'down' ? '<=+' : '>=-'}${limit}${kpi.kind === 'conversion' ? 'pp' : '%'}`;

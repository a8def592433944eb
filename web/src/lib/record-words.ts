/** The lines of a change record, which are kept short for Git, in the words of people. */
import type { Kpi } from '@/api/types';
import { count, date, measure } from './format';
import { sentenceCase } from './words-shown';

type Known = Pick<Kpi, 'id' | 'title' | 'kind' | 'unit' | 'decimals'>;

const titleOf = (id: string, kpis: Pick<Kpi, 'id' | 'title'>[]) =>
  kpis.find((kpi) => kpi.id === id)?.title ?? (id.includes('_') ? sentenceCase(id) : id);

/** `-5%` as `−5 %`, and `+0%` as `unchanged`. */
const moves = (text: string) =>
  text
    .replace(/[+-]0%(?=,|$)/g, 'unchanged')
    .replace(/(^|\s)-(?=\d)/g, '$1−')
    .replace(/(\d)%/g, '$1 %');

/** An expectation with the KPI's title in place of its id: `first_order +8%` as `First order +8 %`. */
export function expectedWords(hypothesis: string, kpis: Pick<Kpi, 'id' | 'title'>[]): string {
  const [first = '', ...rest] = hypothesis.split(' ');
  return moves([titleOf(first, kpis), ...rest].join(' '));
}

/** A value as records tell it: in the KPI’s own unit, so that decimals are taken off already. */
export function valueWords(kpi: Omit<Known, 'id' | 'title'>, value: number): string {
  const told = kpi.decimals === 0 ? kpi : { ...kpi, decimals: 0, unit: kpi.unit.replace(/minor/i, '') };
  return measure(told, value).replace(/\.?0+ %$/, ' %');
}

/** `first_order=0.120 n=16480` as `First order 12 % of 16,480 contacts`. */
export function baselineWords(baseline: string, kpis: Known[]): string {
  const [, id = '', value, n, from, to] =
    /^(\w+)=([\d.]+)(?: n=(\d+))?(?: from=([\d-]+) to=([\d-]+))?$/.exec(baseline.trim()) ?? [];
  const kpi = kpis.find((known) => known.id === id);
  if (!kpi || value === undefined) return baseline;
  const amount = valueWords(kpi, Number(value));
  const whom = /^share of (.+)$/.exec(kpi.unit)?.[1];
  const size = n === undefined ? '' : whom ? ` of ${count(Number(n))} ${whom}` : `, from ${count(Number(n))}`;
  const span = from && to ? `, ${date(from)} to ${date(to)}` : '';
  return `${kpi.title} ${amount}${size}${span}`;
}

/** `ab split=50/50 days=14 goal=click guard=unsubscribe<=+0.3pp` as a sentence. */
export function validationWords(validation: string, kpis: Pick<Kpi, 'id' | 'title'>[]): string {
  return validation
    .replace(/^ab\b/, 'A/B test')
    .replace(/,?\s*\bsplit=(\d+)\/(\d+)/, ', $1 to $2')
    .replace(/,?\s*\bdays=(\d+)/, ', $1 days')
    .replace(/,?\s*\bgoal=(\w+)/g, (_, id: string) => `; goal: ${titleOf(id, kpis)}`)
    .replace(
      /,?\s*\bguard=(\w+)([<>])=[+-]?([\d.]+)(pp|%)/g,
      (_, id: string, way: string, amount: string, unit: string) =>
        `; guard: ${titleOf(id, kpis)} at most ${amount} ${unit} ${way === '<' ? 'higher' : 'lower'}`,
    )
    .replace(/^[;,] /, '');
}

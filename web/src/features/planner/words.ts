import type { AskPlan, Kpi } from '@/api/types';

/** What stands in the form. */
export type Asked = {
  kpi: string;
  lift: string;
  prompt: string;
  baseline: string;
  sd: string;
  daily: string;
  arms: string;
};

/** A number as people type it: `1,500`, `12.5`, `5 %`; nothing where it is none. */
export function numberOf(text: string): number | undefined {
  const plain = text
    .trim()
    .replace(/\s|%/g, '')
    .replace(/,(?=\d{3}\b)/g, '')
    .replace(',', '.');
  const value = Number(plain);
  return plain === '' || Number.isNaN(value) ? undefined : value;
}

/** The question to the server; nothing while the change is no number. */
export function askedOf(fields: Asked, kpi: Kpi): AskPlan | undefined {
  const lift = numberOf(fields.lift);
  if (!lift) return undefined;
  const baseline = numberOf(fields.baseline);
  return {
    kpi: fields.kpi,
    lift: lift / 100,
    prompt: fields.prompt || undefined,
    baseline: baseline === undefined ? undefined : kpi.kind === 'conversion' ? baseline / 100 : baseline,
    sd: numberOf(fields.sd),
    daily_units: numberOf(fields.daily),
    arms: Number(fields.arms),
  };
}

/** Days as one says them: `0.4`, `9`, `120`. */
export const days = (value: number) => (value < 1 ? value.toFixed(1) : String(Math.ceil(value)));

/** A share as a percentage with three digits that count. */
export const percent = (share: number) => `${shownNumber(share * 100)} %`;

/** A number with three digits that count. */
export const shownNumber = (value: number) =>
  value === 0 ? '0' : String(Number(value.toPrecision(Math.abs(value) >= 100 ? 4 : 3)));

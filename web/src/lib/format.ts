/** Numbers, times and KPI values in people's words. */
import type { Kpi, KpiResult } from '@/api/types';

const whole = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });
const dayMonth = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const dayMonthYear = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const clockSeconds = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

export const count = (n: number) => whole.format(n);

/** A size of a file in the unit that fits: `1.5 MB`. */
export function bytes(size: number): string {
  const units = ['B', 'kB', 'MB', 'GB'];
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, size)) / 3));
  const scaled = size / 1000 ** step;
  return `${step === 0 || scaled >= 100 ? Math.round(scaled) : scaled.toFixed(1)} ${units[step]}`;
}

/** `1 prompt`, `2 prompts`. */
export const plural = (n: number, one: string, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;

const sameDay = (a: Date, b: Date) => a.toDateString() === b.toDateString();

/** `3 Sep`, with the year where it is not this one. */
export function date(at: string, now = new Date()): string {
  const when = new Date(at);
  if (Number.isNaN(when.getTime())) return '';
  return when.getFullYear() === now.getFullYear() ? dayMonth.format(when) : dayMonthYear.format(when);
}

/** `10:42`. */
export const time = (at: string) => clock.format(new Date(at));
/** `10:42:07`. */
export const timeExact = (at: string) => clockSeconds.format(new Date(at));

/** A time to be told exactly: `10:42:07` today, else `16 Jun, 17:20`. */
export function moment(at: string, now = new Date()): string {
  const when = new Date(at);
  return sameDay(when, now) ? timeExact(at) : `${date(at, now)}, ${time(at)}`;
}

/** `just now`, `5 min ago`, `today 10:42`, `3 Sep`. */
export function ago(at: string, now = new Date()): string {
  const when = new Date(at);
  if (Number.isNaN(when.getTime())) return '';
  const minutes = Math.floor((now.getTime() - when.getTime()) / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  if (sameDay(when, now)) return `today ${clock.format(when)}`;
  return date(at, now);
}

/** `Today`, `Yesterday`, `3 September 2026`: the heading of a day. */
export function dayHeading(at: string, now = new Date()): string {
  const when = new Date(at);
  if (sameDay(when, now)) return 'Today';
  if (sameDay(when, new Date(now.getTime() - 86_400_000))) return 'Yesterday';
  return new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric' }).format(when);
}

/** How long between two times: `48 seconds`, `11 minutes`. */
export function span(from: string, to: string): string {
  const seconds = Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1000));
  if (seconds < 120) return plural(seconds, 'second');
  if (seconds < 7200) return plural(Math.round(seconds / 60), 'minute');
  if (seconds < 172_800) return plural(Math.round(seconds / 3600), 'hour');
  return plural(Math.round(seconds / 86_400), 'day');
}

/** Basis points as a share: `5 %`, `everyone`. */
export const share = (basisPoints: number) =>
  basisPoints >= 10_000 ? 'everyone' : `${whole.format(basisPoints / 100)} %`;

type Measure = Pick<KpiResult | Kpi, 'kind' | 'unit' | 'decimals'>;

const isRate = (kpi: Measure) => kpi.kind === 'conversion';
const isMoney = (kpi: Measure) => /^(eur|€)/i.test(kpi.unit);
const digits = (kpi: Measure) => (kpi.decimals === 0 && /minor/i.test(kpi.unit) ? 2 : kpi.decimals);

/** A mean per person: `7.94 %`, `€ 23.10`, `4.20`. */
export function measure(kpi: Measure, value: number): string {
  if (isRate(kpi)) return `${(value * 100).toFixed(2)} %`;
  const amount = (value / 10 ** digits(kpi)).toFixed(2);
  return isMoney(kpi) ? `€ ${amount}` : amount;
}

/** A difference in the unit of the chart: percentage points, euro or plain. */
export function inChartUnit(kpi: Measure, value: number): number {
  return isRate(kpi) ? value * 100 : value / 10 ** digits(kpi);
}

/** The chart's unit: `pp`, `€` or nothing. */
export function chartUnit(kpi: Measure): string {
  if (isRate(kpi)) return 'pp';
  return isMoney(kpi) ? '€' : '';
}

/** A signed difference: `+0.02 pp`, `−0.90 pp`. */
export function difference(kpi: Measure, value: number): string {
  const shown = inChartUnit(kpi, value);
  const sign = shown > 0 ? '+' : shown < 0 ? '−' : '';
  const amount = Math.abs(shown).toFixed(2);
  return isMoney(kpi) ? `${sign}€ ${amount}` : `${sign}${amount} ${chartUnit(kpi)}`.trim();
}

/** A name for any JSON value in a table. */
export function plainValue(value: unknown): string {
  if (value === null || value === undefined) return 'not set';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The name in front of an address: `mara.ellingsen@…` becomes `Mara Ellingsen`. */
export function personName(who: string): string {
  const local = who.replace(/<.*>/, '').trim().split('@')[0] ?? who;
  if (!who.includes('@')) return local;
  return local
    .split(/[._-]/)
    .filter(Boolean)
    .map((word) => (word[0] ?? '').toUpperCase() + word.slice(1))
    .join(' ');
}

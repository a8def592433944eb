/** The arithmetic of a chart: linear scales and round ticks. */

export type Scale = (value: number) => number;

/** Maps a range of values to a range of pixels. */
export function linear([low, high]: [number, number], [from, to]: [number, number]): Scale {
  const width = high - low || 1;
  return (value) => from + ((value - low) / width) * (to - from);
}

/** A step of 1, 2 or 5 times a power of ten that gives about `wanted` ticks. */
export function niceStep(width: number, wanted: number): number {
  if (!(width > 0)) return 1;
  const rough = width / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = rough / power;
  if (factor <= 1) return power;
  if (factor <= 2) return 2 * power;
  return factor <= 5 ? 5 * power : 10 * power;
}

/** Round values inside a range. */
export function ticks([low, high]: [number, number], wanted: number): number[] {
  const step = niceStep(high - low, wanted);
  const found: number[] = [];
  for (let n = Math.ceil(low / step - 1e-9); n * step <= high + step * 1e-9; n += 1)
    found.push(n === 0 ? 0 : n * step);
  return found;
}

/** Digits after the point that tell neighbouring ticks apart. */
export const tickDigits = (step: number) => Math.max(0, -Math.floor(Math.log10(step) + 1e-9));

type Band = { difference: number; low: number; high: number };

/**
 * The range to show: it always holds zero, the limit, the line and the newest interval. The wide intervals of the first
 * few people are cut at three times that, since they would flatten everything else.
 */
export function valueRange(points: Band[], limit = 0): [number, number] {
  if (points.length === 0) return [Math.min(-1, 1.2 * limit), Math.max(1, 1.2 * limit)];
  const settled = points.slice(Math.floor(points.length / 3));
  let low = Math.min(0, ...settled.map((p) => p.low));
  let high = Math.max(0, ...settled.map((p) => p.high));
  const last = points.at(-1);
  const reach = last ? 3 * Math.max(Math.abs(last.low), Math.abs(last.high)) : 0;
  if (reach > 0) {
    low = Math.max(low, -reach);
    high = Math.min(high, reach);
  }
  low = Math.min(low, ...settled.map((p) => p.difference));
  high = Math.max(high, ...settled.map((p) => p.difference));
  low = Math.min(low, limit);
  high = Math.max(high, limit);
  const pad = (high - low) * 0.06 || 0.5;
  return [low - pad, high + pad];
}

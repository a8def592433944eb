import { describe, expect, it } from 'vitest';
import { linear, niceStep, tickDigits, ticks, valueRange } from './scale';

describe('linear', () => {
  it('maps both ends and the middle', () => {
    const scale = linear([-1, 1], [100, 0]);
    expect([scale(-1), scale(0), scale(1)]).toEqual([100, 50, 0]);
  });
  it('stays finite for an empty range', () => {
    expect(Number.isFinite(linear([3, 3], [0, 10])(3))).toBe(true);
  });
});

describe('ticks', () => {
  it.each([
    [7, 5, 2],
    [100, 4, 50],
    [0.03, 4, 0.01],
    [0, 4, 1],
  ])('a width of %d in about %d steps goes by %d', (width, wanted, step) => {
    expect(niceStep(width, wanted)).toBeCloseTo(step, 10);
  });
  it('holds zero exactly, and only values inside', () => {
    const found = ticks([-2.3, 1.2], 4);
    expect(found).toContain(0);
    expect(Math.min(...found)).toBeGreaterThanOrEqual(-2.3);
    expect(Math.max(...found)).toBeLessThanOrEqual(1.2);
  });
  it('shows as many digits as tell neighbours apart', () => {
    expect([tickDigits(5), tickDigits(1), tickDigits(0.5), tickDigits(0.02)]).toEqual([0, 0, 1, 2]);
  });
});

describe('valueRange', () => {
  const point = (difference: number, width: number) => ({
    difference,
    low: difference - width,
    high: difference + width,
  });
  it('always holds zero, the line and the newest interval', () => {
    const points = [point(0, 9), point(-2, 4), point(-2, 1), point(-2.2, 0.5)];
    const [low, high] = valueRange(points);
    expect(high).toBeGreaterThan(0);
    expect(low).toBeLessThan(-2.7);
  });
  it('does not let the first wide intervals flatten the rest', () => {
    const points = [point(0, 500), point(0, 3), point(0.2, 1), point(0.2, 0.4)];
    expect(valueRange(points)[1]).toBeLessThan(5);
  });
  it('has a range before there is anything to show', () => {
    expect(valueRange([])).toEqual([-1, 1]);
  });
});

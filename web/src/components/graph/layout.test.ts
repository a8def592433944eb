import { describe, expect, it } from 'vitest';
import { labelSize, layOut, neighbour, path } from './layout';

const size = { width: 100, height: 40 };
const line = (from: string, to: string, label?: string) => ({ id: `${from}${to}`, from, to, label });

describe('a layout', () => {
  const lines = [line('a', 'b'), line('a', 'c'), line('b', 'd'), line('a', 'd', 'when all is well')];

  it('puts each box beyond what leads to it, along the flow', () => {
    const right = layOut(['a', 'b', 'c', 'd'], lines, 'right', size);
    for (const { from, to } of lines)
      expect(right.boxes.get(to)?.x).toBeGreaterThanOrEqual((right.boxes.get(from)?.x ?? 0) + size.width);
    const down = layOut(['a', 'b', 'c', 'd'], lines, 'down', size);
    for (const { from, to } of lines)
      expect(down.boxes.get(to)?.y).toBeGreaterThanOrEqual((down.boxes.get(from)?.y ?? 0) + size.height);
  });

  it('lets no two boxes overlap, and holds them all', () => {
    const ids = Array.from({ length: 60 }, (_, at) => `n${at}`);
    const many = ids.slice(1).map((id, at) => line(`n${Math.floor(at / 5)}`, id));
    const { boxes, width, height } = layOut(ids, many, 'right', size);
    const all = [...boxes.values()];
    for (const [at, a] of all.entries()) {
      expect(a.x).toBeGreaterThanOrEqual(0);
      expect(a.x + size.width).toBeLessThanOrEqual(width);
      expect(a.y + size.height).toBeLessThanOrEqual(height);
      for (const b of all.slice(at + 1))
        expect(Math.abs(a.x - b.x) >= size.width || Math.abs(a.y - b.y) >= size.height).toBe(true);
    }
  });

  it('is the same for the same input, and stands circles and lines to nowhere', () => {
    const circle = [line('a', 'b'), line('b', 'a'), line('b', 'b'), line('a', 'gone')];
    expect(layOut(['a', 'b'], circle, 'right', size)).toEqual(layOut(['a', 'b'], circle, 'right', size));
    expect(layOut([], [], 'right', size).boxes.size).toBe(0);
  });

  it('keeps room for labels', () => {
    const { labels } = layOut(['a', 'b', 'c', 'd'], lines, 'down', size);
    expect([...labels.keys()]).toEqual(['ad']);
    expect(labelSize('x'.repeat(60)).height).toBeGreaterThan(labelSize('x').height);
  });
});

describe('arrow keys', () => {
  const boxes = new Map([
    ['a', { x: 0, y: 100 }],
    ['b', { x: 200, y: 0 }],
    ['c', { x: 200, y: 110 }],
    ['d', { x: 400, y: 105 }],
  ]);
  it.each([
    ['a', 'ArrowRight', 'c'],
    ['c', 'ArrowUp', 'b'],
    ['b', 'ArrowDown', 'c'],
    ['d', 'ArrowLeft', 'c'],
    ['a', 'ArrowLeft', undefined],
    ['gone', 'ArrowLeft', undefined],
  ] as const)('from %s with %s to %s', (from, arrow, to) => {
    expect(neighbour(boxes, from, arrow)).toBe(to);
  });

  it('reach every box from the first by going right, up and down', () => {
    const reached = new Set(['a']);
    for (const id of reached)
      for (const arrow of ['ArrowRight', 'ArrowUp', 'ArrowDown', 'ArrowLeft'] as const) {
        const next = neighbour(boxes, id, arrow);
        if (next) reached.add(next);
      }
    expect(reached.size).toBe(4);
  });
});

it.each([
  [[], ''],
  [[{ x: 0, y: 0 }], ''],
  [
    [
      { x: 0, y: 0 },
      { x: 2, y: 2 },
    ],
    'M0,0L2,2',
  ],
  [
    [
      { x: 0, y: 0 },
      { x: 2, y: 2 },
      { x: 4, y: 0 },
    ],
    'M0,0Q2,2 4,0',
  ],
])('draws a line through %j', (points, drawn) => expect(path(points)).toBe(drawn));

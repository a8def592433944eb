import { expect, test } from 'vitest';
import type { Journeys } from '@/api/types';
import { layOut } from './flow';

const journeys = {
  steps: [
    { step: 0, name: 'ads', journeys: 60, conversions: 20 },
    { step: 0, name: 'email', journeys: 40, conversions: 5 },
    { step: 1, name: 'email', journeys: 60, conversions: 20 },
    { step: 5, name: 'converted', journeys: 25, conversions: 25 },
    { step: 5, name: 'left', journeys: 75, conversions: 0 },
  ],
  links: [
    { from: 0, to: 2, journeys: 60 },
    { from: 1, to: 3, journeys: 5 },
    { from: 1, to: 4, journeys: 35 },
    { from: 2, to: 3, journeys: 20 },
    { from: 2, to: 4, journeys: 40 },
  ],
} as Journeys;

test('boxes stand in columns and are as high as many journeys come by', () => {
  const { boxes } = layOut(journeys, 600, 208);
  expect(boxes.map((box) => box.x)).toEqual([0, 0, 294, 588, 588]);
  expect(boxes.map((box) => box.height)).toEqual([120, 80, 120, 50, 150]);
  expect(boxes[1]?.y).toBe(128);
  expect(boxes[4]?.y).toBe(0);
});

test('ribbons fill the boxes they come from and go to', () => {
  const { boxes, ribbons } = layOut(journeys, 600, 208);
  for (const box of boxes) {
    const out = ribbons.filter((one) => one.from === box).reduce((sum, one) => sum + one.height, 0);
    const into = ribbons.filter((one) => one.to === box).reduce((sum, one) => sum + one.height, 0);
    if (box.step < 5) expect(out).toBeCloseTo(box.height);
    if (box.step > 0) expect(into).toBeCloseTo(box.height);
  }
});

import type { Journeys } from '@/api/types';

export type Box = {
  x: number;
  y: number;
  width: number;
  height: number;
  name: string;
  step: number;
  journeys: number;
  conversions: number;
};
export type Ribbon = { from: Box; to: Box; y0: number; y1: number; height: number; journeys: number };

const WIDTH = 12;
const GAP = 8;

/** Lays the flow out: a column for each step, boxes as high as many journeys come by, ribbons between them. */
export function layOut(
  journeys: Journeys,
  width: number,
  height: number,
): { boxes: Box[]; ribbons: Ribbon[] } {
  const columns = [...new Set(journeys.steps.map((step) => step.step))].sort((a, b) => a - b);
  const of = (step: number) => journeys.steps.filter((one) => one.step === step);
  const most = Math.max(...columns.map((step) => of(step).reduce((sum, one) => sum + one.journeys, 0)), 1);
  const crowded = Math.max(...columns.map((step) => of(step).length), 1);
  const scale = Math.max(0, height - GAP * (crowded - 1)) / most;
  const boxes: Box[] = journeys.steps.map(() => ({
    x: 0,
    y: 0,
    width: WIDTH,
    height: 0,
    name: '',
    step: 0,
    journeys: 0,
    conversions: 0,
  }));
  for (const [column, step] of columns.entries()) {
    const x = columns.length > 1 ? (column * (width - WIDTH)) / (columns.length - 1) : 0;
    let y = 0;
    const placed = journeys.steps
      .map((one, at) => ({ one, at }))
      .filter(({ one }) => one.step === step)
      .sort((a, b) => b.one.journeys - a.one.journeys || a.one.name.localeCompare(b.one.name));
    for (const { one, at } of placed) {
      const high = Math.max(1, one.journeys * scale);
      boxes[at] = {
        x,
        y,
        width: WIDTH,
        height: high,
        name: one.name,
        step,
        journeys: one.journeys,
        conversions: one.conversions,
      };
      y += high + GAP;
    }
  }
  return { boxes, ribbons: ribbons(journeys, boxes, scale) };
}

function ribbons(journeys: Journeys, boxes: Box[], scale: number): Ribbon[] {
  const outward = boxes.map(() => 0);
  const inward = boxes.map(() => 0);
  const order = [...journeys.links].sort(
    (a, b) =>
      (boxes[a.to]?.y ?? 0) - (boxes[b.to]?.y ?? 0) || (boxes[a.from]?.y ?? 0) - (boxes[b.from]?.y ?? 0),
  );
  const found: Ribbon[] = [];
  for (const link of order) {
    const [from, to] = [boxes[link.from], boxes[link.to]];
    if (!from || !to) continue;
    const height = Math.max(0.5, link.journeys * scale);
    found.push({
      from,
      to,
      y0: from.y + (outward[link.from] ?? 0),
      y1: to.y + (inward[link.to] ?? 0),
      height,
      journeys: link.journeys,
    });
    outward[link.from] = (outward[link.from] ?? 0) + height;
    inward[link.to] = (inward[link.to] ?? 0) + height;
  }
  return found;
}

/** Where the boxes and lines of a drawing stand. Knows numbers only; the same input gives the same drawing. */
import dagre from '@dagrejs/dagre';

export type Flow = 'right' | 'down';
export type Line = { id: string; from: string; to: string; label?: string };
export type Point = { x: number; y: number };
export type Laid = {
  /** The upper left corner of each box. */
  boxes: Map<string, Point>;
  /** The points a line runs through. */
  ways: Map<string, Point[]>;
  /** The middle of a line's label, where it has one. */
  labels: Map<string, Point>;
  width: number;
  height: number;
};
export type Size = { width: number; height: number };

export const LABEL_WIDTH_MAX = 190;
const LETTER = 6.1;

/** The room a label needs, broken into lines. */
export function labelSize(text: string): Size {
  const width = text.length * LETTER + 14;
  const lines = Math.ceil(width / LABEL_WIDTH_MAX);
  return { width: Math.min(width, LABEL_WIDTH_MAX), height: lines * 15 + 4 };
}

/** Lays boxes of one size out in layers, so that lines run along the flow and cross as little as may be. */
export function layOut(
  ids: string[],
  lines: Line[],
  flow: Flow,
  size: Size,
  gap = { along: 72, across: 14 },
): Laid {
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({
    rankdir: flow === 'right' ? 'LR' : 'TB',
    ranksep: gap.along,
    nodesep: gap.across,
    edgesep: 10,
    marginx: 12,
    marginy: 12,
  });
  graph.setDefaultEdgeLabel(() => ({}));
  const known = new Set(ids);
  for (const id of ids) graph.setNode(id, { ...size });
  for (const line of lines)
    if (known.has(line.from) && known.has(line.to))
      graph.setEdge(
        line.from,
        line.to,
        line.label ? { ...labelSize(line.label), labelpos: 'c' } : {},
        line.id,
      );
  dagre.layout(graph);
  const boxes = new Map<string, Point>();
  let width = 0;
  let height = 0;
  for (const id of ids) {
    const { x, y } = graph.node(id) as Point;
    const corner = { x: Math.round(x - size.width / 2), y: Math.round(y - size.height / 2) };
    boxes.set(id, corner);
    width = Math.max(width, corner.x + size.width + 12);
    height = Math.max(height, corner.y + size.height + 12);
  }
  const ways = new Map<string, Point[]>();
  const labels = new Map<string, Point>();
  for (const line of lines)
    if (known.has(line.from) && known.has(line.to)) {
      const drawn = graph.edge(line.from, line.to, line.id) as { points?: Point[] } & Partial<Point>;
      ways.set(line.id, drawn.points ?? []);
      if (line.label && drawn.x !== undefined && drawn.y !== undefined)
        labels.set(line.id, { x: drawn.x, y: drawn.y });
    }
  return { boxes, ways, labels, width, height };
}

export type Arrow = 'ArrowRight' | 'ArrowLeft' | 'ArrowUp' | 'ArrowDown';

/**
 * The box an arrow key leads to: the nearest one that lies that way, where going astray sideways
 * counts double. Nothing where there is none.
 */
export function neighbour(boxes: ReadonlyMap<string, Point>, from: string, arrow: Arrow): string | undefined {
  const here = boxes.get(from);
  if (!here) return undefined;
  const upright = arrow === 'ArrowUp' || arrow === 'ArrowDown';
  const sign = arrow === 'ArrowRight' || arrow === 'ArrowDown' ? 1 : -1;
  let best: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const [id, there] of boxes) {
    const along = sign * (upright ? there.y - here.y : there.x - here.x);
    const astray = Math.abs(upright ? there.x - here.x : there.y - here.y);
    if (id === from || along <= 4) continue;
    const far = along + 2 * astray;
    if (far < least) {
      best = id;
      least = far;
    }
  }
  return best;
}

/** A line through points, rounded at each. */
export function path(points: Point[]): string {
  const [first, ...rest] = points;
  const last = rest.at(-1);
  if (!first || !last) return '';
  let drawn = `M${first.x},${first.y}`;
  for (let at = 0; at < rest.length - 1; at += 1) {
    const bend = rest[at];
    const next = rest[at + 1];
    if (!bend || !next) continue;
    const end = at === rest.length - 2 ? next : { x: (bend.x + next.x) / 2, y: (bend.y + next.y) / 2 };
    drawn += `Q${bend.x},${bend.y} ${end.x},${end.y}`;
  }
  return rest.length === 1 ? `${drawn}L${last.x},${last.y}` : drawn;
}

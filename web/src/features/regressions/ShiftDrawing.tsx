import { useElementSize } from '@mantine/hooks';
import type { Regression } from '@/api/types';
import { inChartUnit } from '@/lib/format';
import { linear, niceStep, tickDigits, ticks } from '@/lib/scale';

const HEIGHT = 170;
const EDGE = { top: 18, right: 14, bottom: 26, left: 52 };

/** One place of a series: when, what came, and what is usual then. */
export interface Place {
  at: number;
  value: number;
  usual?: number | null;
}

interface Shift {
  regression: Regression;
  places: Place[];
  /** The first place that is different, and those on which it may have begun, in milliseconds. */
  change: number;
  between: [number, number];
  /** Half the length of a place. */
  half: number;
  /** The level before and since; left out where the usual value is drawn. */
  levels: boolean;
  label: string;
  word: (at: number) => string;
  changeWord: string;
}

/** A series with the place on which it changed. */
export function ShiftDrawing({ regression: one, places, change: began, between, half, ...more }: Shift) {
  const { ref, width: measured } = useElementSize<HTMLDivElement>();
  const width = Math.max(260, measured || 640);
  const unit = (value: number) => inChartUnit(one, value);
  const first = places[0];
  const last = places.at(-1);
  if (!first || !last) return null;
  const known = places.filter((place) => place.usual != null);
  const values = [...places.map((place) => place.value), ...known.map((place) => place.usual ?? 0)].map(unit);
  const [low, high] = [Math.min(0, ...values), Math.max(...values)];
  const domainY: [number, number] = [low, high + (high - low) * 0.08 || 1];
  const x = linear([first.at, last.at], [EDGE.left, width - EDGE.right]);
  const y = linear(domainY, [HEIGHT - EDGE.bottom, EDGE.top]);
  const step = niceStep(domainY[1] - domainY[0], 4);
  const suffix = one.kind === 'conversion' ? ' %' : '';
  const change = Math.max(first.at, began);
  const [from, to] = [Math.max(first.at, between[0]), Math.min(last.at, between[1])];
  const level = (value: number, a: number, b: number) => (
    <line x1={x(a)} x2={x(b)} y1={y(unit(value))} y2={y(unit(value))} className="level" />
  );
  const path = (all: { at: number; value: number }[]) =>
    `M${all.map((place) => `${x(place.at)},${y(unit(place.value))}`).join('L')}`;
  const right = x(change) > width * 0.6;
  return (
    <div ref={ref}>
      <svg width={width} height={HEIGHT} role="img" aria-label={more.label} className="chart-svg">
        {ticks(domainY, 4).map((value) => (
          <g key={value}>
            <line
              x1={EDGE.left}
              x2={width - EDGE.right}
              y1={y(value)}
              y2={y(value)}
              className={value === 0 ? 'axis-zero' : 'axis-line'}
            />
            <text x={EDGE.left - 8} y={y(value) + 4} textAnchor="end">
              {`${value.toFixed(tickDigits(step))}${suffix}`}
            </text>
          </g>
        ))}
        <rect
          x={x(from - half)}
          y={EDGE.top}
          width={Math.max(2, x(to + half) - x(from - half))}
          height={HEIGHT - EDGE.bottom - EDGE.top}
          className="change-span"
        />
        {known.length > 1 && (
          <path d={path(known.map(({ at, usual }) => ({ at, value: usual ?? 0 })))} className="usual" />
        )}
        <path d={path(places)} className="line" />
        {more.levels && level(one.before, first.at, change)}
        {more.levels && level(one.after, change, last.at)}
        <g className="marker">
          <line x1={x(change)} x2={x(change)} y1={EDGE.top} y2={HEIGHT - EDGE.bottom} />
          <text x={x(change) + (right ? -8 : 8)} y={EDGE.top - 4} textAnchor={right ? 'end' : 'start'}>
            {`changed ${more.changeWord}`}
          </text>
        </g>
        <text x={EDGE.left} y={HEIGHT - 8}>
          {more.word(first.at)}
        </text>
        <text x={width - EDGE.right} y={HEIGHT - 8} textAnchor="end">
          {more.word(last.at)}
        </text>
      </svg>
    </div>
  );
}

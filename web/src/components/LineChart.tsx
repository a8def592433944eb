import { Button } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useState } from 'react';
import { linear, niceStep, tickDigits, ticks } from '@/lib/scale';
import './chart.css';
import './line-chart.css';

const HEIGHT = 250;
const EDGE = { top: 18, right: 16, bottom: 30, left: 60 };
const HUES = 6;

export type LinePoint = { x: number; y: number; low?: number; high?: number; open?: boolean };
export type ChartLine = { label: string; points: LinePoint[] };
export type LineMarker = { x: number; title: string };

/** Lines with bands over time or weeks; `table` says the same in words. */
export function LineChart({
  title,
  lines,
  markers = [],
  sayX,
  sayY,
  table,
  extra,
}: {
  title: string;
  lines: ChartLine[];
  markers?: LineMarker[];
  sayX: (x: number) => string;
  sayY: (y: number, digits: number) => string;
  table: React.ReactNode;
  extra?: React.ReactNode;
}) {
  const [asTable, setAsTable] = useState(false);
  return (
    <figure className="chart">
      {asTable ? (
        <section className="scroll-x chart-table" tabIndex={0} aria-label={`${title}, as a table`}>
          {table}
        </section>
      ) : (
        <Drawing title={title} lines={lines} markers={markers} sayX={sayX} sayY={sayY} />
      )}
      {lines.length > 1 && !asTable && (
        <ul className="line-legend" aria-label="Lines">
          {lines.map((line, place) => (
            <li key={line.label} className={`hue-${place % HUES}`}>
              <svg width="22" height="8" aria-hidden="true">
                <line x1="0" x2="22" y1="4" y2="4" className="line-stroke" />
              </svg>
              {line.label}
            </li>
          ))}
        </ul>
      )}
      <figcaption className="row">
        <Button variant="subtle" size="compact-sm" onClick={() => setAsTable(!asTable)}>
          {asTable ? 'Show as a chart' : 'Show as a table'}
        </Button>
        {extra}
      </figcaption>
    </figure>
  );
}

type DrawingProps = Pick<Parameters<typeof LineChart>[0], 'title' | 'lines' | 'sayX' | 'sayY'> & {
  markers: LineMarker[];
};

function Drawing({ title, lines, markers, sayX, sayY }: DrawingProps) {
  const { ref, width: measured } = useElementSize<HTMLDivElement>();
  const width = Math.max(260, measured || 640);
  const points = lines.flatMap((line) => line.points);
  const xs = [...points.map((point) => point.x), ...markers.map((marker) => marker.x)];
  const domainX: [number, number] = [Math.min(...xs), Math.max(...xs)];
  const top = Math.max(...points.map((point) => point.y), ...settled(points)) * 1.06 || 1;
  const bottom = Math.min(0, ...points.map((point) => point.y));
  const x = linear(domainX, [EDGE.left, width - EDGE.right]);
  const y = linear([bottom, top], [HEIGHT - EDGE.bottom, EDGE.top]);
  const clipped = (value: number) => y(Math.min(top, Math.max(bottom, value)));
  const digits = tickDigits(niceStep(top - bottom, 5));
  const shownX = [...new Set(points.map((point) => point.x))].sort((a, b) => a - b);
  const every = Math.max(1, Math.ceil(shownX.length / (width < 420 ? 3 : 6)));
  return (
    <div ref={ref}>
      <svg width={width} height={HEIGHT} role="img" aria-label={title} className="chart-svg">
        {ticks([bottom, top], 5).map((value) => (
          <g key={value}>
            <line
              x1={EDGE.left}
              x2={width - EDGE.right}
              y1={y(value)}
              y2={y(value)}
              className={value === 0 ? 'axis-zero' : 'axis-line'}
            />
            <text x={EDGE.left - 8} y={y(value) + 4} textAnchor="end">
              {sayY(value, digits)}
            </text>
          </g>
        ))}
        {shownX
          .filter((_, place) => place % every === 0)
          .map((value) => (
            <text key={value} x={x(value)} y={HEIGHT - 8} textAnchor="middle">
              {sayX(value)}
            </text>
          ))}
        {markers.map((marker) => (
          <g key={`${marker.x} ${marker.title}`} className="happened">
            <title>{marker.title}</title>
            <line x1={x(marker.x)} x2={x(marker.x)} y1={EDGE.top} y2={HEIGHT - EDGE.bottom} />
          </g>
        ))}
        {lines.map((line, place) => (
          <g key={line.label} className={`hue-${place % HUES}`}>
            <path d={bandOf(line.points, x, clipped)} className="line-band" />
            <path d={pathOf(line.points, x, clipped)} className="line-stroke" />
            {line.points.map((point) => (
              <circle
                key={point.x}
                cx={x(point.x)}
                cy={clipped(point.y)}
                r={point.open ? 3.5 : 2.5}
                className={point.open ? 'line-open' : 'line-dot'}
              />
            ))}
          </g>
        ))}
      </svg>
    </div>
  );
}

/** The upper ends of bands that are not much wider than the line is high. */
const settled = (points: LinePoint[]) =>
  points.flatMap((point) => (point.high !== undefined && point.high < 3 * point.y ? [point.high] : []));

type Px = (value: number) => number;

const pathOf = (points: LinePoint[], x: Px, y: Px) =>
  points.length ? `M${points.map((point) => `${x(point.x)},${y(point.y)}`).join('L')}` : '';

function bandOf(points: LinePoint[], x: Px, y: Px): string {
  const known = points.filter((point) => point.low !== undefined && point.high !== undefined);
  if (known.length < 2) return '';
  const high = known.map((point) => `${x(point.x)},${y(point.high ?? point.y)}`);
  const low = [...known].reverse().map((point) => `${x(point.x)},${y(point.low ?? point.y)}`);
  return `M${high.join('L')}L${low.join('L')}Z`;
}

import { Button } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useState } from 'react';
import type { KpiResult } from '@/api/types';
import { chartUnit, count, difference, inChartUnit, timeExact } from '@/lib/format';
import { linear, niceStep, tickDigits, ticks, valueRange } from '@/lib/scale';
import './chart.css';
import { unmarked } from '@/lib/words-shown';
import { PlainTable } from './PlainTable';

const HEIGHT = 236;
const TICKS = 8;
const EDGE = { top: 22, right: 14, bottom: 30, left: 58 };

export type Marker = { units: number; title: string };
/** Where the guard's limit lies, in the unit of the chart. */
export type Limit = { value: number; title: string; harm: 'up' | 'down' };

/** The difference over exposed people with its always-valid band. The table says the same without looking. */
export function BandChart({
  kpi,
  marker,
  limit,
  extra,
}: {
  kpi: KpiResult;
  marker?: Marker;
  limit?: Limit;
  extra?: React.ReactNode;
}) {
  const [table, setTable] = useState(false);
  return (
    <figure className="chart">
      {table ? <PointTable kpi={kpi} /> : <Drawing kpi={kpi} marker={marker} limit={limit} />}
      <figcaption className="row">
        <Button variant="subtle" size="compact-sm" onClick={() => setTable(!table)}>
          {table ? 'Show as a chart' : 'Show as a table'}
        </Button>
        {extra}
      </figcaption>
    </figure>
  );
}

function Drawing({ kpi, marker, limit }: { kpi: KpiResult; marker?: Marker; limit?: Limit }) {
  const { ref, width: measured } = useElementSize<HTMLDivElement>();
  const width = Math.max(260, measured || 640);
  const unit = chartUnit(kpi);
  const points = kpi.series.map((point) => ({
    units: point.units,
    difference: inChartUnit(kpi, point.difference),
    low: inChartUnit(kpi, point.low),
    high: inChartUnit(kpi, point.high),
  }));
  const last = points.at(-1);
  const domainX: [number, number] = [0, Math.max(100, (last?.units ?? 0) * 1.18)];
  const domainY = valueRange(points, limit?.value);
  const x = linear(domainX, [EDGE.left, width - EDGE.right]);
  const y = linear(domainY, [HEIGHT - EDGE.bottom, EDGE.top]);
  const clipped = (value: number) => y(Math.min(domainY[1], Math.max(domainY[0], value)));
  const stepY = niceStep(domainY[1] - domainY[0], TICKS);
  const label = (value: number) => {
    const shown = Math.abs(value).toFixed(tickDigits(stepY));
    return value === 0 ? '0' : `${value > 0 ? '+' : '−'}${shown} ${unit}`.trim();
  };
  const band = points.length
    ? `M${points.map((p) => `${x(p.units)},${clipped(p.high)}`).join('L')}L${[...points]
        .reverse()
        .map((p) => `${x(p.units)},${clipped(p.low)}`)
        .join('L')}Z`
    : '';
  const line = points.length
    ? `M${points.map((p) => `${x(p.units)},${clipped(p.difference)}`).join('L')}`
    : '';
  const markerX = marker ? x(marker.units) : 0;
  const atMarker = marker && (points.findLast((point) => point.units <= marker.units) ?? last);
  const roomAtEnd = width - EDGE.right - x(last?.units ?? 0) > 96;
  const markerLeft = markerX > width * 0.62;
  return (
    <div ref={ref}>
      <svg
        width={width}
        height={HEIGHT}
        role="img"
        aria-label={unmarked(`${kpi.title}: ${kpi.sentence}`)}
        className="chart-svg"
      >
        {ticks(domainY, TICKS).map((value) => (
          <g key={value}>
            <line
              x1={EDGE.left}
              x2={width - EDGE.right}
              y1={y(value)}
              y2={y(value)}
              className={value === 0 ? 'axis-zero' : 'axis-line'}
            />
            <text x={EDGE.left - 8} y={y(value) + 4} textAnchor="end">
              {label(value)}
            </text>
          </g>
        ))}
        {ticks(domainX, width < 420 ? 4 : 5)
          .filter((value) => value > 0 && x(value) < width - 62)
          .map((value) => (
            <text key={value} x={x(value)} y={HEIGHT - 8} textAnchor="middle">
              {count(value)}
            </text>
          ))}
        <text x={width - EDGE.right} y={HEIGHT - 8} textAnchor="end">
          people
        </text>
        <path d={band} className="band" />
        <line x1={EDGE.left} x2={width - EDGE.right} y1={y(0)} y2={y(0)} className="axis-zero" />
        {limit && (
          <g className="limit">
            <line
              x1={EDGE.left}
              x2={width - EDGE.right}
              y1={clipped(limit.value)}
              y2={clipped(limit.value)}
            />
            <text
              x={roomAtEnd ? width - EDGE.right : EDGE.left + 6}
              y={clipped(limit.value) + (limit.harm === 'up' ? 15 : -6)}
              textAnchor={roomAtEnd ? 'end' : 'start'}
            >
              {limit.title}
            </text>
          </g>
        )}
        <path d={line} className="line" />
        {last && !marker && <circle cx={x(last.units)} cy={clipped(last.difference)} r="4" className="end" />}
        {marker && (
          <g className="marker">
            <line x1={markerX} x2={markerX} y1={EDGE.top - 6} y2={HEIGHT - EDGE.bottom} />
            {atMarker && <circle cx={markerX} cy={clipped(atMarker.difference)} r="4" className="end harm" />}
            <text
              x={markerX + (markerLeft ? -8 : 8)}
              y={EDGE.top - 2}
              textAnchor={markerLeft ? 'end' : 'start'}
            >
              {marker.title}
            </text>
          </g>
        )}
        {points.length === 0 && (
          <text x={(EDGE.left + width) / 2} y={y(0) - 30} textAnchor="middle" className="waiting">
            {width < 420 ? 'Collecting.' : 'Collecting. The line begins with the first answers.'}
          </text>
        )}
      </svg>
    </div>
  );
}

function PointTable({ kpi }: { kpi: KpiResult }) {
  const rows = [...kpi.series].reverse().map((point) => ({
    key: point.units,
    cells: [
      timeExact(point.at),
      count(point.units),
      difference(kpi, point.difference),
      difference(kpi, point.low),
      difference(kpi, point.high),
    ],
  }));
  return (
    <PlainTable
      label={`${kpi.title}, as a table`}
      className="chart-table"
      columns={['Time', 'People', 'Difference', 'At least', 'At most']}
      rows={rows}
    />
  );
}

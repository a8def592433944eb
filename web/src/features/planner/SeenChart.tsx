import { Button } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useState } from 'react';
import type { RolloutForecast } from '@/api/types';
import { count } from '@/lib/format';
import { linear, ticks } from '@/lib/scale';
import { percent } from './words';
import '@/components/chart.css';
import './planner.css';

const HEIGHT = 236;
const EDGE = { top: 18, right: 18, bottom: 30, left: 58 };

/** The smallest change that is seen by which day, with what is wanted; the table says the same. */
export function SeenChart({ plan, wanted }: { plan: RolloutForecast; wanted: number }) {
  const [table, setTable] = useState(false);
  return (
    <figure className="chart">
      {table ? <Table plan={plan} /> : <Drawing plan={plan} wanted={wanted} />}
      <figcaption className="row">
        <Button variant="subtle" size="compact-sm" onClick={() => setTable(!table)}>
          {table ? 'Show as a chart' : 'Show as a table'}
        </Button>
      </figcaption>
    </figure>
  );
}

function Drawing({ plan, wanted }: { plan: RolloutForecast; wanted: number }) {
  const { ref, width: measured } = useElementSize<HTMLDivElement>();
  const width = Math.max(260, measured || 640);
  const needed = plan.any_time.days ?? 0;
  const last = plan.curve.find((point) => point.day >= needed * 1.4)?.day ?? plan.curve.at(-1)?.day ?? 14;
  const points = plan.curve.filter((point) => point.day <= Math.max(14, last));
  // The first days see giant changes only, which would flatten everything else.
  const top = Math.min(points[0]?.lift ?? 1, Math.max(wanted * 4, (points[2] ?? points[0])?.lift ?? 1));
  const x = linear([0, points.at(-1)?.day ?? 14], [EDGE.left, width - EDGE.right]);
  const y = linear([0, top], [HEIGHT - EDGE.bottom, EDGE.top]);
  const shown = points.filter((point) => point.lift <= top * 1.001);
  const line = shown.map((point) => `${x(point.day)},${y(point.lift)}`).join('L');
  const meets = needed > 0 && needed <= (points.at(-1)?.day ?? 0);
  return (
    <div ref={ref}>
      <svg
        width={width}
        height={HEIGHT}
        role="img"
        aria-label={`The smallest change seen falls from ${percent(points[0]?.lift ?? 0)} after a day to ${percent(points.at(-1)?.lift ?? 0)} after ${points.at(-1)?.day ?? 0} days.`}
        className="chart-svg"
      >
        {ticks([0, top], 5).map((value) => (
          <g key={value}>
            <line x1={EDGE.left} x2={width - EDGE.right} y1={y(value)} y2={y(value)} className="axis-line" />
            <text x={EDGE.left - 8} y={y(value) + 4} textAnchor="end">
              {percent(value)}
            </text>
          </g>
        ))}
        {ticks([0, points.at(-1)?.day ?? 14], width < 420 ? 4 : 7)
          .filter((value) => Number.isInteger(value) && x(value) < width - 60)
          .map((value) => (
            <text key={value} x={x(value)} y={HEIGHT - 8} textAnchor="middle">
              {value}
            </text>
          ))}
        <text x={width - EDGE.right} y={HEIGHT - 8} textAnchor="end">
          days
        </text>
        {wanted <= top && (
          <g className="wanted">
            <line x1={EDGE.left} x2={width - EDGE.right} y1={y(wanted)} y2={y(wanted)} />
            <text x={width - EDGE.right} y={y(wanted) - 6} textAnchor="end">
              {`wanted: ${percent(wanted)}`}
            </text>
          </g>
        )}
        {line && <path d={`M${line}`} className="line" />}
        {meets && wanted <= top && <circle cx={x(needed)} cy={y(wanted)} r="4" className="end" />}
      </svg>
    </div>
  );
}

function Table({ plan }: { plan: RolloutForecast }) {
  return (
    <section className="scroll-x chart-table" tabIndex={0} aria-label="What is seen by when, as a table">
      <table className="plain">
        <thead>
          <tr>
            <th scope="col" className="num">
              Days
            </th>
            <th scope="col" className="num">
              People
            </th>
            <th scope="col" className="num">
              Smallest change seen
            </th>
          </tr>
        </thead>
        <tbody>
          {plan.curve.map((point) => (
            <tr key={point.day}>
              <td className="num">{point.day}</td>
              <td className="num">{count(point.units)}</td>
              <td className="num">{percent(point.lift)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

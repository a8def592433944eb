import { useElementSize } from '@mantine/hooks';
import type { Regression } from '@/api/types';
import { ChartFigure, ChartTable } from '@/components/ChartFigure';
import { count, date, inChartUnit, measure } from '@/lib/format';
import { linear, niceStep, tickDigits, ticks } from '@/lib/scale';
import { unmarked } from '@/lib/words-shown';

const HEIGHT = 170;
const EDGE = { top: 18, right: 14, bottom: 26, left: 52 };

/** The days of a series with the day on which it changed; the table says the same. */
export function SeriesChart({ regression: one }: { regression: Regression }) {
  const days = one.series.filter((day) => day.value != null);
  return (
    <ChartFigure
      chart={<Drawing regression={one} />}
      table={
        <ChartTable
          title={`${one.kpi_title}, day by day`}
          head={['Day', one.per_exposure ? 'Exposures' : 'Days', 'Outcomes', 'Mean']}
          rows={[...days]
            .reverse()
            .map((day) => [day.day, count(day.units), count(day.outcomes), measure(one, day.value ?? 0)])}
        />
      }
    />
  );
}

const at = (day: string) => Date.parse(`${day}T00:00:00Z`) / 86_400_000;

function Drawing({ regression: one }: { regression: Regression }) {
  const { ref, width: measured } = useElementSize<HTMLDivElement>();
  const width = Math.max(260, measured || 640);
  const points = one.series
    .filter((day) => day.value != null)
    .map((day) => ({ at: at(day.day), value: inChartUnit(one, day.value ?? 0) }));
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last) return null;
  const values = points.map((point) => point.value);
  const [low, high] = [Math.min(0, ...values), Math.max(...values)];
  const domainY: [number, number] = [low, high + (high - low) * 0.08 || 1];
  const x = linear([first.at, last.at], [EDGE.left, width - EDGE.right]);
  const y = linear(domainY, [HEIGHT - EDGE.bottom, EDGE.top]);
  const step = niceStep(domainY[1] - domainY[0], 4);
  const unit = one.kind === 'conversion' ? ' %' : '';
  const change = Math.max(first.at, at(one.day));
  const [from, to] = [Math.max(first.at, at(one.earliest)), Math.min(last.at, at(one.latest))];
  const level = (value: number, a: number, b: number) => (
    <line
      x1={x(a)}
      x2={x(b)}
      y1={y(inChartUnit(one, value))}
      y2={y(inChartUnit(one, value))}
      className="level"
    />
  );
  const right = x(change) > width * 0.6;
  return (
    <div ref={ref}>
      <svg width={width} height={HEIGHT} role="img" aria-label={unmarked(one.sentence)} className="chart-svg">
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
              {`${value.toFixed(tickDigits(step))}${unit}`}
            </text>
          </g>
        ))}
        <rect
          x={x(from - 0.5)}
          y={EDGE.top}
          width={Math.max(2, x(to + 0.5) - x(from - 0.5))}
          height={HEIGHT - EDGE.bottom - EDGE.top}
          className="change-span"
        />
        <path d={`M${points.map((p) => `${x(p.at)},${y(p.value)}`).join('L')}`} className="line" />
        {level(one.before, first.at, change)}
        {level(one.after, change, last.at)}
        <g className="marker">
          <line x1={x(change)} x2={x(change)} y1={EDGE.top} y2={HEIGHT - EDGE.bottom} />
          <text x={x(change) + (right ? -8 : 8)} y={EDGE.top - 4} textAnchor={right ? 'end' : 'start'}>
            {`changed ${date(`${one.day}T00:00:00Z`)}`}
          </text>
        </g>
        <text x={EDGE.left} y={HEIGHT - 8}>
          {date(new Date(first.at * 86_400_000).toISOString())}
        </text>
        <text x={width - EDGE.right} y={HEIGHT - 8} textAnchor="end">
          {date(new Date(last.at * 86_400_000).toISOString())}
        </text>
      </svg>
    </div>
  );
}

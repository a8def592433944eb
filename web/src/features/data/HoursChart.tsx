import { useElementSize } from '@mantine/hooks';
import type { QualityHour } from '@/api/types';
import { ChartFigure, ChartTable } from '@/components/ChartFigure';
import { count, date, moment } from '@/lib/format';
import { linear, niceStep, ticks } from '@/lib/scale';
import '@/components/line-chart.css';

const HEIGHT = 180;
const EDGE = { top: 12, right: 8, bottom: 26, left: 48 };

/** What was sent in each hour of the last week, taken in or refused; the table says the same. */
export function HoursChart({ hours }: { hours: QualityHour[] }) {
  const sent = (hour: QualityHour) => hour.accepted + hour.refused;
  const most = Math.max(...hours.map(sent));
  const total = hours.reduce((sum, hour) => sum + hour.accepted, 0);
  const refused = hours.reduce((sum, hour) => sum + hour.refused, 0);
  return (
    <section className="tile" aria-labelledby="by-hour">
      <h2 id="by-hour" className="tile-title">
        Events by hour
      </h2>
      {most <= 0 ? (
        <p className="quiet">
          Nothing was sent in the last week. Applications report at the address <code>/api/v1/events</code>; a
          table of what happened before is brought in under “Bring in”.
        </p>
      ) : (
        <>
          <p className="quiet">
            {`${count(total)} new events in the last week${refused > 0 ? ` and ${count(refused)} refused` : ''}, at most ${count(most)} in an hour.`}
          </p>
          <ChartFigure
            chart={<Bars hours={hours} most={most} sent={sent} />}
            table={
              <ChartTable
                title="Events by hour"
                head={['Hour', 'New', 'Known already', 'Refused']}
                rows={hours
                  .filter((hour) => hour.duplicate + sent(hour) > 0)
                  .map((hour) => [
                    moment(hour.hour),
                    count(hour.accepted),
                    count(hour.duplicate),
                    count(hour.refused),
                  ])}
              />
            }
          />
        </>
      )}
    </section>
  );
}

type BarsProps = { hours: QualityHour[]; most: number; sent: (hour: QualityHour) => number };

function Bars({ hours, most, sent }: BarsProps) {
  const { ref, width: measured } = useElementSize<HTMLDivElement>();
  const width = Math.max(260, measured || 640);
  const x = linear([0, hours.length], [EDGE.left, width - EDGE.right]);
  const y = linear([0, most], [HEIGHT - EDGE.bottom, EDGE.top]);
  const wide = Math.max(1, (x(1) - x(0)) * 0.8);
  const days = hours.flatMap((hour, place) => (new Date(hour.hour).getHours() === 0 ? [place] : []));
  const every = Math.ceil(days.length / (width < 480 ? 3 : 7));
  // Events are counted, so there is nothing between whole numbers.
  const levels = ticks([0, most], 4).filter((level) => niceStep(most, 4) >= 1 || Number.isInteger(level));
  return (
    <div ref={ref}>
      <svg
        width={width}
        height={HEIGHT}
        className="chart-svg data-bars"
        role="img"
        aria-label={`Events by hour, from 0 to ${count(most)}, new ones below and refused ones above.`}
      >
        {levels.map((level) => (
          <g key={level}>
            <line
              x1={EDGE.left}
              x2={width - EDGE.right}
              y1={y(level)}
              y2={y(level)}
              className={level === 0 ? 'axis-zero' : 'axis-line'}
            />
            <text x={EDGE.left - 8} y={y(level) + 4} textAnchor="end">
              {count(level)}
            </text>
          </g>
        ))}
        {days
          .filter((_, at) => at % every === 0)
          .map((place) => (
            <text
              key={place}
              x={x(place)}
              y={HEIGHT - 8}
              textAnchor={x(place) > width - 48 ? 'end' : 'start'}
            >
              {date(hours[place]?.hour ?? '')}
            </text>
          ))}
        {hours.map((hour, place) => (
          <g key={hour.hour}>
            <rect
              className="taken"
              x={x(place)}
              y={y(hour.accepted)}
              width={wide}
              height={y(0) - y(hour.accepted)}
            />
            <rect
              className="refused"
              x={x(place)}
              y={y(sent(hour))}
              width={wide}
              height={y(hour.accepted) - y(sent(hour))}
            />
          </g>
        ))}
      </svg>
      <ul className="line-legend" aria-label="Bars">
        <li className="hue-0">
          <i aria-hidden="true" />
          new
        </li>
        <li className="hue-3">
          <i aria-hidden="true" />
          refused
        </li>
      </ul>
    </div>
  );
}

import { useElementSize } from '@mantine/hooks';
import type { Ledger } from '@/api/types';
import { ChartFigure, ChartTable } from '@/components/ChartFigure';
import { date, difference } from '@/lib/format';
import { linear, niceStep, tickDigits, ticks } from '@/lib/scale';
import { unmarked } from '@/lib/words-shown';
import { bars } from './bars';

const HEIGHT = 240;
const EDGE = { top: 16, right: 10, bottom: 28, left: 54 };
/** Bars drawn, the newest; the table has all. */
const SHOWN = 24;

const percent = (part: number) =>
  `${part > 0 ? '+' : part < 0 ? '−' : ''}${Math.abs(100 * part).toFixed(1)} %`;

/** The changes as steps from where the KPI began. */
export function Waterfall({ ledger }: { ledger: Ledger }) {
  return (
    <ChartFigure
      chart={<Drawing ledger={ledger} />}
      table={
        <ChartTable
          title="The ledger"
          head={['Change', 'When', 'Effect', 'Relative', 'Of this prompt so far']}
          rows={[...ledger.items]
            .reverse()
            .map((line) => [
              `${line.title || line.target} (${line.kind})`,
              date(line.at),
              difference(ledger, line.effect),
              line.relative == null ? '' : percent(line.relative),
              percent(line.cumulative),
            ])}
        />
      }
    />
  );
}

function Drawing({ ledger }: { ledger: Ledger }) {
  const { ref, width: measured } = useElementSize<HTMLDivElement>();
  const width = Math.max(260, measured || 640);
  const shown = bars(ledger.items).slice(-SHOWN);
  const ends = shown.flatMap((bar) => [bar.from, bar.to]);
  const [low, high] = [Math.min(0, ...ends), Math.max(0, ...ends)];
  const pad = (high - low) * 0.12 || 0.05;
  const domain: [number, number] = [low - pad, high + pad];
  const y = linear(domain, [HEIGHT - EDGE.bottom, EDGE.top]);
  const slot = (width - EDGE.left - EDGE.right) / Math.max(1, shown.length);
  const step = niceStep(100 * (domain[1] - domain[0]), 5);
  const good = (effect: number) => effect === 0 || effect > 0 === (ledger.direction === 'up');
  return (
    <div ref={ref}>
      <svg
        width={width}
        height={HEIGHT}
        role="img"
        aria-label={unmarked(ledger.sentence)}
        className="chart-svg"
      >
        {ticks([100 * domain[0], 100 * domain[1]], 5).map((value) => (
          <g key={value}>
            <line
              x1={EDGE.left}
              x2={width - EDGE.right}
              y1={y(value / 100)}
              y2={y(value / 100)}
              className={value === 0 ? 'axis-zero' : 'axis-line'}
            />
            <text x={EDGE.left - 8} y={y(value / 100) + 4} textAnchor="end">
              {`${value > 0 ? '+' : ''}${value.toFixed(tickDigits(step))} %`}
            </text>
          </g>
        ))}
        {shown.map((bar, at) => {
          const x = EDGE.left + at * slot + slot * 0.15;
          const wide = slot * 0.7;
          const color = good(bar.to - bar.from) ? 'var(--green)' : 'var(--red)';
          return (
            <g key={`${bar.line.target} ${bar.line.prompt ?? ''} ${bar.line.at}`}>
              <rect
                x={x}
                y={Math.min(y(bar.from), y(bar.to))}
                width={wide}
                height={Math.max(2, Math.abs(y(bar.from) - y(bar.to)))}
                fill={bar.counts ? color : 'none'}
                stroke={color}
                strokeDasharray={bar.counts ? undefined : '4 3'}
              >
                <title>{`${bar.line.prompt ? `${bar.line.prompt}, ` : ''}${bar.line.title || bar.line.target}: ${percent(bar.line.relative ?? 0)}`}</title>
              </rect>
              {shown[at + 1]?.follows && (
                <line x1={x + wide} x2={x + slot} y1={y(bar.after)} y2={y(bar.after)} className="axis-zero" />
              )}
              {slot > 64 && (
                <text x={x + wide / 2} y={HEIGHT - 8} textAnchor="middle">
                  {date(bar.line.at)}
                </text>
              )}
            </g>
          );
        })}
      </svg>
    </div>
  );
}

import { useElementSize } from '@mantine/hooks';
import type { Switchback, SwitchbackWindow } from '@/api/designs';
import type { KpiResult } from '@/api/types';
import { chartUnit, date, inChartUnit, time } from '@/lib/format';
import { linear, niceStep, tickDigits, ticks } from '@/lib/scale';
import { isLeftOut, stateWords } from '@/lib/windows';
import { unmarked } from '@/lib/words-shown';
import '@/components/chart.css';
import './windows.css';

const HEIGHT = 190;
const EDGE = { top: 12, right: 14, bottom: 28, left: 58 };
const TICKS = 4;
/** The newest windows, so that each is wide enough to be seen. */
const SHOWN = 60;

/**
 * Windows over time: a bar is as high as the goal's mean in its window and has the colour of its version; its burn-in
 * is hatched, and a window that is left out is an outline. The table beside it says the same.
 */
export function WindowsChart({
  found,
  kpi,
  arms,
}: {
  found: Switchback;
  kpi: KpiResult | undefined;
  arms: string[];
}) {
  const { ref, width: measured } = useElementSize<HTMLDivElement>();
  const width = Math.max(260, measured || 640);
  const windows = found.windows.slice(-SHOWN);
  const value = (window: SwitchbackWindow) =>
    kpi && window.mean != null ? inChartUnit(kpi, window.mean) : undefined;
  const values = windows.map(value).filter((one) => one !== undefined);
  const domainY: [number, number] = [Math.min(0, ...values), Math.max(0, ...values) || 1];
  const first = Date.parse(windows[0]?.from ?? '');
  const last = Date.parse(windows.at(-1)?.until ?? '');
  const x = linear([first, last], [EDGE.left, width - EDGE.right]);
  const y = linear(domainY, [HEIGHT - EDGE.bottom, EDGE.top]);
  const digits = tickDigits(niceStep(domainY[1] - domainY[0], TICKS));
  const unit = kpi ? chartUnit(kpi) : '';
  const labels = windows.filter((_, at) => at % Math.ceil(windows.length / (width < 420 ? 3 : 5)) === 0);
  const days = last - first > 2 * 86_400_000;
  return (
    <div ref={ref}>
      <svg
        width={width}
        height={HEIGHT}
        role="img"
        aria-label={`Windows over time. ${unmarked(found.sentence)}`}
        className="chart-svg windows-svg"
      >
        <defs>
          <pattern
            id="burn-in"
            width="5"
            height="5"
            patternUnits="userSpaceOnUse"
            patternTransform="rotate(45)"
          >
            <line x1="0" y1="0" x2="0" y2="5" className="hatch" />
          </pattern>
        </defs>
        {ticks(domainY, TICKS).map((tick) => (
          <g key={tick}>
            <line x1={EDGE.left} x2={width - EDGE.right} y1={y(tick)} y2={y(tick)} className="axis-line" />
            <text x={EDGE.left - 8} y={y(tick) + 4} textAnchor="end">
              {`${tick.toFixed(digits)} ${unit}`.trim()}
            </text>
          </g>
        ))}
        {windows.map((window) => {
          const from = x(Date.parse(window.from));
          const end = x(Date.parse(window.until));
          const height = Math.abs(y(value(window) ?? 0) - y(0));
          const burnIn = ((end - from) * found.burn_in_seconds) / found.window_seconds;
          const kind = `window arm-${window.arm}${isLeftOut(window) ? ' left-out' : ''}`;
          return (
            <g key={window.index}>
              <title>
                {`${date(window.from)}, ${time(window.from)}: ${arms[window.arm] ?? ''}, ${stateWords(window)}`}
              </title>
              <rect
                x={from}
                width={burnIn}
                y={EDGE.top}
                height={HEIGHT - EDGE.top - EDGE.bottom}
                fill="url(#burn-in)"
              />
              <rect
                className={kind}
                x={from + 1}
                width={Math.max(1, end - from - 2)}
                y={Math.min(y(0), y(value(window) ?? 0)) - (height < 2 ? 2 : 0)}
                height={Math.max(2, height)}
              />
              <rect
                className={`lane arm-${window.arm}`}
                x={from}
                width={end - from}
                y={HEIGHT - EDGE.bottom + 1}
                height="5"
              />
            </g>
          );
        })}
        {labels.map((window) => (
          <text key={window.index} x={x(Date.parse(window.from))} y={HEIGHT - 6}>
            {days ? date(window.from) : time(window.from)}
          </text>
        ))}
      </svg>
      <ul className="windows-key small" aria-hidden="true">
        {arms.map((name, arm) => (
          <li key={name}>
            <span className={`swatch arm-${arm}`} />
            {name}
          </li>
        ))}
        <li>
          <span className="swatch hatched" />
          Left out at the beginning
        </li>
        <li>
          <span className="swatch outlined" />
          Window left out
        </li>
      </ul>
    </div>
  );
}

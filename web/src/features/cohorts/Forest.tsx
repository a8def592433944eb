import { Button } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useState } from 'react';
import type { CohortComparison, Cohorts } from '@/api/types';
import { chartUnit, count, difference, inChartUnit, measure } from '@/lib/format';
import { linear, niceStep, tickDigits, ticks } from '@/lib/scale';
import '@/components/chart.css';
import { unmarked } from '@/lib/words-shown';

const ROW = 30;
const EDGE = { top: 10, right: 16, bottom: 30 };

type Props = { data: Cohorts; comparison: CohortComparison };

/** The effect in each group with its interval; the table says the same without looking. */
export function Forest({ data, comparison }: Props) {
  const [table, setTable] = useState(false);
  const [explain, setExplain] = useState(false);
  return (
    <figure className="chart">
      {table ? (
        <CohortTable data={data} comparison={comparison} />
      ) : (
        <Drawing data={data} comparison={comparison} />
      )}
      <figcaption className="row">
        <Button variant="subtle" size="compact-sm" onClick={() => setTable(!table)}>
          {table ? 'Show as a chart' : 'Show as a table'}
        </Button>
        <Button
          variant="subtle"
          size="compact-sm"
          aria-expanded={explain}
          onClick={() => setExplain(!explain)}
        >
          Explain this
        </Button>
      </figcaption>
      {explain && <Explained />}
    </figure>
  );
}

function Explained() {
  return (
    <div className="cohort-explained">
      <p>
        Each line is one group. The dot is the difference between the new and the old version among its
        people, the bar is where the true difference lies: in 95 of 100 views like this all bars hold it,
        however often you look. A bar that crosses zero says nothing yet, whichever side its dot is on.
      </p>
      <p>
        The more groups, the wider the bars: who looks in twenty places finds something by chance. The diamond
        weighs the groups by their size, so that it does not matter who happened to get which version.
      </p>
      <p>
        Whether groups react differently is told by Cochran's Q: it weighs how far their differences lie from
        one another against what chance alone would do, and p is the chance of as much where all react alike.
        “Chance” in the table is the chance of such a difference in one group where there is none, corrected
        for the number of groups (Holm).
      </p>
      <p>
        A bar with an arrow at its end goes on beyond the chart. A person belongs to a group by what was known
        when they first got a version, and never changes it.
      </p>
    </div>
  );
}

function Drawing({ data, comparison }: Props) {
  const { ref, width: measured } = useElementSize<HTMLDivElement>();
  const width = Math.max(280, measured || 640);
  const left = Math.min(220, width * 0.36);
  const unit = chartUnit(data.kpi);
  const shown = (value: number) => inChartUnit(data.kpi, value);
  const overall = comparison.overall;
  const dots = comparison.effects.flatMap((effect) => (effect.difference == null ? [] : [effect.difference]));
  const ends = [...dots, ...(overall ? [overall.low, overall.high] : [])].map(shown);
  const widest = Math.max(0.01, ...ends.map(Math.abs)) * 1.6;
  const reach = comparison.effects.flatMap((effect) => [effect.low ?? 0, effect.high ?? 0]).map(shown);
  const low = Math.max(Math.min(0, ...reach), -2 * widest);
  const high = Math.min(Math.max(0, ...reach), 2 * widest);
  const domain: [number, number] = [Math.min(low, ...ends, -widest / 4), Math.max(high, ...ends, widest / 4)];
  const x = linear(domain, [left, width - EDGE.right]);
  const clipped = (value: number) => x(Math.min(domain[1], Math.max(domain[0], shown(value))));
  const rows = data.cohorts.length + (overall ? 1 : 0);
  const height = EDGE.top + rows * ROW + EDGE.bottom;
  const at = (row: number) => EDGE.top + row * ROW + ROW / 2;
  const digits = tickDigits(niceStep(domain[1] - domain[0], 5));
  return (
    <div ref={ref}>
      <svg
        width={width}
        height={height}
        role="img"
        className="chart-svg forest"
        aria-label={unmarked(
          `The effect in ${data.cohorts.length} groups. ${comparison.sentences.join(' ')}`,
        )}
      >
        {ticks(domain, width < 480 ? 3 : 6).map((value) => (
          <g key={value}>
            <line
              x1={x(value)}
              x2={x(value)}
              y1={EDGE.top}
              y2={height - EDGE.bottom}
              className={value === 0 ? 'axis-zero' : 'axis-line'}
            />
            <text x={x(value)} y={height - 10} textAnchor="middle">
              {`${value > 0 ? '+' : value < 0 ? '−' : ''}${Math.abs(value).toFixed(digits)} ${unit}`.trim()}
            </text>
          </g>
        ))}
        {data.cohorts.map((cohort, row) => {
          const effect = comparison.effects[row];
          const label = cohort.labels.join(' · ');
          const units = cohort.arms.reduce((all, arm) => all + arm.units, 0);
          const clear = effect?.low != null && effect.high != null && (effect.low > 0 || effect.high < 0);
          const worse = (effect?.difference ?? 0) < 0 === (data.kpi.direction === 'up');
          return (
            <g key={label} className={clear ? (worse ? 'harm' : 'gain') : 'open'}>
              <title>{`${label}: ${count(units)} people`}</title>
              <text x={left - 10} y={at(row) + 4} textAnchor="end" className="forest-label">
                {label.length > left / 7 ? `${label.slice(0, Math.floor(left / 7) - 1)}…` : label}
              </text>
              {effect?.low != null && effect.high != null && (
                <line
                  x1={clipped(effect.low)}
                  x2={clipped(effect.high)}
                  y1={at(row)}
                  y2={at(row)}
                  className="forest-bar"
                />
              )}
              {effect?.low != null && shown(effect.low) < domain[0] && (
                <Beyond x={left} y={at(row)} to={-1} />
              )}
              {effect?.high != null && shown(effect.high) > domain[1] && (
                <Beyond x={width - EDGE.right} y={at(row)} to={1} />
              )}
              {effect?.difference != null && (
                <circle cx={clipped(effect.difference)} cy={at(row)} r="4.5" className="forest-dot" />
              )}
            </g>
          );
        })}
        {overall && (
          <g className="together">
            <text x={left - 10} y={at(rows - 1) + 4} textAnchor="end" className="forest-label">
              all, weighted
            </text>
            <path
              d={`M${clipped(overall.low)},${at(rows - 1)}L${clipped(overall.post_stratified)},${at(rows - 1) - 6}L${clipped(overall.high)},${at(rows - 1)}L${clipped(overall.post_stratified)},${at(rows - 1) + 6}Z`}
            />
          </g>
        )}
      </svg>
    </div>
  );
}

/** The end of a bar that goes on beyond the chart. */
const Beyond = ({ x, y, to }: { x: number; y: number; to: 1 | -1 }) => (
  <path d={`M${x},${y - 5}L${x + to * 7},${y}L${x},${y + 5}Z`} className="forest-beyond" />
);

const headings = ['People', 'Old version', 'New version', 'Difference', 'At least', 'At most', 'Chance'];

function CohortTable({ data, comparison }: Props) {
  const mean = (value: number | null | undefined) => (value == null ? '–' : measure(data.kpi, value));
  const gap = (value: number | null | undefined) => (value == null ? '–' : difference(data.kpi, value));
  return (
    <section className="scroll-x chart-table" tabIndex={0} aria-label="Groups, as a table">
      <table className="plain">
        <thead>
          <tr>
            <th scope="col">Group</th>
            {headings.map((heading) => (
              <th key={heading} scope="col" className="num">
                {heading}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {data.cohorts.map((cohort, row) => {
            const effect = comparison.effects[row];
            return (
              <tr key={cohort.labels.join(' · ')}>
                <th scope="row">{cohort.labels.join(' · ')}</th>
                <td className="num">{count(cohort.arms.reduce((all, arm) => all + arm.units, 0))}</td>
                <td className="num">{mean(cohort.arms[0]?.mean)}</td>
                <td className="num">{mean(cohort.arms[comparison.arm]?.mean)}</td>
                <td className="num">{gap(effect?.difference)}</td>
                <td className="num">{gap(effect?.low)}</td>
                <td className="num">{gap(effect?.high)}</td>
                <td className="num">{effect?.p_holm == null ? '–' : effect.p_holm.toFixed(4)}</td>
              </tr>
            );
          })}
          {comparison.overall && (
            <tr>
              <th scope="row">all, weighted by size</th>
              <td className="num" colSpan={3} />
              <td className="num">{gap(comparison.overall.post_stratified)}</td>
              <td className="num">{gap(comparison.overall.low)}</td>
              <td className="num">{gap(comparison.overall.high)}</td>
              <td className="num" />
            </tr>
          )}
        </tbody>
      </table>
    </section>
  );
}

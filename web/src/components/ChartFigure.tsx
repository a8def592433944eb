import { Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import './chart.css';

/** A chart with its twin: the same figures as a table. */
export function ChartFigure({
  chart,
  table,
  extra,
}: {
  chart: ReactNode;
  table: ReactNode;
  extra?: ReactNode;
}) {
  const [asTable, setAsTable] = useState(false);
  return (
    <figure className="chart">
      {asTable ? table : chart}
      <figcaption className="row">
        <Button variant="subtle" size="compact-sm" onClick={() => setAsTable(!asTable)}>
          {asTable ? 'Show as a chart' : 'Show as a table'}
        </Button>
        {extra}
      </figcaption>
    </figure>
  );
}

/** The table of a chart, which may be wider than its place. */
export function ChartTable({
  title,
  head,
  rows,
}: {
  title: string;
  head: string[];
  rows: (string | number)[][];
}) {
  return (
    <section className="scroll-x chart-table" tabIndex={0} aria-label={`${title}, as a table`}>
      <table className="plain">
        <thead>
          <tr>
            {head.map((name, at) => (
              <th key={name} scope="col" className={at === 0 ? undefined : 'num'}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.join('|')}>
              {row.map((cell, at) => (
                <td key={head[at]} className={at === 0 ? undefined : 'num'}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

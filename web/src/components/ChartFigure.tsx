import { Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import './chart.css';
import { PlainTable } from './PlainTable';

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
    <PlainTable
      label={`${title}, as a table`}
      className="chart-table"
      columns={head}
      rows={rows.map((row) => ({ key: row.join('|'), cells: row }))}
    />
  );
}

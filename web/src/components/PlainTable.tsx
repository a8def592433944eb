import type { ReactNode } from 'react';

/** A column: its title; all but the first hold numbers unless they say that they hold text. */
export type PlainColumn = string | { title: string; text: true };

/** A table that may be wider than its place: words in the first column, numbers in the others. */
export function PlainTable({
  label,
  labelledBy,
  className = '',
  columns,
  rows,
  rowHeads = false,
}: {
  label?: string;
  labelledBy?: string;
  className?: string;
  columns: PlainColumn[];
  rows: { key: string | number; cells: ReactNode[] }[];
  /** The first cell of a row names it. */
  rowHeads?: boolean;
}) {
  const titles = columns.map((column) => (typeof column === 'string' ? column : column.title));
  const isText = (at: number) => at === 0 || typeof columns[at] !== 'string';
  const kind = (at: number) => (isText(at) ? undefined : 'num');
  return (
    <section
      className={`scroll-x ${className}`.trim()}
      tabIndex={0}
      aria-label={label}
      aria-labelledby={labelledBy}
    >
      <table className="plain">
        <thead>
          <tr>
            {titles.map((title, at) => (
              <th key={title} scope="col" className={kind(at)}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key}>
              {row.cells.map((cell, at) =>
                rowHeads && at === 0 ? (
                  <th key={titles[at]} scope="row">
                    {cell}
                  </th>
                ) : (
                  <td key={titles[at]} className={kind(at)}>
                    {cell}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

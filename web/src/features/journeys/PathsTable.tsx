import type { Journeys } from '@/api/types';
import { PlainTable } from '@/components/PlainTable';
import { count, measure } from '@/lib/format';

const percent = (part: number) => `${(100 * part).toFixed(1)} %`;

/** The most travelled paths, with what became of them. */
export function PathsTable({ journeys }: { journeys: Journeys }) {
  const { basis } = journeys;
  const value = basis.kind === 'value' ? ['Value'] : [];
  const rows = journeys.paths.map((path) => {
    const more = path.touches > path.names.length ? ` → ${path.touches - path.names.length} more` : '';
    const way = path.names.join(' → ') + more;
    return {
      key: `${way} ${path.touches}`,
      cells: [
        <span key="way" className="path-way">
          {way}
        </span>,
        count(path.journeys),
        percent(path.share),
        percent(path.rate),
        ...value.map(() => measure(basis, path.value)),
        path.days == null ? '' : path.days.toFixed(1),
      ],
    };
  });
  return (
    <section className="tile stack" aria-labelledby="paths">
      <h2 id="paths">Most travelled paths</h2>
      <PlainTable
        label="Paths, as a table"
        columns={['Path', 'Journeys', 'Share', 'Convert', ...value, 'Days']}
        rows={rows}
      />
      <p className="small quiet">{`${count(journeys.distinct)} distinct paths. “Days” is from the first touch to the conversion, on average.`}</p>
    </section>
  );
}

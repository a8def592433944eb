import type { Journeys } from '@/api/types';
import { count, measure } from '@/lib/format';

/** The most travelled paths, with what became of them. */
export function PathsTable({ journeys }: { journeys: Journeys }) {
  const { basis } = journeys;
  const isValue = basis.kind === 'value';
  return (
    <section className="tile stack" aria-labelledby="paths">
      <h2 id="paths">Most travelled paths</h2>
      <section className="scroll-x" tabIndex={0} aria-label="Paths, as a table">
        <table className="plain">
          <thead>
            <tr>
              <th scope="col">Path</th>
              <th scope="col" className="num">
                Journeys
              </th>
              <th scope="col" className="num">
                Share
              </th>
              <th scope="col" className="num">
                Convert
              </th>
              {isValue && (
                <th scope="col" className="num">
                  Value
                </th>
              )}
              <th scope="col" className="num">
                Days
              </th>
            </tr>
          </thead>
          <tbody>
            {journeys.paths.map((path) => (
              <tr key={`${path.names.join('>')} ${path.touches}`}>
                <td>
                  {path.names.join(' → ')}
                  {path.touches > path.names.length && ` → ${path.touches - path.names.length} more`}
                </td>
                <td className="num">{count(path.journeys)}</td>
                <td className="num">{`${(100 * path.share).toFixed(1)} %`}</td>
                <td className="num">{`${(100 * path.rate).toFixed(1)} %`}</td>
                {isValue && <td className="num">{measure(basis, path.value)}</td>}
                <td className="num">{path.days == null ? '' : path.days.toFixed(1)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <p className="small quiet">{`${count(journeys.distinct)} distinct paths. “Days” is from the first touch to the conversion, on average.`}</p>
    </section>
  );
}

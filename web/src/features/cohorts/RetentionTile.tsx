import { useQuery } from '@tanstack/react-query';
import { retentionQuery } from '@/api/analysis-queries';
import type { Cohorts, Retention } from '@/api/types';
import { LineChart } from '@/components/LineChart';
import { Bones, Loaded } from '@/components/Loaded';
import { count } from '@/lib/format';

/** Who comes back: the share of each group with an outcome in each week after the first exposure. */
export function RetentionTile({ kpi, by }: { kpi: Cohorts['kpi']; by?: string }) {
  const found = useQuery(retentionQuery({ kpi: kpi.id, by: by ?? 'channel' }));
  return (
    <section className="tile" aria-label="Who comes back">
      <h2 className="tile-title">Who comes back</h2>
      <p className="quiet">
        {`“${kpi.title || kpi.id}” of people first reached by any prompt: the share for whom it happened in each week after. A week counts for a person only when it is over for them.`}
      </p>
      <Loaded query={found} shape={<Bones rows={4} />}>
        {(data) => (weeksOf(data) === 0 ? <p>No first week is over yet.</p> : <Curves data={data} />)}
      </Loaded>
    </section>
  );
}

const weeksOf = (data: Retention) =>
  Math.max(0, ...data.curves.map((curve) => curve.weeks.filter((week) => week.units > 0).length));

function Curves({ data }: { data: Retention }) {
  const weeks = weeksOf(data);
  const lines = data.curves.map((curve) => ({
    label: curve.label,
    points: curve.weeks
      .map((week, place) => ({
        x: place + 1,
        y: week.units ? (100 * week.back) / week.units : 0,
        n: week.units,
      }))
      .filter((point) => point.n > 0),
  }));
  return (
    <LineChart
      title={`Who comes back by ${data.by}, over ${weeks} weeks`}
      lines={lines}
      sayX={(week) => `week ${week}`}
      sayY={(share, digits) => `${share.toFixed(digits)} %`}
      table={
        <table className="plain">
          <thead>
            <tr>
              <th scope="col">Group</th>
              {Array.from({ length: weeks }, (_, week) => (
                <th key={week} scope="col" className="num">{`Week ${week + 1}`}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {data.curves.map((curve) => (
              <tr key={curve.label}>
                <th scope="row">{curve.label}</th>
                {curve.weeks.slice(0, weeks).map((week, place) => (
                  <td key={place} className="num">
                    {week.units
                      ? `${((100 * week.back) / week.units).toFixed(1)} % of ${count(week.units)}`
                      : '–'}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      }
    />
  );
}

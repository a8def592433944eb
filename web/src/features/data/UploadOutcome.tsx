import type { Upload } from '@/api/types';
import { count, moment } from '@/lib/format';

/** What became of a table, or would: in sentences, then what it brings and what is refused. */
export function UploadOutcome({ upload }: { upload: Upload }) {
  return (
    <div className="stack">
      <ul>
        {upload.sentences.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
        {upload.from && upload.to && (
          <li>{`${count(upload.exposures)} exposures and ${count(upload.outcomes)} outcomes of ${count(upload.units)} units, from ${moment(upload.from)} to ${moment(upload.to)}.`}</li>
        )}
        {upload.kpis.map((kpi) => (
          <li key={kpi.kpi}>{`${kpi.kpi}: ${count(kpi.outcomes)} outcomes, ${kpi.sum} in all.`}</li>
        ))}
      </ul>
      {upload.refusals.length > 0 && (
        <div className="data-table-wrap">
          <table className="data-table">
            <caption className="small quiet">{`The first ${upload.refusals.length} of ${upload.refused} refused rows`}</caption>
            <thead>
              <tr>
                <th className="number">Line</th>
                <th>Column</th>
                <th>What is wrong</th>
                <th>What stands there</th>
              </tr>
            </thead>
            <tbody>
              {upload.refusals.map((row) => (
                <tr key={row.line}>
                  <td className="number">{row.line}</td>
                  <td>{row.column}</td>
                  <td>{row.message.replaceAll('`', '')}</td>
                  <td>{row.value}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}

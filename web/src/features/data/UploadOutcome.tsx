import type { Upload } from '@/api/types';
import { PlainTable } from '@/components/PlainTable';
import { Said } from '@/components/Said';
import { count, moment } from '@/lib/format';

/** What became of a table, or would: in sentences, then what it brings and what is refused. */
export function UploadOutcome({ upload }: { upload: Upload }) {
  return (
    <div className="stack">
      <ul>
        {upload.sentences.map((sentence) => (
          <li key={sentence}>
            <Said text={sentence} />
          </li>
        ))}
        {upload.from && upload.to && (
          <li>{`${count(upload.exposures)} exposures and ${count(upload.outcomes)} outcomes of ${count(upload.units)} units, from ${moment(upload.from)} to ${moment(upload.to)}.`}</li>
        )}
        {upload.kpis.map((kpi) => (
          <li key={kpi.kpi}>{`${kpi.kpi}: ${count(kpi.outcomes)} outcomes, ${kpi.sum} in all.`}</li>
        ))}
      </ul>
      {upload.refusals.length > 0 && (
        <>
          <p className="small quiet">{`The first ${upload.refusals.length} of ${count(upload.refused)} refused rows`}</p>
          <PlainTable
            label="Refused rows"
            columns={[
              'Line',
              { title: 'Column', text: true },
              { title: 'What is wrong', text: true },
              { title: 'What stands there', text: true },
            ]}
            rows={upload.refusals.map((row) => ({
              key: row.line,
              cells: [row.line, row.column, <Said key="why" text={row.message} />, row.value],
            }))}
          />
        </>
      )}
    </div>
  );
}

import { useQuery } from '@tanstack/react-query';
import { qualityQuery } from '@/api/data-queries';
import type { Quality } from '@/api/types';
import { Bones, Loaded } from '@/components/Loaded';
import { Pill } from '@/components/Pill';
import { PlainTable } from '@/components/PlainTable';
import { Said } from '@/components/Said';
import { count, date, time } from '@/lib/format';
import { HoursChart } from './HoursChart';

/** What needs attention, then what was sent: by hour, by sender, by KPI and channel. */
export function QualityView() {
  const quality = useQuery(qualityQuery);
  return (
    <Loaded query={quality} shape={<Bones rows={6} />}>
      {(found) => (
        <div className="stack">
          <Findings quality={found} />
          <HoursChart hours={found.hours} />
          <Senders quality={found} />
          <SeriesTable quality={found} />
        </div>
      )}
    </Loaded>
  );
}

function Findings({ quality }: { quality: Quality }) {
  return (
    <section className="tile" aria-labelledby="attention">
      <h2 id="attention" className="tile-title">
        What needs attention
      </h2>
      {quality.findings.length === 0 ? (
        <p>Nothing. What arrived in the last week is complete as far as can be told.</p>
      ) : (
        <ul className="stack">
          {quality.findings.map((finding) => (
            <li key={finding.code + finding.source + finding.sentence}>
              <Pill tone={finding.serious ? 'red' : 'amber'}>{finding.serious ? 'Serious' : 'Look'}</Pill>{' '}
              <b>
                <Said text={finding.sentence} />
              </b>
              <p className="quiet">
                <Said text={finding.advice} />
              </p>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Senders({ quality }: { quality: Quality }) {
  if (quality.sources.length === 0) return null;
  return (
    <section className="tile" aria-labelledby="by-sender">
      <h2 id="by-sender" className="tile-title">
        By sender
      </h2>
      <PlainTable
        label="By sender, as a table"
        rowHeads
        columns={[
          'Sender',
          'New',
          'Known already',
          'Refused',
          'Late',
          'Average delay',
          { title: 'Refused as', text: true },
        ]}
        rows={quality.sources.map((source) => ({
          key: source.source,
          cells: [
            source.source,
            count(source.accepted),
            count(source.duplicate),
            count(source.refused),
            count(source.late),
            `${source.delay_seconds} s`,
            Object.entries(source.refused_by_code)
              .map(([code, rows]) => `${code} ${count(rows)}`)
              .join(', '),
          ],
        }))}
      />
    </section>
  );
}

function SeriesTable({ quality }: { quality: Quality }) {
  if (quality.series.length === 0) return null;
  return (
    <section className="tile" aria-labelledby="by-series">
      <h2 id="by-series" className="tile-title">
        By KPI and channel
      </h2>
      <PlainTable
        label="By KPI and channel, as a table"
        rowHeads
        columns={['What', 'New events', { title: 'Last in the hour of', text: true }]}
        rows={quality.series.map((series) => ({
          key: `${series.type} ${series.kpi} ${series.channel}`,
          cells: [
            <Said key="words" text={series.words} />,
            count(series.events),
            `${date(series.last)}, ${time(series.last)}`,
          ],
        }))}
      />
    </section>
  );
}

import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { qualityQuery } from '@/api/data-queries';
import type { Quality, QualityHour } from '@/api/types';
import { Bones, Loaded } from '@/components/Loaded';
import { Pill } from '@/components/Pill';
import { count, moment } from '@/lib/format';

const HEIGHT = 120;

/** What needs attention, then what was sent: by hour, by sender, by KPI and channel. */
export function QualityView() {
  const quality = useQuery(qualityQuery);
  return (
    <Loaded query={quality} shape={<Bones rows={6} />}>
      {(found) => (
        <div className="stack">
          <Findings quality={found} />
          <Hours hours={found.hours} />
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
              <b>{finding.sentence}</b>
              <p className="quiet">{finding.advice}</p>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Hours({ hours }: { hours: QualityHour[] }) {
  const [table, setTable] = useState(false);
  const most = Math.max(1, ...hours.map((hour) => hour.accepted + hour.refused));
  const width = hours.length * 4;
  const total = hours.reduce((sum, hour) => sum + hour.accepted, 0);
  return (
    <section className="tile" aria-labelledby="by-hour">
      <h2 id="by-hour" className="tile-title">
        Events by hour
      </h2>
      <p className="quiet">{`${count(total)} events in the last week, at most ${count(most)} in an hour.`}</p>
      {table ? (
        <div className="data-table-wrap">
          <table className="data-table">
            <thead>
              <tr>
                <th>Hour</th>
                <th className="number">Taken in</th>
                <th className="number">Known already</th>
                <th className="number">Refused</th>
              </tr>
            </thead>
            <tbody>
              {hours
                .filter((hour) => hour.accepted + hour.duplicate + hour.refused > 0)
                .map((hour) => (
                  <tr key={hour.hour}>
                    <td>{moment(hour.hour)}</td>
                    <td className="number">{count(hour.accepted)}</td>
                    <td className="number">{count(hour.duplicate)}</td>
                    <td className="number">{count(hour.refused)}</td>
                  </tr>
                ))}
            </tbody>
          </table>
        </div>
      ) : (
        <svg
          className="data-bars"
          viewBox={`0 0 ${width} ${HEIGHT}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={`Events by hour, from 0 to ${most}. The table says the same.`}
        >
          {hours.map((hour, place) => {
            const taken = (hour.accepted / most) * HEIGHT;
            const refused = (hour.refused / most) * HEIGHT;
            return (
              <g key={hour.hour}>
                <rect className="taken" x={place * 4} y={HEIGHT - taken} width={3} height={taken} />
                <rect
                  className="refused"
                  x={place * 4}
                  y={HEIGHT - taken - refused}
                  width={3}
                  height={refused}
                />
              </g>
            );
          })}
        </svg>
      )}
      <Button variant="subtle" size="compact-sm" onClick={() => setTable(!table)}>
        {table ? 'Show as a chart' : 'Show as a table'}
      </Button>
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
      <div className="data-table-wrap">
        <table className="data-table">
          <thead>
            <tr>
              <th>Sender</th>
              <th className="number">Taken in</th>
              <th className="number">Known already</th>
              <th className="number">Refused</th>
              <th className="number">Late</th>
              <th className="number">Average delay</th>
              <th>Refused as</th>
            </tr>
          </thead>
          <tbody>
            {quality.sources.map((source) => (
              <tr key={source.source}>
                <td>{source.source}</td>
                <td className="number">{count(source.accepted)}</td>
                <td className="number">{count(source.duplicate)}</td>
                <td className="number">{count(source.refused)}</td>
                <td className="number">{count(source.late)}</td>
                <td className="number">{`${source.delay_seconds} s`}</td>
                <td>
                  {Object.entries(source.refused_by_code)
                    .map(([code, rows]) => `${code} ${rows}`)
                    .join(', ')}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
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
      <div className="data-table-wrap">
        <table className="data-table">
          <thead>
            <tr>
              <th>What</th>
              <th className="number">Events</th>
              <th>Last in the hour of</th>
            </tr>
          </thead>
          <tbody>
            {quality.series.map((series) => (
              <tr key={`${series.type} ${series.kpi} ${series.channel}`}>
                <td>{series.words.replaceAll('`', '')}</td>
                <td className="number">{count(series.events)}</td>
                <td>{moment(series.last)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

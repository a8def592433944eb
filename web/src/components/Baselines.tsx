import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { baselinesQuery, kpisQuery } from '@/api/analysis-queries';
import type { KpiBaseline, KpiInfo, VersionBaselines } from '@/api/types';
import { count, date, measure } from '@/lib/format';

const how: Record<string, string> = {
  'went-live': 'went live for everyone',
  'rolled-back': 'was restored',
  'rollout-started': 'began to be tried',
  'rollout-finished': 'reached everyone after a rollout',
};

const version = (number: number | null | undefined) => (number == null ? 'none' : `v${number}`);

/** So many of the latest stand there before somebody asks for all. */
const LATEST = 6;

type Row = { one: VersionBaselines; baseline: KpiBaseline };

/** How KPIs stood when versions went live: what later numbers are compared with. */
export function Baselines({ kpi, prompt }: { kpi?: string; prompt?: string }) {
  const kpis = useQuery(kpisQuery).data?.items ?? [];
  const found = useQuery(baselinesQuery({ kpi, prompt })).data?.items ?? [];
  const rows: Row[] = found.flatMap((one) => one.baselines.map((baseline) => ({ one, baseline })));
  const [all, setAll] = useState(false);
  if (rows.length === 0) return null;
  return (
    <section className="tile" aria-label="Where versions began">
      <h2 className="tile-title">Where versions began</h2>
      <p className="small quiet">
        The four weeks before each version went live, taken down at that moment. The range is from how much
        days differ, with a chance of 95 %.
      </p>
      <section className="scroll-x" tabIndex={0} aria-label="Where versions began, as a table">
        <table className="plain">
          <thead>
            <tr>
              <th scope="col">When</th>
              {!prompt && <th scope="col">Prompt</th>}
              <th scope="col">Version</th>
              {!kpi && <th scope="col">KPI</th>}
              {['Stood at', 'At least', 'At most', 'Rests on'].map((heading) => (
                <th key={heading} scope="col" className="num">
                  {heading}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {(all ? rows : rows.slice(0, LATEST)).map((row) => (
              <BaselineRow
                key={`${row.one.at} ${row.one.prompt} ${row.one.release} ${row.baseline.kpi}`}
                row={row}
                kpi={kpis.find((known) => known.id === row.baseline.kpi)}
                hides={{ prompt: !!prompt, kpi: !!kpi }}
              />
            ))}
          </tbody>
        </table>
      </section>
      {rows.length > LATEST && (
        <Button variant="subtle" size="compact-sm" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? 'Show the latest only' : `Show all ${rows.length}`}
        </Button>
      )}
    </section>
  );
}

type RowProps = { row: Row; kpi?: KpiInfo; hides: { prompt: boolean; kpi: boolean } };

function BaselineRow({ row: { one, baseline }, kpi, hides }: RowProps) {
  const amount = (value: number | null | undefined) =>
    value == null ? '–' : kpi ? measure(kpi as never, value) : value.toPrecision(3);
  return (
    <tr>
      <td>{date(one.at)}</td>
      {!hides.prompt && (
        <td>
          <Link to="/prompts/$id" params={{ id: one.prompt }} search={{}} className="link">
            {one.prompt}
          </Link>
        </td>
      )}
      <td>{`${version(one.version)} after ${version(one.before)}, ${how[one.kind] ?? one.kind}`}</td>
      {!hides.kpi && <td>{kpi?.title || baseline.kpi}</td>}
      <td className="num">{amount(baseline.mean)}</td>
      <td className="num">{amount(baseline.low)}</td>
      <td className="num">{amount(baseline.high)}</td>
      <td className="num">
        {`${baseline.per_exposure ? `${count(baseline.denominator)} exposures, ` : ''}${count(baseline.days)} days`}
      </td>
    </tr>
  );
}

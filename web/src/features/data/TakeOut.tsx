import { Button, Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import { exportAddress } from '@/api/operations';
import { useLibrary, useMay } from '@/components/session';

/** Events and results as files, by filters. */
export function TakeOut() {
  const kpis = useLibrary()?.kpis ?? [];
  const mayExport = useMay('publish');
  const [what, setWhat] = useState(mayExport ? 'events' : 'results');
  const [format, setFormat] = useState('csv');
  const [kpi, setKpi] = useState<string | null>(null);
  const [kind, setKind] = useState<string | null>(null);
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const [rollout, setRollout] = useState('');
  const [by, setBy] = useState('');
  const number = rollout.replace(/^R-/i, '').trim();
  const address = exportAddress(`${what}.${format}`, {
    kpi,
    from,
    to,
    type: what === 'events' ? kind : null,
    rollout: number,
    by: what === 'results' && number !== '' ? by : null,
  });
  return (
    <section className="tile stack" aria-labelledby="take-out">
      <h2 id="take-out" className="tile-title">
        Take data out
      </h2>
      <p className="quiet">
        Results have a row for each rollout, KPI and arm. Events are everything that was reported, with the
        ids of units; that you took them out stands in the activity log.
      </p>
      <div className="data-fields">
        <Select
          label="What"
          allowDeselect={false}
          data={[
            { value: 'events', label: 'Events', disabled: !mayExport },
            { value: 'results', label: 'Results' },
          ]}
          value={what}
          onChange={(chosen) => setWhat(chosen ?? 'results')}
        />
        <Select
          label="As"
          allowDeselect={false}
          data={[
            { value: 'csv', label: 'CSV, for spreadsheets' },
            { value: 'parquet', label: 'Parquet, for DuckDB and pandas' },
            { value: 'ndjson', label: 'NDJSON, for programs' },
          ]}
          value={format}
          onChange={(chosen) => setFormat(chosen ?? 'csv')}
        />
        <Select
          label="KPI"
          placeholder="all"
          clearable
          data={kpis.map((one) => ({ value: one.id, label: one.title || one.id }))}
          value={kpi}
          onChange={setKpi}
        />
        {what === 'events' && (
          <Select
            label="Type"
            placeholder="both"
            clearable
            data={['exposure', 'outcome']}
            value={kind}
            onChange={setKind}
          />
        )}
        <TextInput
          label="Rollout"
          placeholder="all"
          value={rollout}
          onChange={(event) => setRollout(event.currentTarget.value)}
        />
        {what === 'results' && (
          <TextInput
            label="Also by groups of people"
            placeholder={number === '' ? 'of one rollout' : 'channel, region'}
            disabled={number === ''}
            value={by}
            onChange={(event) => setBy(event.currentTarget.value)}
          />
        )}
        <TextInput
          label="From"
          type="date"
          value={from}
          onChange={(event) => setFrom(event.currentTarget.value)}
        />
        <TextInput
          label="Before"
          type="date"
          value={to}
          onChange={(event) => setTo(event.currentTarget.value)}
        />
      </div>
      <div>
        <Button component="a" href={address} download>
          Take it out
        </Button>
      </div>
    </section>
  );
}

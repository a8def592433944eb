import { Button, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { kpisQuery, seriesQuery } from '@/api/analysis-queries';
import type { KpiInfo, Series } from '@/api/types';
import { Baselines } from '@/components/Baselines';
import { LineChart } from '@/components/LineChart';
import { Bones, Loaded } from '@/components/Loaded';
import { Empty, Page } from '@/components/Page';
import { count, date, inChartUnit, measure, moment, plural } from '@/lib/format';
import { happened, Meanwhile } from './Meanwhile';

const kinds: Record<string, string> = {
  conversion: 'did it happen to a person, yes or no',
  value: 'a sum per person',
  count: 'how often it happens per person',
  ratio: 'one sum divided by another',
  quantile: 'what a share of all people stays below',
};

/** What is measured, and how it goes. */
export function KpisPage() {
  const { kpi: asked, prompt, by } = useSearch({ from: '/shell/kpis' });
  const navigate = useNavigate();
  const kpis = useQuery(kpisQuery);
  const set = (part: { kpi?: string; by?: string; prompt?: string }) =>
    void navigate({
      to: '/kpis',
      search: { kpi: asked, prompt, by, ...part },
      replace: true,
      resetScroll: false,
    });
  return (
    <Page title="KPIs" intent="What is measured, and how it goes day by day." trail={[{ title: 'KPIs' }]}>
      <Loaded query={kpis} shape={<Bones rows={6} />}>
        {({ items }) => {
          const chosen =
            items.find((kpi) => kpi.id === asked) ??
            items.find((kpi) => kpi.made_of.length === 0) ??
            items[0];
          if (!chosen)
            return (
              <Empty title="The library defines no KPI yet">
                <p>
                  KPIs stand in <code>library.yaml</code>: an id, whether it is a yes-or-no, a sum or a count,
                  which way is good, and for how long after an exposure an outcome counts.
                </p>
              </Empty>
            );
          return (
            <>
              <div className="row" style={{ flexWrap: 'wrap', gap: 12, alignItems: 'end' }}>
                <Select
                  label="KPI"
                  value={chosen.id}
                  data={items.map((kpi) => ({ value: kpi.id, label: kpi.title || kpi.id }))}
                  onChange={(kpi) => set({ kpi: kpi ?? undefined })}
                />
              </div>
              <Definition kpi={chosen} />
              {chosen.made_of.length > 0 ? (
                <p>{`It is made of ${chosen.made_of.join(' and ')}; look at these over time.`}</p>
              ) : (
                <>
                  <SeriesTile key={chosen.id} kpi={chosen} prompt={prompt} by={by} set={set} />
                  <Baselines kpi={chosen.id} prompt={prompt} />
                </>
              )}
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}

function Definition({ kpi }: { kpi: KpiInfo }) {
  const days = kpi.window_seconds / 86_400;
  return (
    <p className="quiet">
      {`${kpi.title || kpi.id} (${kpi.id}): ${kinds[kpi.kind] ?? kpi.kind}; ${kpi.direction === 'up' ? 'more' : 'less'} is better. `}
      {`An outcome counts for ${days >= 1 ? plural(Math.round(days), 'day') : plural(Math.round(days * 24), 'hour')} after an exposure.`}
      {kpi.owner && ` ${kpi.owner} answers for it.`}
    </p>
  );
}

type TileProps = {
  kpi: KpiInfo;
  prompt?: string;
  by?: string;
  set: (part: { by?: string; prompt?: string }) => void;
};

/** Days that are shown hour by hour. */
const HOURLY_DAYS = 7;
const midnight = (daysAgo: number) => {
  const day = new Date(Date.now() - daysAgo * 86_400_000);
  return `${day.toISOString().slice(0, 10)}T00:00:00Z`;
};

function SeriesTile({ kpi, prompt, by, set }: TileProps) {
  const [hourly, setHourly] = useState(false);
  const found = useQuery(
    seriesQuery({
      kpi: kpi.id,
      prompt,
      by,
      ...(hourly && { grain: 'hour', from: midnight(HOURLY_DAYS) }),
    }),
  );
  return (
    <section className="tile" aria-label="Over time">
      <h2 className="tile-title">
        Over time
        {prompt && (
          <>
            {', after '}
            <Link to="/prompts/$id" params={{ id: prompt }} search={{}} className="link">
              {prompt}
            </Link>
          </>
        )}
      </h2>
      <Loaded query={found} shape={<Bones rows={6} />}>
        {(data) => (
          <>
            <div className="row" style={{ flexWrap: 'wrap', gap: 12, alignItems: 'end', marginBottom: 12 }}>
              <Select
                label="A line for each"
                placeholder="one line for all"
                clearable
                value={by ?? null}
                data={[
                  ...(prompt ? [{ value: 'version', label: 'version' }] : []),
                  ...data.facets
                    .filter((facet) => facet !== 'returning')
                    .map((facet) => ({ value: facet, label: facet.replace(/_/g, ' ') })),
                ]}
                onChange={(value) => set({ by: value ?? undefined })}
                style={{ maxWidth: 240 }}
              />
              <Select
                label="A point for each"
                value={hourly ? 'hour' : 'day'}
                allowDeselect={false}
                data={[
                  { value: 'day', label: 'day' },
                  { value: 'hour', label: `hour of the last ${HOURLY_DAYS} days` },
                ]}
                onChange={(value) => setHourly(value === 'hour')}
                style={{ maxWidth: 240 }}
              />
            </div>
            {data.lines.length === 0 ? (
              <p>Nobody was exposed in this time, so there is nothing to draw yet.</p>
            ) : (
              <Lines data={data} hourly={hourly} />
            )}
          </>
        )}
      </Loaded>
    </section>
  );
}

const scaled = (kpi: KpiInfo, value: number) => inChartUnit(kpi as never, value);

function Lines({ data, hourly }: { data: Series; hourly: boolean }) {
  const [explain, setExplain] = useState(false);
  const lines = data.lines.map((line) => ({
    label: line.label || data.kpi.title || data.kpi.id,
    points: line.points.map((point) => ({
      x: Date.parse(point.at),
      y: scaled(data.kpi, point.mean),
      low: point.low == null ? undefined : scaled(data.kpi, point.low),
      high: point.high == null ? undefined : scaled(data.kpi, point.high),
      open: !point.complete,
    })),
  }));
  const unit = data.kpi.kind === 'conversion' ? '%' : data.kpi.unit;
  return (
    <>
      <LineChart
        title={`${data.kpi.title || data.kpi.id} by ${hourly ? 'hour' : 'day'}`}
        lines={lines}
        markers={data.markers.map((marker) => ({ x: Date.parse(marker.at), title: happened(marker) }))}
        sayX={(at) => (hourly ? moment : date)(new Date(at).toISOString())}
        sayY={(value, digits) => `${value.toFixed(digits)} ${unit}`.trim()}
        table={<PointTable data={data} hourly={hourly} />}
        extra={
          <Button
            variant="subtle"
            size="compact-sm"
            aria-expanded={explain}
            onClick={() => setExplain(!explain)}
          >
            Explain this
          </Button>
        }
      />
      {explain && (
        <p className="quiet" style={{ maxWidth: '68ch' }}>
          Each point is the people who got a prompt that {hourly ? 'hour' : 'day'} and what came of it within
          the KPI's window; every outcome counts once. Hollow points still grow, because the window of some
          people is open. The band is where the true mean of that one {hourly ? 'hour' : 'day'} lies with a
          chance of 95 %. Dotted lines are releases that went live and rollouts that began or ended. A line
          that moves is not yet a cause: who was reached may have changed, too.
        </p>
      )}
      <Meanwhile markers={data.markers} />
      {data.missing > 0 && (
        <p className="quiet">{`Up to ${count(data.missing)} newer events are not counted yet.`}</p>
      )}
    </>
  );
}

function PointTable({ data, hourly }: { data: Series; hourly: boolean }) {
  const amount = (value: number | null | undefined) =>
    value == null ? '–' : measure(data.kpi as never, value);
  return (
    <table className="plain">
      <thead>
        <tr>
          <th scope="col">From</th>
          <th scope="col">Line</th>
          {['People', 'Mean', 'At least', 'At most'].map((heading) => (
            <th key={heading} scope="col" className="num">
              {heading}
            </th>
          ))}
          <th scope="col">Complete</th>
        </tr>
      </thead>
      <tbody>
        {data.lines.flatMap((line) =>
          line.points.map((point) => (
            <tr key={`${line.label} ${point.at}`}>
              <td>{(hourly ? moment : date)(point.at)}</td>
              <td>{line.label || 'all'}</td>
              <td className="num">{count(point.units)}</td>
              <td className="num">{amount(point.mean)}</td>
              <td className="num">{amount(point.low)}</td>
              <td className="num">{amount(point.high)}</td>
              <td>{point.complete ? 'yes' : 'still grows'}</td>
            </tr>
          )),
        )}
      </tbody>
    </table>
  );
}

import type { Switchback } from '@/api/designs';
import type { KpiResult, RolloutDetail } from '@/api/types';
import { ChartFigure, ChartTable } from '@/components/ChartFigure';
import { Pill } from '@/components/Pill';
import { Said } from '@/components/Said';
import { chartUnit, count, inChartUnit, moment } from '@/lib/format';
import { armName } from '@/lib/rollouts';
import { stateWords } from '@/lib/windows';
import { WindowsChart } from './WindowsChart';

/** The windows of a switchback: who got what when, and which of them count. */
export function WindowsTile({ rollout, found }: { rollout: RolloutDetail; found: Switchback }) {
  const kpi = rollout.kpis.find((one) => one.kpi === found.kpi);
  const arms = (rollout.arms ?? []).map((arm) => armName(arm));
  return (
    <section className="tile stack" aria-labelledby="windows">
      <div className="between">
        <h2 id="windows" className="tile-title">
          Windows
        </h2>
        {found.alarm && (
          <Pill tone="red" icon="warning">
            not served as drawn
          </Pill>
        )}
      </div>
      <p role="status">
        <Said text={found.sentence} />
      </p>
      {found.windows.length > 0 && (
        <ChartFigure
          chart={<WindowsChart found={found} kpi={kpi} arms={arms} />}
          table={<WindowTable found={found} kpi={kpi} arms={arms} />}
        />
      )}
      {found.burn_in_units > 0 && (
        <p className="small quiet">
          {`${count(found.burn_in_units)} visits at the beginning of windows are left out.`}
        </p>
      )}
    </section>
  );
}

function WindowTable({ found, kpi, arms }: { found: Switchback; kpi?: KpiResult; arms: string[] }) {
  const mean = (value: number | null | undefined) =>
    value == null || !kpi ? '–' : `${inChartUnit(kpi, value).toPrecision(4)} ${chartUnit(kpi)}`.trim();
  return (
    <ChartTable
      title="Windows"
      head={[
        'Begins',
        'Version',
        kpi?.title ?? 'Mean',
        'People',
        'Left out at its beginning',
        'What became of it',
      ]}
      rows={[...found.windows]
        .reverse()
        .map((window) => [
          moment(window.from),
          arms[window.arm] ?? `Arm ${window.arm}`,
          mean(window.mean),
          count(window.units),
          count(window.burn_in_units),
          stateWords(window),
        ])}
    />
  );
}

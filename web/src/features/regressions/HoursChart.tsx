import type { Regression } from '@/api/types';
import { ChartFigure, ChartTable } from '@/components/ChartFigure';
import { count, measure, moment } from '@/lib/format';
import { ShiftDrawing } from './ShiftDrawing';

/** The hours around a fall that was found by the hour, beside what these hours bring otherwise. */
export function HoursChart({ regression: one }: { regression: Regression }) {
  const hours = one.hours.filter((hour) => hour.value != null);
  const word = (at: number) => moment(new Date(at).toISOString());
  const first = one.hour ?? '';
  return (
    <ChartFigure
      chart={
        <ShiftDrawing
          regression={one}
          places={hours.map((hour) => ({
            at: Date.parse(hour.at),
            value: hour.value ?? 0,
            usual: hour.usual,
          }))}
          change={Date.parse(first)}
          between={[Date.parse(one.earliest_hour ?? first), Date.parse(one.latest_hour ?? first)]}
          half={1_800_000}
          levels={false}
          label={`${one.kpi_title} by the hour; the dashed line is what these hours of the week bring otherwise`}
          word={word}
          changeWord={moment(first)}
        />
      }
      table={
        <ChartTable
          title={`${one.kpi_title}, hour by hour`}
          head={['Hour', one.per_exposure ? 'Exposures' : 'Hours', 'Outcomes', 'Mean', 'Usual']}
          rows={[...hours]
            .reverse()
            .map((hour) => [
              moment(hour.at),
              count(hour.units),
              count(hour.outcomes),
              measure(one, hour.value ?? 0),
              hour.usual == null ? '' : measure(one, hour.usual),
            ])}
        />
      }
    />
  );
}

import type { Regression } from '@/api/types';
import { ChartFigure, ChartTable } from '@/components/ChartFigure';
import { count, date, measure } from '@/lib/format';
import { unmarked } from '@/lib/words-shown';
import { ShiftDrawing } from './ShiftDrawing';

const at = (day: string) => Date.parse(`${day}T00:00:00Z`);

/** The days of a series with the day on which it changed; the table says the same. */
export function SeriesChart({ regression: one }: { regression: Regression }) {
  const days = one.series.filter((day) => day.value != null);
  return (
    <ChartFigure
      chart={
        <ShiftDrawing
          regression={one}
          places={days.map((day) => ({ at: at(day.day), value: day.value ?? 0 }))}
          change={at(one.day)}
          between={[at(one.earliest), at(one.latest)]}
          half={43_200_000}
          levels
          label={unmarked(one.sentence)}
          word={(moment) => date(new Date(moment).toISOString())}
          changeWord={date(`${one.day}T00:00:00Z`)}
        />
      }
      table={
        <ChartTable
          title={`${one.kpi_title}, day by day`}
          head={['Day', one.per_exposure ? 'Exposures' : 'Days', 'Outcomes', 'Mean']}
          rows={[...days]
            .reverse()
            .map((day) => [day.day, count(day.units), count(day.outcomes), measure(one, day.value ?? 0)])}
        />
      }
    />
  );
}

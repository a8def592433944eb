import { useElementSize } from '@mantine/hooks';
import type { Journeys } from '@/api/types';
import { ChartFigure, ChartTable } from '@/components/ChartFigure';
import { count } from '@/lib/format';
import { type Box, layOut, type Ribbon } from './flow';

const HEIGHT = 300;
const EDGE = 18;

const stepName = (step: number, last: number) => (step === last ? 'End' : `Touch ${step + 1}`);

/** The first steps of all journeys as bands; the table has the same places. */
export function StepsFlow({ journeys }: { journeys: Journeys }) {
  const last = Math.max(...journeys.steps.map((step) => step.step));
  return (
    <ChartFigure
      chart={<Drawing journeys={journeys} last={last} />}
      table={
        <ChartTable
          title="First steps"
          head={['Step', 'Name', 'Journeys', 'Convert in the end']}
          rows={[...journeys.steps]
            .sort((a, b) => a.step - b.step || b.journeys - a.journeys)
            .map((step) => [
              stepName(step.step, last),
              step.name,
              count(step.journeys),
              `${((100 * step.conversions) / Math.max(1, step.journeys)).toFixed(1)} %`,
            ])}
        />
      }
    />
  );
}

function Drawing({ journeys, last }: { journeys: Journeys; last: number }) {
  const { ref, width: measured } = useElementSize<HTMLDivElement>();
  const width = Math.max(520, measured || 720);
  const { boxes, ribbons } = layOut(journeys, width, HEIGHT - EDGE - 12);
  const all = boxes.filter((box) => box.step === 0).reduce((sum, box) => sum + box.journeys, 0);
  const ends = boxes.filter((box) => box.name === 'converted' && box.step === last);
  const converted = ends.reduce((sum, box) => sum + box.journeys, 0);
  const label = `The first steps of ${count(all)} journeys; ${count(converted)} end in a conversion.`;
  const steps = [...new Set(boxes.map((box) => box.step))].sort((a, b) => a - b);
  return (
    <section ref={ref} className="scroll-x" tabIndex={0} aria-label="First steps, drawn">
      <svg width={width} height={HEIGHT} role="img" aria-label={label} className="chart-svg">
        <g transform={`translate(0 ${EDGE})`}>
          {ribbons.map((ribbon) => (
            <Band
              key={`${ribbon.from.step} ${ribbon.from.name} ${ribbon.to.step} ${ribbon.to.name}`}
              ribbon={ribbon}
            />
          ))}
          {boxes.map((box) => (
            <Place key={`${box.step} ${box.name}`} box={box} isLast={box.step === last} />
          ))}
        </g>
        {steps.map((step) => {
          const x = boxes.find((box) => box.step === step)?.x ?? 0;
          return (
            <text
              key={step}
              x={step === last ? x + 12 : x}
              y={11}
              textAnchor={step === last ? 'end' : 'start'}
            >
              {step === last || step < 4 ? stepName(step, last) : ''}
            </text>
          );
        })}
      </svg>
    </section>
  );
}

function Band({ ribbon }: { ribbon: Ribbon }) {
  const x0 = ribbon.from.x + ribbon.from.width;
  const x1 = ribbon.to.x;
  const middle = (x0 + x1) / 2;
  const [a, b] = [ribbon.y0, ribbon.y1];
  const path = `M${x0},${a}C${middle},${a} ${middle},${b} ${x1},${b}L${x1},${b + ribbon.height}C${middle},${b + ribbon.height} ${middle},${a + ribbon.height} ${x0},${a + ribbon.height}Z`;
  const goal = ribbon.to.name === 'converted';
  return (
    <path d={path} className={goal ? 'flow-band good' : 'flow-band'}>
      <title>{`${ribbon.from.name} to ${ribbon.to.name}: ${count(ribbon.journeys)}`}</title>
    </path>
  );
}

function Place({ box, isLast }: { box: Box; isLast: boolean }) {
  return (
    <g>
      <rect
        x={box.x}
        y={box.y}
        width={box.width}
        height={box.height}
        className={box.name === 'converted' ? 'flow-box good' : 'flow-box'}
      >
        <title>{`${box.name}: ${count(box.journeys)}`}</title>
      </rect>
      {box.height > 10 && (
        <text
          x={isLast ? box.x - 6 : box.x + box.width + 6}
          y={box.y + Math.min(box.height / 2 + 4, 14)}
          textAnchor={isLast ? 'end' : 'start'}
          className="flow-name"
        >
          {`${box.name} ${count(box.journeys)}`}
        </text>
      )}
    </g>
  );
}

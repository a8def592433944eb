import type { KpiResult, RolloutDetail } from '@/api/types';
import { Explain } from '@/components/Explain';
import { KpiPill } from '@/components/Pill';
import { PlainTable } from '@/components/PlainTable';
import { Said } from '@/components/Said';
import { count, measure } from '@/lib/format';
import { armName } from '@/lib/rollouts';

type Sums = KpiResult['control'];

/** A quantile of each version with its interval: for reading, since nothing is claimed of it. */
export function QuantileTile({ kpi, rollout }: { kpi: KpiResult; rollout: RolloutDetail }) {
  const arms = rollout.arms ?? [];
  const sumsOf = (arm: number): Sums | undefined =>
    arm === 0 ? kpi.control : (kpi.treatments?.find((one) => one.arm === arm)?.sums ?? kpi.treatment);
  const amount = (value: number | null | undefined) => (value == null ? '–' : measure(kpi, value));
  return (
    <section className="tile stack tight" aria-label={kpi.title}>
      <div className="between">
        <h2 className="tile-title">{kpi.title}</h2>
        <KpiPill state={kpi.state} guarded={false} direction={kpi.direction} />
      </div>
      <p className="verdict kpi-sentence">
        <Said text={kpi.sentence} />
      </p>
      <PlainTable
        label={`${kpi.title}, version by version`}
        rowHeads
        columns={['Version', 'People', 'Stands at', 'At least', 'At most']}
        rows={arms.map((arm) => {
          const sums = sumsOf(arm.arm);
          return {
            key: arm.arm,
            cells: [
              `${armName(arm)}${arm.arm === 0 ? ', as before' : ''}`,
              count(sums?.units ?? 0),
              sums && sums.units > 0 ? amount(sums.mean) : '–',
              amount(sums?.quantile?.low),
              amount(sums?.quantile?.high),
            ],
          };
        })}
      />
      <Explain>
        <p>
          A quantile is what a share of all people stays below: half of them, for a median. It tells of usual
          or of slow cases where a mean is moved by a few large ones.
        </p>
        <p>
          “At least” and “at most” say where the true one lies, from the ranks of what was seen; “–” stands
          where too few people lie beyond. It is for reading: no guard and no verdict rests on it.
        </p>
      </Explain>
    </section>
  );
}

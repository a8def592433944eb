import type { KpiResult, RolloutDetail } from '@/api/types';
import { KpiPill, Pill } from '@/components/Pill';
import { PlainTable } from '@/components/PlainTable';
import { count, difference, measure, share } from '@/lib/format';
import { armName } from '@/lib/rollouts';

/** Every arm of a rollout that compares several new versions, beside what was live. */
export function ArmsTile({ rollout, kpi }: { rollout: RolloutDetail; kpi: KpiResult }) {
  const rows = (rollout.arms ?? []).map((arm) => {
    const found = kpi.treatments?.find((one) => one.arm === arm.arm);
    const reading = found && (
      <KpiPill
        state={found.state}
        guarded={found.guard != null}
        fired={found.guard?.fired}
        direction={kpi.direction}
      />
    );
    return {
      key: arm.arm,
      cells: [
        `${armName(arm)}${arm.arm === 0 ? ', as before' : ''}`,
        share(arm.share),
        count(arm.exposed),
        measure(kpi, found ? found.sums.mean : kpi.control.mean),
        found?.difference
          ? `${difference(kpi, found.difference.estimate)} (${difference(kpi, found.difference.low)} to ${difference(kpi, found.difference.high)})`
          : '–',
        arm.stopped ? (
          <Pill key="stopped" tone="red" icon="back">
            stopped
          </Pill>
        ) : (
          reading
        ),
      ],
    };
  });
  return (
    <section className="tile" aria-labelledby="arms">
      <h2 id="arms">{`${kpi.title}, version by version`}</h2>
      <PlainTable
        label={`${kpi.title}, version by version, as a table`}
        rowHeads
        columns={['Version', 'Share', 'People', kpi.title, 'Difference', { title: 'Reading', text: true }]}
        rows={rows}
      />
    </section>
  );
}

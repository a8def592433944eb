import type { KpiResult, RolloutDetail } from '@/api/types';
import { KpiPill, Pill } from '@/components/Pill';
import { count, difference, measure, share } from '@/lib/format';
import { armName } from '@/lib/rollouts';

/** Every arm of a rollout that compares several new versions, beside what was live. */
export function ArmsTile({ rollout, kpi }: { rollout: RolloutDetail; kpi: KpiResult }) {
  return (
    <section className="tile" aria-labelledby="arms">
      <h2 id="arms">{`${kpi.title}, version by version`}</h2>
      <section className="scroll-x" tabIndex={0} aria-labelledby="arms">
        <table className="plain">
          <thead>
            <tr>
              <th scope="col">Version</th>
              <th scope="col" className="num">
                Share
              </th>
              <th scope="col" className="num">
                People
              </th>
              <th scope="col" className="num">
                {kpi.title}
              </th>
              <th scope="col" className="num">
                Difference
              </th>
              <th scope="col">Reading</th>
            </tr>
          </thead>
          <tbody>
            {(rollout.arms ?? []).map((arm) => {
              const found = kpi.treatments?.find((one) => one.arm === arm.arm);
              return (
                <tr key={arm.arm}>
                  <th scope="row">{`${armName(arm)}${arm.arm === 0 ? ', as before' : ''}`}</th>
                  <td className="num">{share(arm.share)}</td>
                  <td className="num">{count(arm.exposed)}</td>
                  <td className="num">{measure(kpi, found ? found.sums.mean : kpi.control.mean)}</td>
                  <td className="num">
                    {found?.difference
                      ? `${difference(kpi, found.difference.estimate)} (${difference(kpi, found.difference.low)} to ${difference(kpi, found.difference.high)})`
                      : '–'}
                  </td>
                  <td>
                    {arm.stopped ? (
                      <Pill tone="red" icon="back">
                        stopped
                      </Pill>
                    ) : (
                      found && (
                        <KpiPill
                          state={found.state}
                          guarded={found.guard != null}
                          fired={found.guard?.fired}
                          direction={kpi.direction}
                        />
                      )
                    )}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </section>
    </section>
  );
}

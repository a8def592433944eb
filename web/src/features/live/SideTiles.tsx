import type { Switchback } from '@/api/designs';
import type { KpiResult, RolloutDetail } from '@/api/types';
import { Glow } from '@/components/Glow';
import { KpiPill, Pill } from '@/components/Pill';
import { count, difference } from '@/lib/format';
import { unmarked } from '@/lib/words-shown';

/** The other KPIs and the split, one line each. */
export function SideTiles({ rollout, kpis }: { rollout: RolloutDetail; kpis: KpiResult[] }) {
  return (
    <section className="tile" aria-labelledby="other-kpis">
      <h2 id="other-kpis">Other numbers</h2>
      <ul className="side-kpis">
        {kpis.map((kpi) => (
          <li key={kpi.kpi} title={unmarked(kpi.sentence)}>
            <span>
              {`${kpi.title} `}
              {kpi.difference && <Glow value={difference(kpi, kpi.difference.estimate)} />}
            </span>
            <KpiPill
              state={kpi.state}
              guarded={kpi.guard != null}
              fired={kpi.guard?.fired}
              direction={kpi.direction}
            />
          </li>
        ))}
        {rollout.switchback ? <WindowsRow found={rollout.switchback} /> : <SplitRow rollout={rollout} />}
      </ul>
    </section>
  );
}

function WindowsRow({ found }: { found: Switchback }) {
  return (
    <li title={found.sentence}>
      <span>
        {'Pairs of windows '}
        <Glow value={`${found.pairs} of ${found.planned_pairs}`} />
      </span>
      {found.alarm ? (
        <Pill tone="red" icon="warning">
          not as drawn
        </Pill>
      ) : (
        <Pill tone="green" icon="check">
          as drawn
        </Pill>
      )}
    </li>
  );
}

function SplitRow({ rollout }: { rollout: RolloutDetail }) {
  const { split } = rollout;
  const total = split.exposed.reduce((a, b) => a + b, 0);
  const shares = split.exposed.map((n) => (total === 0 ? '–' : ((n / total) * 100).toFixed(1)));
  return (
    <>
      <li title={`Planned ${split.planned.map((n) => n / 100).join(' / ')}; p = ${split.p.toPrecision(2)}`}>
        <span>
          {'Split '}
          <Glow value={shares.join(' / ')} />
        </span>
        {split.alarm ? (
          <Pill tone="red" icon="warning">
            uneven
          </Pill>
        ) : total < 100 ? (
          <Pill icon="clock">collecting</Pill>
        ) : (
          <Pill tone="green" icon="check">
            even
          </Pill>
        )}
      </li>
      {split.alarm && (
        <li className="split-alarm">
          <p className="small">
            The two groups are not as large as planned, so their numbers cannot be compared. Something sends
            people to the wrong side or loses them.
          </p>
        </li>
      )}
      <li>
        <span>People</span>
        <span>
          <Glow value={count(total)} />
        </span>
      </li>
    </>
  );
}

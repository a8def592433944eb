import { Button } from '@mantine/core';
import { useState } from 'react';
import type { KpiResult, RolloutDetail } from '@/api/types';
import { BandChart, type Limit } from '@/components/BandChart';
import { Glow } from '@/components/Glow';
import { KpiPill } from '@/components/Pill';
import { Said } from '@/components/Said';
import { count, difference, inChartUnit, measure } from '@/lib/format';
import { armName, versionOf } from '@/lib/rollouts';
import { sentenceCase } from '@/lib/words-shown';

/** An arm as it is called on the page: both arms of a hold-out begin with the same release. */
function nameOf(rollout: RolloutDetail, arm: number): string {
  const found = rollout.arms?.find((one) => one.arm === arm);
  if (found) return armName(found);
  const { control_version, control, treatment_version, treatment } = rollout;
  return sentenceCase(
    arm === 0 ? versionOf(control_version, control) : versionOf(treatment_version, treatment),
  );
}

/** The KPI that matters most, with its curve. */
export function KpiTile({ kpi, rollout }: { kpi: KpiResult; rollout: RolloutDetail }) {
  const [explain, setExplain] = useState(false);
  const fired = rollout.fired?.kpi === kpi.kpi ? rollout.fired : undefined;
  const marker = fired && {
    units: fired.exposed.reduce((a, b) => a + b, 0),
    title: `${fired.action === 'pause' ? 'paused' : 'taken back'} at ${count(fired.exposed.reduce((a, b) => a + b, 0))} people`,
  };
  const sentence = kpiSentence(kpi, rollout);
  return (
    <section className="tile kpi-tile" aria-label={kpi.title}>
      <div className="between">
        <h2 className="tile-title" style={{ margin: 0 }}>
          {kpi.title}
        </h2>
        <KpiPill
          state={kpi.state}
          guarded={kpi.guard != null}
          fired={kpi.guard?.fired}
          direction={kpi.direction}
        />
      </div>
      <p className="verdict kpi-sentence">
        <Said text={sentence} />
      </p>
      <BandChart
        kpi={{ ...kpi, sentence }}
        marker={marker}
        limit={limitOf(kpi)}
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
      <div className="kpi-foot">
        <span>
          {`${nameOf(rollout, 0)} `}
          <Glow value={measure(kpi, kpi.control.mean)} /> {`of ${count(kpi.control.units)}`}
        </span>
        <span>
          {`${nameOf(rollout, 1)} `}
          <Glow value={measure(kpi, kpi.treatment.mean)} /> {`of ${count(kpi.treatment.units)}`}
        </span>
        {kpi.guard && (
          <span>
            {'Chance of a false alarm over the whole rollout: '}
            <strong>{`under ${Math.round(rollout.alpha * 1000) / 10} %`}</strong>
          </span>
        )}
      </div>
      {explain && <Explanation kpi={kpi} rollout={rollout} />}
    </section>
  );
}

/** The guard's limit: none lost, none more, or the margin it allows. */
function limitOf(kpi: KpiResult): Limit | undefined {
  if (!kpi.guard) return undefined;
  const rise = kpi.guard.harm === 'increase';
  const margin = (rise ? 1 : -1) * kpi.guard.margin * kpi.control.mean;
  const title = margin === 0 ? `limit: no ${rise ? 'rise' : 'loss'}` : `limit ${difference(kpi, margin)}`;
  return { value: inChartUnit(kpi, margin), title, harm: rise ? 'up' : 'down' };
}

/** What is known of a share, as a sentence; for other measures the server's own words. */
function kpiSentence(kpi: KpiResult, rollout: RolloutDetail): string {
  const found = kpi.difference;
  if (!found || kpi.kind !== 'conversion' || found.low * found.high <= 0) return kpi.sentence;
  const points = (value: number) => Math.abs(inChartUnit(kpi, value)).toFixed(1);
  const [least, most] = [found.low, found.high].sort((a, b) => Math.abs(a) - Math.abs(b));
  const verb = kpi.title.endsWith('s') ? 'are' : 'is';
  return `${kpi.title} ${verb} ${points(found.estimate)} points ${found.estimate < 0 ? 'lower' : 'higher'} with ${versionOf(rollout.treatment_version, rollout.treatment)}, somewhere between ${points(least ?? 0)} and ${points(most ?? 0)} points.`;
}

function Explanation({ kpi, rollout }: { kpi: KpiResult; rollout: RolloutDetail }) {
  return (
    <div className="explain stack tight">
      <p>
        The line is the difference between people who got the new version and people who got the old one. The
        band is what the true difference may be; it narrows as more people take part. While the band holds
        zero, both may be equally good.
      </p>
      <p>
        The band may be looked at as often as you like: it stays right at every look, which an ordinary test
        does not.
      </p>
      {kpi.guard && (
        <p>
          {`The guard weighs all its numbers together and asks for stronger evidence than the band shows, so it acts later than the band leaves the line. Over the whole rollout, a harmless version would be taken back by mistake with a chance of at most ${Math.round(rollout.alpha * 1000) / 10} %.`}
        </p>
      )}
    </div>
  );
}

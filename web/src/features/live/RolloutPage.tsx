import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { demoQuery, rolloutQuery } from '@/api/queries';
import type { KpiResult, RolloutDetail } from '@/api/types';
import { Bones, Loaded } from '@/components/Loaded';
import { Page } from '@/components/Page';
import { RolloutPill } from '@/components/Pill';
import { useExpectedWords } from '@/components/session';
import { TechnicalDetails } from '@/components/TechnicalDetails';
import { announce } from '@/lib/announce';
import { ago, personName } from '@/lib/format';
import { ArmsTile } from './ArmsTile';
import { DecisionTile } from './DecisionTile';
import { DesignActs } from './DesignActs';
import { DesignTile } from './DesignTile';
import { GuardsTile } from './GuardsTile';
import { Happened } from './Happened';
import { KpiTile } from './KpiTile';
import { QuantileTile } from './QuantileTile';
import { RestsOn } from './RestsOn';
import { RolloutActs } from './RolloutActs';
import { SamplePanel } from './SamplePanel';
import { ShadowTile } from './ShadowTile';
import { SideTiles } from './SideTiles';
import { StageBar } from './StageBar';
import { Verdict } from './Verdict';
import { WindowsTile } from './WindowsTile';
import './live.css';

/** One rollout: the verdict first, then the evidence. */
export function RolloutPage() {
  const { number } = useParams({ from: '/shell/live/$number' });
  const rollout = useQuery({ ...rolloutQuery(Number(number)), staleTime: 500 });
  return (
    <Loaded
      query={rollout}
      shape={
        <Page title={`Rollout ${number}`}>
          <Bones rows={8} />
        </Page>
      }
    >
      {(data) => <Read key={data.number} rollout={data} />}
    </Loaded>
  );
}

function Read({ rollout }: { rollout: RolloutDetail }) {
  const demo = useQuery(demoQuery).data;
  const isSample = demo?.available && demo.rollout === rollout.number;
  const expected = useExpectedWords();
  useAnnouncements(rollout);
  const [main, ...others] = orderedKpis(rollout);
  const isShadow = rollout.design === 'shadow';
  return (
    <Page
      title={rollout.title}
      intent={
        <>
          {rollout.prompt && (
            <>
              <Link to="/prompts/$id" params={{ id: rollout.prompt }} search={{}} className="link">
                {rollout.prompt}
              </Link>
              {' · '}
            </>
          )}
          {`started by ${rollout.started_by === 'You' ? 'you' : personName(rollout.started_by)} ${ago(rollout.started_at)}`}
          {rollout.hypothesis && ` · expected: ${expected(rollout.hypothesis)}`}
        </>
      }
      trail={[{ title: 'Live', to: '/live' }, { title: rollout.environment }]}
      actions={
        isShadow || rollout.design === 'hold-out' ? (
          <DesignActs rollout={rollout} />
        ) : (
          <RolloutActs rollout={rollout} />
        )
      }
      pills={
        <>
          <RolloutPill rollout={rollout} />
          {!isShadow && !rollout.switchback && (
            <Link
              to="/live/$number/cohorts"
              params={{ number: String(rollout.number) }}
              search={{}}
              className="link"
            >
              By groups of people
            </Link>
          )}
          <TechnicalDetails
            rows={[
              ['Number', `R-${rollout.number}`],
              ['Old release', String(rollout.control)],
              ['New release', String(rollout.treatment)],
              ['Chance of a false roll-back over the whole rollout', String(rollout.alpha)],
              [
                'Combined evidence (ln E) and threshold',
                `${rollout.log_e.toFixed(3)} of ${rollout.threshold.toFixed(3)}`,
              ],
              ['People who met more than one arm', String(rollout.both_arms)],
            ]}
          />
        </>
      }
    >
      <Verdict rollout={rollout} />
      <DecisionTile rollout={rollout} />
      {isSample && demo && rollout.state !== 'rolled-back' && <SamplePanel demo={demo} rollout={rollout} />}
      <StageBar rollout={rollout} />
      {!isShadow && rollout.verdict && <RestsOn verdict={rollout.verdict} />}
      <div className="split-side">
        <div className="stack">
          {isShadow && <ShadowTile rollout={rollout} />}
          {rollout.switchback && <WindowsTile rollout={rollout} found={rollout.switchback} />}
          {main && !isQuantile(main) && (rollout.arms?.length ?? 0) > 2 && (
            <ArmsTile kpi={main} rollout={rollout} />
          )}
          {main && !isQuantile(main) && <KpiTile kpi={main} rollout={rollout} />}
          {rollout.kpis.filter(isQuantile).map((kpi) => (
            <QuantileTile key={kpi.kpi} kpi={kpi} rollout={rollout} />
          ))}
          {others
            .filter((kpi) => kpi.guard?.fired)
            .map((kpi) => (
              <KpiTile key={kpi.kpi} kpi={kpi} rollout={rollout} />
            ))}
          {!isShadow && <GuardsTile rollout={rollout} />}
        </div>
        <div className="stack">
          {!isShadow && (
            <SideTiles
              rollout={rollout}
              kpis={others.filter((kpi) => !kpi.guard?.fired && !isQuantile(kpi))}
            />
          )}
          <DesignTile rollout={rollout} />
          <Happened rollout={rollout} />
        </div>
      </div>
      {isSample && demo && rollout.state === 'rolled-back' && <SamplePanel demo={demo} rollout={rollout} />}
    </Page>
  );
}

const isQuantile = (kpi: KpiResult) => kpi.kind === 'quantile';

/** The KPI that decided stands first, then the goal. */
function orderedKpis(rollout: RolloutDetail) {
  const fired = rollout.fired?.kpi;
  return [...rollout.kpis].sort(
    (a, b) => Number(b.kpi === fired) - Number(a.kpi === fired) || Number(b.goal) - Number(a.goal),
  );
}

/** Says changes of state aloud; only a guard that fires interrupts. */
function useAnnouncements(rollout: RolloutDetail) {
  const before = useRef(rollout.state);
  useEffect(() => {
    if (before.current === rollout.state) return;
    before.current = rollout.state;
    if (rollout.state === 'rolled-back' && rollout.ending?.by_guard) {
      announce(`Taken back by a guard. ${rollout.fired?.sentence ?? rollout.sentence}`, 'assertive');
    } else announce(rollout.sentence);
  }, [rollout]);
}

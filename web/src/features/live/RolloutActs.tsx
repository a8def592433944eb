import { Button, NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { actOnRollout, askDecision, type RolloutAct } from '@/api/operations';
import { environmentsQuery } from '@/api/queries';
import type { RolloutDetail } from '@/api/types';
import { Icon } from '@/components/Icon';
import { LinkButton } from '@/components/LinkButton';
import { ReasonDialog } from '@/components/ReasonDialog';
import { useAct, useMay } from '@/components/session';
import { toast } from '@/components/toast';
import { share } from '@/lib/format';
import { armName, openArms } from '@/lib/rollouts';

const done: Record<RolloutAct, string> = {
  advance: 'The next stage has begun',
  pause: 'Paused',
  resume: 'Running again',
  'roll-back': 'Taken back',
  finish: 'Everybody gets the new version',
};

/** The verbs of a rollout. Roll back is there as long as it is open, and large. */
export function RolloutActs({ rollout }: { rollout: RolloutDetail }) {
  const [asking, setAsking] = useState<'roll-back' | 'finish' | 'go-on'>();
  const [winner, setWinner] = useState(String(openArms(rollout)[0]?.arm ?? 1));
  const mayGoLive = useMay('go-live');
  const mayRollBack = useMay('roll-back');
  const act = useAct(
    ({ verb, reason, arm }: { verb: RolloutAct; reason: string; arm?: number }) =>
      actOnRollout(rollout.number, verb, reason, arm),
    {
      onDone: (_, { verb }) => {
        setAsking(undefined);
        toast(
          done[verb],
          verb === 'pause' ? { undo: () => act.mutate({ verb: 'resume', reason: 'Undo' }) } : {},
        );
      },
    },
  );
  const ask = useAct(
    ({ wish, arm, reason }: { wish: 'finish' | 'go-on'; arm?: number; reason: string }) =>
      askDecision(rollout.number, { wish, arm: arm ?? null, reason }),
    {
      onDone: () => {
        setAsking(undefined);
        toast('A second person is asked');
      },
    },
  );
  if (rollout.state !== 'running' && rollout.state !== 'paused') return <AfterTheEnd rollout={rollout} />;
  const candidates = openArms(rollout);
  const begins = rollout.starts_at != null;
  const next = rollout.stages[begins ? 0 : rollout.stage + 1];
  const old =
    rollout.control_version == null ? `Release ${rollout.control}` : `Version ${rollout.control_version}`;
  const fresh =
    rollout.treatment_version == null
      ? `Release ${rollout.treatment}`
      : `Version ${rollout.treatment_version}`;
  const chosen = candidates.find((arm) => String(arm.arm) === winner) ?? candidates[0];
  const objection = chosen?.objection;
  const waits = rollout.decision != null;
  const run = (verb: RolloutAct) => act.mutate({ verb, reason: '' });
  return (
    <>
      {mayGoLive && rollout.state === 'running' && rollout.design !== 'switchback' && (
        <Button
          variant="default"
          leftSection={<Icon name="pause" size={14} />}
          disabled={act.isPending}
          onClick={() => run('pause')}
        >
          Pause
        </Button>
      )}
      {mayGoLive && (rollout.state === 'paused' || rollout.held != null) && (
        <Button
          variant="default"
          leftSection={<Icon name="play" size={14} />}
          disabled={act.isPending}
          onClick={() => run('resume')}
        >
          Go on
        </Button>
      )}
      {mayGoLive && next !== undefined && rollout.state === 'running' && rollout.held == null && (
        <Button
          variant="default"
          disabled={act.isPending || (rollout.split.alarm && waits)}
          onClick={() => (rollout.split.alarm ? setAsking('go-on') : run('advance'))}
        >
          {begins ? `Begin now: ${share(next)}` : `Next stage: ${share(next)}`}
        </Button>
      )}
      {mayGoLive && (
        <Button
          variant="default"
          disabled={objection != null && waits && candidates.length < 2}
          onClick={() => setAsking('finish')}
        >
          Use the new version for everybody
        </Button>
      )}
      {mayRollBack && (
        <Button
          variant="danger"
          size="md"
          leftSection={<Icon name="back" />}
          onClick={() => setAsking('roll-back')}
        >
          Roll back
        </Button>
      )}
      <ReasonDialog
        opened={asking === 'roll-back'}
        onClose={() => setAsking(undefined)}
        title="Take the new version back?"
        act="Roll back now"
        danger
        busy={act.isPending}
        onConfirm={(reason) => act.mutate({ verb: 'roll-back', reason })}
      >
        {`Everyone gets ${old} again, at once.`}
      </ReasonDialog>
      <ReasonDialog
        opened={asking === 'finish'}
        onClose={() => setAsking(undefined)}
        title={objection ? 'Use it against the verdict?' : 'Use the new version for everybody?'}
        act={objection ? 'Ask a second person' : 'Use it for everybody'}
        reasonRequired={objection != null}
        busy={act.isPending || ask.isPending}
        onConfirm={(reason) => {
          const arm = candidates.length > 1 ? Number(winner) : undefined;
          if (objection) ask.mutate({ wish: 'finish', reason, arm });
          else act.mutate({ verb: 'finish', reason, arm });
        }}
      >
        {objection && (
          <p>{`The verdict does not support this: ${objection}. With a reason, and if a second person confirms, it is done all the same.`}</p>
        )}
        {candidates.length > 1 ? (
          <NativeSelect
            label="Which one does everyone get?"
            data={candidates.map((arm) => ({ value: String(arm.arm), label: armName(arm) }))}
            value={winner}
            onChange={(event) => setWinner(event.currentTarget.value)}
          />
        ) : (
          `${objection ? 'Then everyone' : 'Everyone'} gets ${candidates[0] ? armName(candidates[0]) : fresh}. The guards stop watching. ${old} stays one click away.`
        )}
      </ReasonDialog>
      <ReasonDialog
        opened={asking === 'go-on'}
        onClose={() => setAsking(undefined)}
        title="Go on although the split does not fit?"
        act="Ask a second person"
        reasonRequired
        busy={ask.isPending}
        onConfirm={(reason) => ask.mutate({ wish: 'go-on', reason })}
      >
        People are not split as planned, so nobody can tell what the new version does. With a reason, and if a
        second person confirms, the next stage begins all the same.
      </ReasonDialog>
    </>
  );
}

/** What one wants to see once it is over: what differed, and what is live. */
function AfterTheEnd({ rollout }: { rollout: RolloutDetail }) {
  const environments = useQuery(environmentsQuery).data;
  const live = environments?.find(({ name }) => name === rollout.environment)?.release;
  const { prompt, control_version: from, treatment_version: to } = rollout;
  return (
    <>
      {prompt && from != null && to != null && from !== to && (
        <LinkButton to="/prompts/$id/compare" params={{ id: prompt }} search={{ from, to }} variant="default">
          {`Compare Version ${from} and ${to}`}
        </LinkButton>
      )}
      {rollout.ending?.by_guard && rollout.state === 'rolled-back' && (
        <GoLiveAfterAll rollout={rollout} live={live} />
      )}
      {live != null && (
        <LinkButton to="/releases/$number" params={{ number: String(live) }}>
          See what is live now
        </LinkButton>
      )}
    </>
  );
}

/** What a guard took back goes live all the same by two people: here the first one asks. */
function GoLiveAfterAll({ rollout, live }: { rollout: RolloutDetail; live: number | null | undefined }) {
  const [asking, setAsking] = useState(false);
  const arms = (rollout.arms ?? []).filter(({ arm, release }) => arm > 0 && release !== live);
  const [chosen, setChosen] = useState(String(arms.at(-1)?.arm ?? 1));
  const mayGoLive = useMay('go-live');
  const ask = useAct(
    (reason: string) => askDecision(rollout.number, { wish: 'go-live', arm: Number(chosen), reason }),
    {
      onDone: () => {
        setAsking(false);
        toast('A second person is asked');
      },
    },
  );
  if (!mayGoLive || rollout.decision != null || arms.length === 0) return null;
  return (
    <>
      <Button variant="default" onClick={() => setAsking(true)}>
        Go live all the same
      </Button>
      <ReasonDialog
        opened={asking}
        onClose={() => setAsking(false)}
        title="Give everybody what a guard took back?"
        act="Ask a second person"
        reasonRequired
        busy={ask.isPending}
        onConfirm={(reason) => ask.mutate(reason)}
      >
        <p>
          A guard found harm and took it back, and nothing has been measured of it since. With a reason, and
          if a second person confirms, it goes live for everybody all the same. Better: change what did harm,
          make a new release, and try that under guards.
        </p>
        {arms.length > 1 && (
          <NativeSelect
            label="Which one does everyone get?"
            data={arms.map((arm) => ({ value: String(arm.arm), label: armName(arm) }))}
            value={chosen}
            onChange={(event) => setChosen(event.currentTarget.value)}
          />
        )}
      </ReasonDialog>
    </>
  );
}

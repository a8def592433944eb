import { Button } from '@mantine/core';
import { useState } from 'react';
import { actOnRollout } from '@/api/operations';
import type { RolloutDetail } from '@/api/types';
import { ReasonDialog } from '@/components/ReasonDialog';
import { useAct, useMay } from '@/components/session';
import { toast } from '@/components/toast';

/** The verbs of what gives nobody anything new: a hold-out, or a release in the shadow. */
export function DesignActs({ rollout }: { rollout: RolloutDetail }) {
  const [asking, setAsking] = useState<'end' | 'use'>();
  const mayGoLive = useMay('go-live');
  const mayRollBack = useMay('roll-back');
  const isHoldOut = rollout.design === 'hold-out';
  const act = useAct(
    ({ verb, reason }: { verb: 'finish' | 'roll-back'; reason: string }) =>
      actOnRollout(rollout.number, verb, reason),
    {
      onDone: () => {
        setAsking(undefined);
        toast('It has ended');
      },
    },
  );
  if (rollout.state !== 'running' && rollout.state !== 'paused') return null;
  return (
    <>
      {(isHoldOut ? mayGoLive : mayRollBack) && (
        <Button variant="default" onClick={() => setAsking('end')}>
          {isHoldOut ? 'End the hold-out' : 'End it'}
        </Button>
      )}
      {!isHoldOut && mayGoLive && (
        <Button onClick={() => setAsking('use')}>Use the new version for everybody</Button>
      )}
      <ReasonDialog
        opened={asking === 'end'}
        onClose={() => setAsking(undefined)}
        title={isHoldOut ? 'End the hold-out?' : 'End it?'}
        act={isHoldOut ? 'End the hold-out' : 'End it'}
        busy={act.isPending}
        onConfirm={(reason) => act.mutate({ verb: isHoldOut ? 'finish' : 'roll-back', reason })}
      >
        {isHoldOut
          ? 'Those held out get what is live, like everybody else. What was measured stays.'
          : 'Nobody got the new version, so nothing changes for anybody. What was counted stays.'}
      </ReasonDialog>
      <ReasonDialog
        opened={asking === 'use'}
        onClose={() => setAsking(undefined)}
        title="Use the new version for everybody?"
        act="Use it for everybody"
        busy={act.isPending}
        onConfirm={(reason) => act.mutate({ verb: 'finish', reason })}
      >
        {`Everyone gets release ${rollout.treatment}, at once. No guard watches it.`}
      </ReasonDialog>
    </>
  );
}

import { Button } from '@mantine/core';
import { useState } from 'react';
import { answerDecision } from '@/api/operations';
import type { RolloutDetail } from '@/api/types';
import { ReasonDialog } from '@/components/ReasonDialog';
import { Said } from '@/components/Said';
import { useAct, useMay, useSession } from '@/components/session';
import { toast } from '@/components/toast';
import { moment, personName } from '@/lib/format';

const DONE = { confirm: 'Confirmed, and done', decline: 'Declined', withdraw: 'Taken back' } as const;

/** What waits for a second person, with what that person can do; and what two people decided before. */
export function DecisionTile({ rollout }: { rollout: RolloutDetail }) {
  const [answering, setAnswering] = useState<keyof typeof DONE>();
  const me = useSession()?.actor;
  const mayConfirm = useMay('confirm-decision');
  const mayGoLive = useMay('go-live');
  const asked = rollout.decision;
  const act = useAct(
    ({ answer, reason }: { answer: keyof typeof DONE; reason: string }) =>
      answerDecision(rollout.number, answer === 'confirm' ? 'confirm' : 'decline', reason),
    {
      onDone: (_, { answer }) => {
        setAnswering(undefined);
        toast(DONE[answer]);
      },
    },
  );
  const isMine = asked != null && asked.by === me?.id;
  return (
    <>
      {asked && (
        <section className="banner owed between" aria-label="Waits for a second person">
          <div className="grow">
            <h2>
              <Said text={asked.sentence} />
            </h2>
            <p className="quiet">
              {`“${asked.reason}” `}
              {isMine
                ? `A second person decides until ${moment(asked.until)}. Nothing changes before.`
                : `A decision against the verdict takes two people; yours counts until ${moment(asked.until)}.`}
            </p>
          </div>
          <div className="row">
            {isMine && (
              <Button variant="default" onClick={() => act.mutate({ answer: 'withdraw', reason: '' })}>
                Take this back
              </Button>
            )}
            {!isMine && mayGoLive && (
              <Button variant="default" onClick={() => setAnswering('decline')}>
                Decline
              </Button>
            )}
            {!isMine && mayConfirm && <Button onClick={() => setAnswering('confirm')}>Confirm</Button>}
          </div>
        </section>
      )}
      {(rollout.decided ?? []).map((one) => (
        <p key={one.confirmed_at} className="small quiet">
          {`Decided against the verdict: ${personName(one.by_name)} asked (“${one.reason}”, although ${one.objection}), ${personName(one.confirmed_by)} confirmed, ${moment(one.confirmed_at)}.`}
        </p>
      ))}
      <ReasonDialog
        opened={answering === 'confirm'}
        onClose={() => setAnswering(undefined)}
        title="Decide against the verdict?"
        act="Confirm and do it"
        busy={act.isPending}
        onConfirm={(reason) => act.mutate({ answer: 'confirm', reason })}
      >
        {asked && <Said text={`${asked.sentence} It is done at once, in both your names.`} />}
      </ReasonDialog>
      <ReasonDialog
        opened={answering === 'decline'}
        onClose={() => setAnswering(undefined)}
        title="Decline what was asked for?"
        act="Decline"
        reasonRequired
        busy={act.isPending}
        onConfirm={(reason) => act.mutate({ answer: 'decline', reason })}
      >
        The rollout stays as it is.
      </ReasonDialog>
    </>
  );
}

import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { liftStop, stopsQuery } from '@/api/escalation-queries';
import type { Stop } from '@/api/types';
import { ago } from '@/lib/format';
import { Icon } from './Icon';
import { ReasonDialog } from './ReasonDialog';
import { useAct, useMay } from './session';
import { toast } from './toast';

/** Says on each page that everything is stopped, for as long as it is. */
export function StopBanner() {
  const stops = useQuery(stopsQuery).data?.items ?? [];
  return (
    <>
      {stops
        .filter((stop) => stop.holds)
        .map((stop) => (
          <Banner key={stop.number} stop={stop} />
        ))}
    </>
  );
}

function Banner({ stop }: { stop: Stop }) {
  const may = useMay('roll-back');
  const [asking, setAsking] = useState(false);
  const lift = useAct(liftStop, {
    onDone: () => {
      setAsking(false);
      toast('The stop is lifted');
    },
  });
  return (
    <section className="banner harm between" aria-label="Everything is stopped">
      <div className="row nowrap grow">
        <Icon name="warning" />
        <div className="grow wrap-any">
          <strong>{`Everything is stopped in ${stop.environment ?? 'every environment'}`}</strong>
          <div className="quiet">
            {`${stop.by}, ${ago(stop.at)}: ${stop.reason}. Nothing new goes live until this is lifted.`}
          </div>
        </div>
      </div>
      {may && (
        <Button variant="default" onClick={() => setAsking(true)}>
          Lift the stop
        </Button>
      )}
      <ReasonDialog
        opened={asking}
        onClose={() => setAsking(false)}
        title="Lift the stop?"
        act="Lift"
        reasonRequired
        busy={lift.isPending}
        onConfirm={(reason) => reason && lift.mutate({ number: stop.number, reason })}
      >
        Rollouts may begin and releases go live again. What was taken back stays taken back.
      </ReasonDialog>
    </section>
  );
}

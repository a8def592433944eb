import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { eraseUnit } from '@/api/operations';
import type { Erased } from '@/api/types';
import { ProblemNote } from '@/components/Loaded';
import { ReasonDialog } from '@/components/ReasonDialog';
import { useAct } from '@/components/session';
import { count } from '@/lib/format';

/** Looks how much there is of a unit, then makes it anonymous; the second step asks again, and why. */
export function EraseUnit() {
  const [unit, setUnit] = useState('');
  const [found, setFound] = useState<Erased>();
  const [asks, setAsks] = useState(false);
  const look = useAct((id: string) => eraseUnit({ unit: id, dry_run: true }), {
    quiet: true,
    onDone: setFound,
  });
  const erase = useAct(eraseUnit, {
    onDone: (done) => {
      setAsks(false);
      setFound(done);
    },
  });
  return (
    <section className="tile stack" aria-labelledby="erase">
      <h2 id="erase" className="tile-title">
        Erase a unit
      </h2>
      <p className="quiet">
        When somebody asks to be forgotten: their events keep what happened, when and in which arm, under a
        random name that leads nobody back; what else was known of them goes. The numbers of rollouts stay
        what they were.
      </p>
      <form
        className="row"
        onSubmit={(event) => {
          event.preventDefault();
          look.mutate(unit);
        }}
      >
        <TextInput
          label="The unit's id, exactly as it was sent"
          value={unit}
          onChange={(event) => {
            setUnit(event.currentTarget.value);
            setFound(undefined);
          }}
        />
        <Button
          type="submit"
          variant="default"
          loading={look.isPending}
          disabled={unit === ''}
          style={{ alignSelf: 'end' }}
        >
          Look
        </Button>
      </form>
      {look.isError && <ProblemNote error={look.error} />}
      {found && (
        <div role="status" className="stack">
          <p>
            {found.dry_run
              ? `There are ${count(found.events)} events of this unit.`
              : `${count(found.events)} events tell no longer whose they are. The activity log names the unit as ${found.digest}.`}
          </p>
          {found.dry_run && found.events > 0 && (
            <div>
              <Button variant="danger" onClick={() => setAsks(true)}>
                Erase for good
              </Button>
            </div>
          )}
        </div>
      )}
      <ReasonDialog
        opened={asks}
        onClose={() => setAsks(false)}
        title="Erase this unit for good?"
        act="Erase"
        danger
        reasonRequired
        busy={erase.isPending}
        onConfirm={(reason) => erase.mutate({ unit, reason, dry_run: false })}
      >
        This cannot be taken back. Say which request it follows, without the unit's id.
      </ReasonDialog>
    </section>
  );
}

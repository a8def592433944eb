import { Button, Modal, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { sourceQuery } from '@/api/data-queries';
import { editSource, pauseSource, removeSource, resumeSource, rotateSource } from '@/api/operations';
import type { SourceDetail, SourceReads, SourceReceipt } from '@/api/types';
import { Bones, Loaded, ProblemNote } from '@/components/Loaded';
import { PlainTable } from '@/components/PlainTable';
import { ReasonDialog } from '@/components/ReasonDialog';
import { Said } from '@/components/Said';
import { SecretOnce } from '@/components/SecretOnce';
import { useAct, useLibrary, useMay } from '@/components/session';
import { toast } from '@/components/toast';
import { moment } from '@/lib/format';
import { SourceFields } from './SourceFields';
import { SourceTrial } from './SourceTrial';
import { deliveryWords } from './source-words';

/** One source: its last deliveries, how it is read, and what can be done with it. */
export function SourceDetails({ name, onGone }: { name: string; onGone: () => void }) {
  const source = useQuery(sourceQuery(name));
  const mayManage = useMay('administer');
  return (
    <Loaded query={source} shape={<Bones rows={4} />}>
      {(found) => (
        <>
          <Deliveries found={found} />
          {mayManage && <Reading key={found.revision} found={found} />}
          {mayManage && <Acts found={found} onGone={onGone} />}
        </>
      )}
    </Loaded>
  );
}

function Deliveries({ found }: { found: SourceDetail }) {
  return (
    <section className="tile stack" aria-labelledby="deliveries">
      <h2 id="deliveries" className="tile-title">{`Last deliveries of ${found.name}`}</h2>
      {found.deliveries.length === 0 ? (
        <p>Nothing has arrived yet. Send a test from the sender's settings.</p>
      ) : (
        <PlainTable
          label="Last deliveries, as a table"
          columns={[
            'Arrived',
            { title: 'What became of it', text: true },
            { title: 'Why', text: true },
            { title: 'Delivery', text: true },
          ]}
          rows={found.deliveries.map((one: SourceReceipt, place) => ({
            key: `${one.at} ${one.delivery} ${found.deliveries.length - place}`,
            cells: [
              moment(one.at),
              deliveryWords(one),
              <Said key="why" text={one.reason} />,
              <span key="delivery" className="wrap-any">
                {one.delivery}
              </span>,
            ],
          }))}
        />
      )}
      <p className="small quiet">
        Kept are the last 50 that were believed and the last 50 that were not. The same delivery again counts
        once.
      </p>
    </section>
  );
}

function Reading({ found }: { found: SourceDetail }) {
  const environments = useLibrary()?.environments ?? [found.environment];
  const [environment, setEnvironment] = useState(found.environment);
  const [reads, setReads] = useState<SourceReads>(found.reads);
  const edit = useAct(() => editSource(found.name, { environment, reads, revision: found.revision }), {
    quiet: true,
    onDone: () => toast('Saved', { text: 'The next delivery is read like this.' }),
  });
  const isChanged = reads !== found.reads || environment !== found.environment;
  return (
    <section className="tile stack" aria-labelledby="reading">
      <h2 id="reading" className="tile-title">
        How it is read
      </h2>
      <Select
        label="Environment of which it tells"
        allowDeselect={false}
        data={environments}
        value={environment}
        onChange={(chosen) => setEnvironment(chosen ?? environment)}
      />
      <SourceFields reads={reads} onChange={setReads} />
      <SourceTrial name={found.name} environment={environment} reads={reads} />
      {edit.isError && <ProblemNote error={edit.error} />}
      <div>
        <Button disabled={!isChanged} loading={edit.isPending} onClick={() => edit.mutate(undefined)}>
          Save how it is read
        </Button>
      </div>
    </section>
  );
}

function Acts({ found, onGone }: { found: SourceDetail; onGone: () => void }) {
  const [asking, setAsking] = useState<'pause' | 'remove'>();
  const [secret, setSecret] = useState<string>();
  const rotate = useAct((atOnce: boolean) => rotateSource(found.name, { at_once: atOnce }), {
    onDone: (made) => setSecret(made.secret ?? undefined),
  });
  const pause = useAct((reason: string) => pauseSource(found.name, reason), {
    onDone: () => setAsking(undefined),
  });
  const resume = useAct(() => resumeSource(found.name));
  const remove = useAct((reason: string) => removeSource(found.name, reason), {
    onDone: () => {
      toast(`${found.name} is gone`, { text: 'What came from there stays.' });
      onGone();
    },
  });
  const isPaused = found.state === 'paused';
  return (
    <section className="tile stack" aria-labelledby="acts">
      <h2 id="acts" className="tile-title">
        Secret and door
      </h2>
      {found.secret_before_until && (
        <p>{`The secret before counts until ${moment(found.secret_before_until)}.`}</p>
      )}
      <div className="row">
        <Button variant="default" loading={rotate.isPending} onClick={() => rotate.mutate(false)}>
          New secret
        </Button>
        <Button variant="default" loading={rotate.isPending} onClick={() => rotate.mutate(true)}>
          New secret, the old one ends now
        </Button>
        {isPaused ? (
          <Button variant="default" loading={resume.isPending} onClick={() => resume.mutate(undefined)}>
            Go on
          </Button>
        ) : (
          <Button variant="default" onClick={() => setAsking('pause')}>
            Pause
          </Button>
        )}
        <Button variant="danger" onClick={() => setAsking('remove')}>
          Remove
        </Button>
      </div>
      <ReasonDialog
        opened={asking === 'pause'}
        onClose={() => setAsking(undefined)}
        title={`Pause ${found.name}?`}
        act="Pause"
        busy={pause.isPending}
        onConfirm={(reason) => pause.mutate(reason)}
      >
        Nothing of it is taken until it goes on. Its deliveries are answered so that it tries again later.
      </ReasonDialog>
      <ReasonDialog
        opened={asking === 'remove'}
        onClose={() => setAsking(undefined)}
        title={`Remove ${found.name}?`}
        act="Remove"
        danger
        busy={remove.isPending}
        onConfirm={(reason) => remove.mutate(reason)}
      >
        Its address is gone for good. The events that came from there stay.
      </ReasonDialog>
      <Modal
        opened={secret !== undefined}
        onClose={() => setSecret(undefined)}
        title={`The new secret of ${found.name}`}
        centered
      >
        <SecretOnce value={secret ?? ''} name="the secret" onDone={() => setSecret(undefined)}>
          It is shown this once. Put it into the sender's settings.
        </SecretOnce>
      </Modal>
    </section>
  );
}

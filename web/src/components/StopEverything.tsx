import { Button, Select, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { stopEverything } from '@/api/escalation-queries';
import { plural } from '@/lib/format';
import { FormDialog } from './FormDialog';
import { useAct, useLibrary, useMay } from './session';
import { toast } from './toast';

const WORD = 'stop';

/** The one button that ends all rollouts; it asks for a word, so that nobody presses it by mistake. */
export function StopEverything() {
  const may = useMay('roll-back');
  const [asking, setAsking] = useState(false);
  if (!may) return null;
  return (
    <>
      <Button variant="danger-quiet" size="xs" fullWidth onClick={() => setAsking(true)}>
        Stop everything…
      </Button>
      {asking && <StopDialog onClose={() => setAsking(false)} />}
    </>
  );
}

function StopDialog({ onClose }: { onClose: () => void }) {
  const environments = useLibrary()?.environments ?? [];
  const [reason, setReason] = useState('');
  const [word, setWord] = useState('');
  const [environment, setEnvironment] = useState<string | null>(null);
  const stop = useAct(stopEverything, {
    quiet: true,
    onDone: (done) => {
      onClose();
      toast('Everything is stopped', { text: `${plural(done.ended.length, 'rollout')} taken back.` });
    },
  });
  return (
    <FormDialog
      opened
      onClose={onClose}
      title="Stop everything?"
      act="Stop everything"
      danger
      busy={stop.isPending}
      error={stop.error ?? undefined}
      ready={word.trim().toLowerCase() === WORD && reason.trim() !== ''}
      onSubmit={() => stop.mutate({ reason: reason.trim(), environment: environment ?? undefined })}
    >
      <p className="quiet">
        Every running rollout is taken back to the release before it, at once. Nothing new goes live until
        somebody lifts the stop. Publishers are told.
      </p>
      <Select
        label="Where?"
        placeholder="Every environment"
        clearable
        data={environments}
        value={environment}
        onChange={setEnvironment}
      />
      <Textarea
        label="Why?"
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        required
        autosize
        minRows={2}
        data-autofocus
      />
      <TextInput
        label={`Type “${WORD}” to go on`}
        value={word}
        onChange={(event) => setWord(event.currentTarget.value)}
        autoComplete="off"
        required
      />
    </FormDialog>
  );
}

import { Modal, Radio, TextInput } from '@mantine/core';
import { useState } from 'react';
import { addMirror } from '@/api/operations';
import { DialogForm } from '@/components/FormDialog';
import { useAct } from '@/components/session';
import { toast } from '@/components/toast';
import { directionLong } from '@/lib/mirrors';

/** Where it is, which way versions go, and by which name the server finds the secret. */
export function AddMirrorDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const [name, setName] = useState('origin');
  const [url, setUrl] = useState('');
  const [direction, setDirection] = useState('both');
  const [credential, setCredential] = useState('');
  const add = useAct(addMirror, {
    quiet: true,
    onDone: (mirror) => {
      toast(`${mirror.name} is kept in step from now on`, { text: 'It is tried at once.' });
      close();
    },
  });
  const close = () => {
    onClose();
    setUrl('');
    setCredential('');
    add.reset();
  };
  return (
    <Modal opened={opened} onClose={close} title="Add a mirror" size="lg" centered>
      <DialogForm
        act="Add the mirror"
        ready={name.trim() !== '' && url.trim() !== ''}
        busy={add.isPending}
        error={add.error ?? undefined}
        onCancel={close}
        onSubmit={() =>
          add.mutate({ name: name.trim(), url: url.trim(), direction, credential: credential.trim() })
        }
      >
        <TextInput
          label="Address"
          description="Without a secret in it; the server’s settings say which places are allowed"
          placeholder="https://github.com/acme/library.git"
          required
          value={url}
          onChange={(event) => setUrl(event.currentTarget.value)}
          data-autofocus
        />
        <TextInput
          label="Name here"
          description="Lower-case letters, digits and hyphens"
          required
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Radio.Group label="Which way versions go" value={direction} onChange={setDirection}>
          <div className="stack tight" style={{ paddingTop: 6 }}>
            {Object.entries(directionLong).map(([value, label]) => (
              <Radio key={value} value={value} label={label} />
            ))}
          </div>
        </Radio.Group>
        <TextInput
          label="Where the server finds the secret"
          description="A name, never the secret itself: env:VARIORUM_MIRROR_ORIGIN, or file:origin in the folder of secrets"
          placeholder="env:VARIORUM_MIRROR_ORIGIN"
          value={credential}
          onChange={(event) => setCredential(event.currentTarget.value)}
        />
      </DialogForm>
    </Modal>
  );
}

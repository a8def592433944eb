import { Button, Modal, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { addKey, removeKey } from '@/api/operations';
import { allowedSignersQuery, keysQuery } from '@/api/queries';
import type { SigningKey } from '@/api/types';
import { DialogForm } from '@/components/FormDialog';
import { Bones, Loaded } from '@/components/Loaded';
import { Pill } from '@/components/Pill';
import { ReasonDialog } from '@/components/ReasonDialog';
import { useAct, useMay, useSession } from '@/components/session';
import { CopyButton } from '@/components/TechnicalDetails';
import { toast } from '@/components/toast';
import { date } from '@/lib/format';
import { signedCount } from '@/lib/signed';
import { Section } from './Section';

/** The keys with which people sign what they push, and the server's own. */
export function Keys() {
  const keys = useQuery(keysQuery);
  const mayAdd = useMay('write-draft');
  const [adding, setAdding] = useState(false);
  return (
    <Section
      id="keys"
      title="Signing keys"
      intent="What is saved here is signed for you. With a key of your own, what you push with Git counts as signed by you."
      act={
        mayAdd && (
          <Button variant="default" onClick={() => setAdding(true)}>
            Add a key
          </Button>
        )
      }
    >
      <Loaded
        query={keys}
        shape={
          <div className="settings-head">
            <Bones rows={2} />
          </div>
        }
      >
        {({ keys: list, server }) => (
          <>
            {list.length === 0 ? (
              <p className="quiet settings-head">
                Nobody has added a key yet. You need one only if you sign with Git yourself.
              </p>
            ) : (
              <ul className="list" aria-label="Signing keys">
                {list.map((key) => (
                  <KeyRow key={key.id} signing={key} />
                ))}
              </ul>
            )}
            {server && (
              <div className="settings-foot stack">
                <Copied name="The server’s public key" value={server.public_key}>
                  It signs what is saved, published and released here.
                </Copied>
                <AllowedSigners />
              </div>
            )}
          </>
        )}
      </Loaded>
      <AddKeyDialog opened={adding} onClose={() => setAdding(false)} />
    </Section>
  );
}

function KeyRow({ signing }: { signing: SigningKey }) {
  const mine = useSession()?.actor.id === signing.actor;
  const mayManage = useMay('manage-people');
  const [asking, setAsking] = useState(false);
  const { signed = 0, not_counting = 0 } = signing;
  const remove = useAct((reason: string) => removeKey(signing.id, reason), {
    onDone: () => {
      setAsking(false);
      toast(`${signing.title} does not count any more`, { text: 'What it signed before stays signed.' });
    },
  });
  return (
    <li className="list-row token-row">
      <span className="grow">
        <span style={{ display: 'block' }}>
          {signing.title} <span className="quiet small">{mine ? '(yours)' : signing.owner}</span>
        </span>
        <code className="small quiet wrap-any" style={{ display: 'block' }}>
          {signing.fingerprint}
        </code>
        <span className="small quiet">{`Since ${date(signing.added_at)} · ${signedCount(signing)}`}</span>
      </span>
      {signed > 0 && (
        <Pill tone="green" icon="check">
          Verified
        </Pill>
      )}
      {signed === 0 && not_counting > 0 && (
        <Pill tone="amber" icon="warning">
          Does not count
        </Pill>
      )}
      <CopyButton value={signing.public_key} name={`the key ${signing.title}`} />
      {(mine || mayManage) && (
        <Button
          size="compact-sm"
          variant="danger-quiet"
          aria-label={`Remove the key ${signing.title}`}
          onClick={() => setAsking(true)}
        >
          Remove
        </Button>
      )}
      <ReasonDialog
        opened={asking}
        onClose={() => setAsking(false)}
        title={`Remove the key ${signing.title}?`}
        act="Remove"
        danger
        busy={remove.isPending}
        onConfirm={(reason) => remove.mutate(reason)}
      >
        What it signed before stays signed; what arrives from now on does not count.
      </ReasonDialog>
    </li>
  );
}

function Copied({ name, value, children }: { name: string; value: string; children: string }) {
  return (
    <div className="row nowrap" style={{ alignItems: 'flex-start' }}>
      <div className="grow">
        <span className="label">{name}</span>
        <code className="small wrap-any" style={{ display: 'block' }}>
          {value}
        </code>
        <span className="small quiet">{children}</span>
      </div>
      <CopyButton value={value} name={name.toLowerCase()} />
    </div>
  );
}

/** The file for those who check signatures on their own machine. */
function AllowedSigners() {
  const [wanted, setWanted] = useState(false);
  const file = useQuery({ ...allowedSignersQuery, enabled: wanted });
  return (
    <div className="stack tight">
      <div className="between">
        <div className="grow">
          <span className="label">Check signatures with Git</span>
          <p className="small quiet">
            {'Save this file as '}
            <code>.git/allowed-signers</code>
            {' and name it: '}
            <code className="wrap-any">git config gpg.ssh.allowedSignersFile .git/allowed-signers</code>
          </p>
        </div>
        <Button size="compact-sm" variant="default" aria-expanded={wanted} onClick={() => setWanted(!wanted)}>
          {wanted ? 'Hide the file' : 'Show the file'}
        </Button>
      </div>
      {wanted && (
        <Loaded query={file} shape={<Bones rows={3} />}>
          {(text) => (
            <div className="stack tight">
              <section className="signers small" tabIndex={0} aria-label="allowed-signers">
                <pre>{text}</pre>
              </section>
              <div>
                <CopyButton value={text} name="the file allowed-signers" />
              </div>
            </div>
          )}
        </Loaded>
      )}
    </div>
  );
}

function AddKeyDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const [title, setTitle] = useState('');
  const [line, setLine] = useState('');
  const add = useAct(addKey, {
    quiet: true,
    onDone: (key) => {
      toast(`${key.title} counts from now on`, { text: key.fingerprint });
      close();
    },
  });
  const close = () => {
    onClose();
    setTitle('');
    setLine('');
    add.reset();
  };
  return (
    <Modal opened={opened} onClose={close} title="Add a key" size="lg" centered>
      <DialogForm
        act="Add the key"
        ready={line.trim() !== ''}
        busy={add.isPending}
        error={add.error ?? undefined}
        onCancel={close}
        onSubmit={() => add.mutate({ title: title.trim(), public_key: line.trim() })}
      >
        <Textarea
          label="Public key"
          description="The content of a .pub file, one line: never the file without .pub"
          placeholder="ssh-ed25519 AAAA… ann@laptop"
          required
          autosize
          minRows={3}
          value={line}
          onChange={(event) => setLine(event.currentTarget.value)}
          styles={{ input: { fontFamily: 'var(--mono)', fontSize: 13 } }}
          data-autofocus
        />
        <TextInput
          label="Name"
          description="By which you recognise it later; the comment in the key where left out"
          placeholder="laptop"
          value={title}
          onChange={(event) => setTitle(event.currentTarget.value)}
        />
        <p className="small quiet">
          {'Then, in your copy of the library: '}
          <code className="wrap-any">
            git config gpg.format ssh; git config user.signingkey ~/.ssh/id_ed25519.pub; git config
            commit.gpgsign true
          </code>
        </p>
      </DialogForm>
    </Modal>
  );
}

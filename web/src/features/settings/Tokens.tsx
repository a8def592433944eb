import { Button, Checkbox, Modal, Select, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { createToken, deleteToken } from '@/api/operations';
import { tokensQuery } from '@/api/queries';
import type { Token, TokenSecret } from '@/api/types';
import { DialogForm } from '@/components/FormDialog';
import { Bones, Loaded } from '@/components/Loaded';
import { Pill } from '@/components/Pill';
import { SecretOnce } from '@/components/SecretOnce';
import { useAct } from '@/components/session';
import { toast } from '@/components/toast';
import { date } from '@/lib/format';
import { roleWords } from '@/lib/words-shown';

const kindWords: Record<string, string> = {
  api: 'Token',
  session: 'Browser session',
  'sign-in': 'Sign-in link',
  invitation: 'Invitation',
};

/** Tokens for programs; a secret is shown once. */
export function Tokens() {
  const tokens = useQuery(tokensQuery);
  const [making, setMaking] = useState(false);
  return (
    <section className="tile flush" aria-labelledby="tokens">
      <div className="between tokens-head">
        <div>
          <h2 id="tokens" className="tile-title" style={{ margin: 0 }}>
            Tokens
          </h2>
          <p className="small quiet">For programs that read prompts and send what happened.</p>
        </div>
        <Button variant="default" onClick={() => setMaking(true)}>
          New token
        </Button>
      </div>
      <Loaded
        query={tokens}
        shape={
          <div className="tokens-head">
            <Bones rows={3} />
          </div>
        }
      >
        {(list) =>
          list.length === 0 ? (
            <p className="quiet tokens-head">No tokens yet.</p>
          ) : (
            <ul className="list">
              {list.map((token) => (
                <TokenRow key={token.id} token={token} />
              ))}
            </ul>
          )
        }
      </Loaded>
      <NewTokenDialog opened={making} onClose={() => setMaking(false)} />
    </section>
  );
}

function TokenRow({ token }: { token: Token }) {
  const revoke = useAct(deleteToken, {
    onDone: () => toast(`${token.name || 'The token'} does not work any more`),
  });
  return (
    <li className="list-row token-row">
      <span className="grow">
        <span style={{ display: 'block' }}>{token.name || (kindWords[token.kind] ?? token.kind)}</span>
        <span className="small quiet">{`${token.actor_name} · made ${date(token.created_at)}${token.expires_at ? ` · until ${date(token.expires_at)}` : ''}`}</span>
      </span>
      <Pill>{kindWords[token.kind] ?? token.kind}</Pill>
      <Pill>{roleWords[token.role]?.title ?? token.role}</Pill>
      <Button
        size="compact-sm"
        variant="danger-quiet"
        loading={revoke.isPending}
        aria-label={`Revoke ${token.name || token.kind}`}
        onClick={() => revoke.mutate(token.id)}
      >
        Revoke
      </Button>
    </li>
  );
}

function NewTokenDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const [name, setName] = useState('');
  const [role, setRole] = useState('viewer');
  const [days, setDays] = useState('90');
  const [service, setService] = useState(true);
  const [made, setMade] = useState<TokenSecret>();
  const create = useAct(createToken, { onDone: setMade });
  const close = () => {
    onClose();
    setMade(undefined);
    setName('');
  };
  return (
    <Modal opened={opened} onClose={close} title={made ? 'Copy it now' : 'New token'} centered>
      {made ? (
        <SecretOnce value={made.secret} name="the token" onDone={close}>
          This is the only time it is shown.
        </SecretOnce>
      ) : (
        <DialogForm
          act="Make the token"
          ready={name.trim() !== ''}
          busy={create.isPending}
          onCancel={close}
          onSubmit={() => create.mutate({ name: name.trim(), role, days: Number(days) || 90, service })}
        >
          <TextInput
            label="Name"
            placeholder="web shop"
            description="By which you recognise it later"
            required
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            data-autofocus
          />
          <Select
            label="The most it allows"
            data={Object.entries(roleWords).map(([value, { title, can }]) => ({
              value,
              label: `${title}: ${can}`,
            }))}
            value={role}
            onChange={(next) => next && setRole(next)}
            allowDeselect={false}
          />
          <TextInput
            label="Works for how many days"
            type="number"
            min={1}
            max={366}
            value={days}
            onChange={(event) => setDays(event.currentTarget.value)}
          />
          <Checkbox
            label="A service of this name acts with it, rather than you"
            checked={service}
            onChange={(event) => setService(event.currentTarget.checked)}
          />
        </DialogForm>
      )}
    </Modal>
  );
}

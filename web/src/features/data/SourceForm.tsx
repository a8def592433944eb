import { Button, PasswordInput, Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import { addSource } from '@/api/operations';
import type { SourceReads, SourceSecret } from '@/api/types';
import { ProblemNote } from '@/components/Loaded';
import { SecretOnce } from '@/components/SecretOnce';
import { useAct, useLibrary } from '@/components/session';
import { SourceFields } from './SourceFields';
import { SourceTrial } from './SourceTrial';
import { NO_READS } from './source-words';

const SCHEMES = [
  { value: 'standard', label: 'Standard Webhooks (webhook-signature)' },
  { value: 'hub', label: 'GitHub and others (x-hub-signature-256)' },
  { value: 'stripe', label: 'Stripe (stripe-signature)' },
  { value: 'shopify', label: 'Shopify (x-shopify-hmac-sha256)' },
];

/** A new source: its name, how it signs, how its bodies are read, and a trial; then its address and secret. */
export function SourceForm({ onDone }: { onDone: () => void }) {
  const environments = useLibrary()?.environments ?? ['production'];
  const [name, setName] = useState('');
  const [environment, setEnvironment] = useState(environments[0] ?? 'production');
  const [scheme, setScheme] = useState('standard');
  const [secret, setSecret] = useState('');
  const [reads, setReads] = useState<SourceReads>(NO_READS);
  const [made, setMade] = useState<SourceSecret>();
  const add = useAct(addSource, { quiet: true, onDone: setMade });
  if (made)
    return (
      <section className="tile stack" aria-labelledby="made">
        <h2 id="made" className="tile-title">{`${made.source.name} may send now`}</h2>
        <p>
          Its webhooks go to <code className="wrap-any">{made.source.url}</code>
        </p>
        {made.secret ? (
          <SecretOnce value={made.secret} name="the secret" onDone={onDone}>
            It signs its webhooks with this secret, which is shown this once. Put it into the sender's
            settings.
          </SecretOnce>
        ) : (
          <div>
            <Button onClick={onDone}>Done</Button>
          </div>
        )}
      </section>
    );
  return (
    <form
      className="tile stack"
      aria-labelledby="add-source"
      onSubmit={(event) => {
        event.preventDefault();
        add.mutate({ name, environment, scheme, reads, secret: secret || undefined });
      }}
    >
      <h2 id="add-source" className="tile-title">
        Add a source
      </h2>
      <div className="data-fields">
        <TextInput
          label="Name"
          description="Lower-case letters, digits and -"
          placeholder="shop"
          required
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Select
          label="Environment of which it tells"
          allowDeselect={false}
          data={environments}
          value={environment}
          onChange={(chosen) => setEnvironment(chosen ?? environment)}
        />
        <Select
          label="How it signs"
          allowDeselect={false}
          data={SCHEMES}
          value={scheme}
          onChange={(chosen) => setScheme(chosen ?? 'standard')}
        />
        <PasswordInput
          label="Secret"
          description="Only where the sender made one"
          placeholder="one is made for you"
          autoComplete="off"
          value={secret}
          onChange={(event) => setSecret(event.currentTarget.value)}
        />
      </div>
      <SourceFields reads={reads} onChange={setReads} />
      <SourceTrial name={name} environment={environment} reads={reads} />
      {add.isError && <ProblemNote error={add.error} />}
      <div className="row">
        <Button variant="default" onClick={onDone}>
          Cancel
        </Button>
        <Button type="submit" loading={add.isPending}>
          Add it
        </Button>
      </div>
    </form>
  );
}

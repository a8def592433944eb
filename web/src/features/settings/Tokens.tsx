import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { deleteToken } from '@/api/operations';
import { tokensQuery } from '@/api/queries';
import type { Token } from '@/api/types';
import { Bones, Loaded } from '@/components/Loaded';
import { Pill } from '@/components/Pill';
import { useAct } from '@/components/session';
import { toast } from '@/components/toast';
import { date } from '@/lib/format';
import { roleWords, useWords } from '@/lib/words-shown';
import { NewTokenDialog } from './NewTokenDialog';
import { Section } from './Section';

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
    <Section
      id="tokens"
      title="Tokens"
      intent="For programs that read prompts and send what happened."
      act={
        <Button variant="default" onClick={() => setMaking(true)}>
          New token
        </Button>
      }
    >
      <Loaded
        query={tokens}
        shape={
          <div className="settings-head">
            <Bones rows={3} />
          </div>
        }
      >
        {(list) =>
          list.length === 0 ? (
            <p className="quiet settings-head">No tokens yet.</p>
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
    </Section>
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
      {(token.uses ?? []).length > 0 && (
        <Pill tone="blue" icon="shield">
          {`Only ${(token.uses ?? []).map((use) => useWords[use]?.short ?? use).join(' and ')}`}
        </Pill>
      )}
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

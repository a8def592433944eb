import { Button, SegmentedControl, useMantineColorScheme } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { resetDemo } from '@/api/operations';
import { demoQuery } from '@/api/queries';
import { LinkButton } from '@/components/LinkButton';
import { Page } from '@/components/Page';
import { ReasonDialog } from '@/components/ReasonDialog';
import { useAct, useLibrary, useMay, useSession } from '@/components/session';
import { CopyButton } from '@/components/TechnicalDetails';
import { toast } from '@/components/toast';
import { Keys } from './Keys';
import { Mirrors } from './Mirrors';
import { Tokens } from './Tokens';
import './settings.css';

/** Appearance, tokens, signing keys, mirrors, addresses, and resetting the sample. */
export function SettingsPage() {
  const session = useSession();
  const library = useLibrary();
  return (
    <Page title="Settings" intent={library?.title ?? session?.workspace.title}>
      <div className="stack settings">
        <Appearance />
        <Tokens />
        <Keys />
        <Mirrors />
        <Escalation />
        <Addresses />
        <SampleReset />
        <p className="small quiet">{`Variorum ${session?.server_version ?? ''}`}</p>
      </div>
    </Page>
  );
}

function Appearance() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <section className="tile between" aria-labelledby="appearance">
      <div>
        <h2 id="appearance" className="tile-title" style={{ margin: 0 }}>
          Appearance
        </h2>
        <p className="small quiet">Auto follows your system.</p>
      </div>
      <SegmentedControl
        aria-label="Appearance"
        value={colorScheme}
        onChange={(value) => setColorScheme(value as 'light' | 'dark' | 'auto')}
        data={[
          { value: 'light', label: 'Light' },
          { value: 'dark', label: 'Dark' },
          { value: 'auto', label: 'Auto' },
        ]}
      />
    </section>
  );
}

function Escalation() {
  return (
    <section className="tile between" aria-labelledby="escalation">
      <div>
        <h2 id="escalation" className="tile-title" style={{ margin: 0 }}>
          Escalation
        </h2>
        <p className="small quiet">Who is told when something goes wrong, who is on call, what was sent.</p>
      </div>
      <LinkButton to="/settings/escalation" variant="default">
        Ladders and calendars
      </LinkButton>
    </section>
  );
}

function Addresses() {
  const origin = window.location.origin;
  const session = useSession();
  const rows: [string, string, string][] = [
    [
      'Git',
      `git clone ${origin}/git/${session?.workspace.name ?? 'main'}.git`,
      'Clone, fetch and push. Any user name, a token as the password.',
    ],
    ['API', `${origin}/api/v1`, 'Everything this page can do. Send a token as Authorization: Bearer.'],
    ['Description of the API', `${origin}/api/v1/openapi.json`, 'OpenAPI 3.1, for making a client.'],
    [
      'Bring a Git repository in',
      'variorum import PATH',
      'On the machine that runs the server; the whole history comes along.',
    ],
    [
      'Take everything out',
      'variorum export DIR',
      'Writes the library as a Git repository that any Git tool reads.',
    ],
  ];
  return (
    <section className="tile stack" aria-labelledby="addresses">
      <h2 id="addresses">For programs and engineers</h2>
      {rows.map(([name, address, note]) => (
        <div key={name} className="address">
          <div className="grow">
            <span className="label">{name}</span>
            <code className="wrap-any" style={{ display: 'block' }}>
              {address}
            </code>
            <span className="small quiet">{note}</span>
          </div>
          <CopyButton value={address} name={name.toLowerCase()} />
        </div>
      ))}
    </section>
  );
}

function SampleReset() {
  const session = useSession();
  const demo = useQuery({ ...demoQuery, enabled: session?.workspace.sample ?? false }).data;
  const may = useMay('administer');
  const [asking, setAsking] = useState(false);
  const reset = useAct(resetDemo, {
    onDone: () => {
      setAsking(false);
      toast('The sample is as it was at the beginning');
    },
  });
  if (!session?.workspace.sample || !demo?.available || !may) return null;
  return (
    <section className="tile between" aria-labelledby="sample">
      <div>
        <h2 id="sample" className="tile-title" style={{ margin: 0 }}>
          Sample workspace
        </h2>
        <p className="small quiet">
          Puts the library, releases and rollouts back as they were at the beginning.
        </p>
      </div>
      <Button variant="danger-quiet" onClick={() => setAsking(true)}>
        Reset the sample
      </Button>
      <ReasonDialog
        opened={asking}
        onClose={() => setAsking(false)}
        title="Reset the sample?"
        act="Reset"
        danger
        busy={reset.isPending}
        onConfirm={() => reset.mutate(undefined)}
      >
        Everything you changed in this workspace is undone. This cannot be taken back.
      </ReasonDialog>
    </section>
  );
}

import { Button, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { goLive, rollBackEnvironment } from '@/api/operations';
import { environmentsQuery, releaseQuery } from '@/api/queries';
import type { ReleaseChange, ReleaseDetail } from '@/api/types';
import { Icon } from '@/components/Icon';
import { LinkButton } from '@/components/LinkButton';
import { Bones, Loaded } from '@/components/Loaded';
import { Empty, Page } from '@/components/Page';
import { Pill } from '@/components/Pill';
import { ReasonDialog } from '@/components/ReasonDialog';
import { useAct, useMay } from '@/components/session';
import { TechnicalDetails } from '@/components/TechnicalDetails';
import { toast } from '@/components/toast';
import { ago, personName, plural } from '@/lib/format';

/** One release: what changed, and taking it live. */
export function ReleasePage() {
  const { number } = useParams({ from: '/shell/releases/$number' });
  const release = useQuery(releaseQuery(Number(number)));
  return (
    <Loaded
      query={release}
      shape={
        <Page title={`Release ${number}`}>
          <Bones rows={5} />
        </Page>
      }
    >
      {(data) => <Read release={data} />}
    </Loaded>
  );
}

function Read({ release }: { release: ReleaseDetail }) {
  const mayGoLive = useMay('go-live');
  return (
    <Page
      title={`Release ${release.number}`}
      intent={release.note}
      trail={[{ title: 'Releases', to: '/releases' }]}
      actions={
        mayGoLive && (
          <>
            <GoLiveNow release={release} />
            <LinkButton to="/releases/$number/try" params={{ number: String(release.number) }}>
              Try it step by step
            </LinkButton>
          </>
        )
      }
      pills={
        <>
          {release.live_in.map((name) => (
            <Pill key={name} tone="green" icon="dot">{`Live in ${name}`}</Pill>
          ))}
          {release.live_in.length === 0 && <Pill icon="ring">Not live</Pill>}
          <Pill>{plural(release.prompts, 'prompt')}</Pill>
          <Pill icon="person">{`${personName(release.created_by)}, ${ago(release.created_at)}`}</Pill>
          <TechnicalDetails
            rows={[
              ['Version id (commit)', release.commit],
              ['Digest (SHA-256 of the manifest)', release.digest],
              ['Tag', `release/${release.number}`],
            ]}
          />
        </>
      }
    >
      <section className="stack">
        <div className="between">
          <h2 className="tile-title" style={{ margin: 0 }}>
            What changed against the release before
          </h2>
          <Button
            variant="default"
            size="xs"
            leftSection={<Icon name="download" size={14} />}
            onClick={() => download(release)}
          >
            Download the manifest
          </Button>
        </div>
        {release.changes.length === 0 ? (
          <Empty title="Nothing changed">This release answers exactly as the one before.</Empty>
        ) : (
          <div className="tile flush scroll-x">
            <table className="plain">
              <thead>
                <tr>
                  <th scope="col">Prompt</th>
                  <th scope="col">Before</th>
                  <th scope="col">Now</th>
                  <th scope="col">What differs</th>
                </tr>
              </thead>
              <tbody>
                {release.changes.map((change) => (
                  <ChangeRow key={change.prompt} change={change} />
                ))}
              </tbody>
            </table>
          </div>
        )}
      </section>
    </Page>
  );
}

function ChangeRow({ change }: { change: ReleaseChange }) {
  const both = change.before != null && change.after != null && change.before !== change.after;
  return (
    <tr>
      <td>
        <Link to="/prompts/$id" params={{ id: change.prompt }} search={{}} className="link">
          {change.prompt}
        </Link>
      </td>
      <td>{change.before == null ? 'not in it' : `Version ${change.before}`}</td>
      <td>{change.after == null ? 'taken out' : `Version ${change.after}`}</td>
      <td>
        <span className="row">
          {change.differs.map((what) => (
            <Pill key={what} tone="blue" icon="edit">
              {what}
            </Pill>
          ))}
          {both && (
            <Link
              to="/prompts/$id/compare"
              params={{ id: change.prompt }}
              search={{ from: change.before ?? undefined, to: change.after ?? undefined }}
              className="link"
            >
              Compare
            </Link>
          )}
        </span>
      </td>
    </tr>
  );
}

function GoLiveNow({ release }: { release: ReleaseDetail }) {
  const environments = useQuery(environmentsQuery).data ?? [];
  const [asking, setAsking] = useState(false);
  const [chosen, setChosen] = useState<string>();
  const target = environments.find((one) => one.name === chosen) ?? environments[0];
  const back = useAct((name: string) => rollBackEnvironment(name, 'Undo'), {
    onDone: (environment) => toast(`Release ${environment.release} is live again in ${environment.name}`),
  });
  const act = useAct((reason: string) => goLive(target?.name ?? '', { release: release.number, reason }), {
    onDone: (environment) => {
      setAsking(false);
      toast(`Release ${release.number} is live in ${environment.name}`, {
        undo: environment.previous != null ? () => back.mutate(environment.name) : undefined,
      });
    },
  });
  if (!target) return null;
  return (
    <>
      <Button variant="default" onClick={() => setAsking(true)}>
        Go live now
      </Button>
      <ReasonDialog
        opened={asking}
        onClose={() => setAsking(false)}
        title={`Take Release ${release.number} live for everybody?`}
        act="Go live for everybody"
        busy={act.isPending}
        onConfirm={(reason) => act.mutate(reason)}
      >
        <div className="stack tight">
          <Select
            label="Where"
            data={environments.map((one) => one.name)}
            value={target.name}
            onChange={(name) => setChosen(name ?? undefined)}
            allowDeselect={false}
          />
          <p>
            {target.release == null
              ? 'Nothing is live there yet.'
              : target.release === release.number
                ? 'It is live there already.'
                : `Release ${target.release} is live there now; one click goes back to it.`}
          </p>
        </div>
      </ReasonDialog>
    </>
  );
}

function download(release: ReleaseDetail) {
  const address = URL.createObjectURL(
    new Blob([JSON.stringify(release.manifest, null, 2)], { type: 'application/json' }),
  );
  const link = document.createElement('a');
  link.href = address;
  link.download = `release-${release.number}.json`;
  link.click();
  URL.revokeObjectURL(address);
}

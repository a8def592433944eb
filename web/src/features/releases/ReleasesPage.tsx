import { Button, Textarea } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { createRelease } from '@/api/operations';
import { releasesQuery } from '@/api/queries';
import { FormDialog } from '@/components/FormDialog';
import { Bones, Loaded } from '@/components/Loaded';
import { Empty, Page } from '@/components/Page';
import { Pill } from '@/components/Pill';
import { useAct, useMay } from '@/components/session';
import { ago, personName, plural } from '@/lib/format';

/** Full snapshots of the library that may go live. */
export function ReleasesPage() {
  const releases = useInfiniteQuery(releasesQuery);
  const mayMake = useMay('create-release');
  const [asking, setAsking] = useState(false);
  const list = releases.data?.pages.flatMap((page) => page.items) ?? [];
  const make = mayMake && <Button onClick={() => setAsking(true)}>Make a release</Button>;
  return (
    <Page
      title="Releases"
      intent="A release is a full snapshot of every prompt. It never changes, so going back to it brings back exactly what was live."
      actions={make}
    >
      <Loaded
        query={releases}
        shape={
          <div className="tile">
            <Bones rows={5} height={28} />
          </div>
        }
      >
        {() =>
          list.length === 0 ? (
            <Empty title="No releases yet" action={make}>
              Make one of what the library holds now. It can then go live, all at once or step by step.
            </Empty>
          ) : (
            <ul className="tile flush list" aria-label="Releases">
              {list.map((release) => (
                <li key={release.number}>
                  <Link
                    to="/releases/$number"
                    params={{ number: String(release.number) }}
                    className="list-row"
                  >
                    <strong style={{ flex: '0 0 92px' }}>{`Release ${release.number}`}</strong>
                    <span className="grow">
                      <span className="serif" style={{ fontSize: 16, display: 'block' }}>
                        {release.note || 'No note'}
                      </span>
                      <span className="small quiet">{`${plural(release.prompts, 'prompt')} · ${personName(release.created_by)}, ${ago(release.created_at)}`}</span>
                    </span>
                    {release.live_in.map((environment) => (
                      <Pill key={environment} tone="green" icon="dot">{`Live in ${environment}`}</Pill>
                    ))}
                  </Link>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      {releases.hasNextPage && (
        <Button
          variant="default"
          loading={releases.isFetchingNextPage}
          onClick={() => void releases.fetchNextPage()}
        >
          Older releases
        </Button>
      )}
      <NewReleaseDialog opened={asking} onClose={() => setAsking(false)} />
    </Page>
  );
}

function NewReleaseDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const [note, setNote] = useState('');
  const navigate = useNavigate();
  const create = useAct(createRelease, {
    onDone: (release) => {
      onClose();
      void navigate({ to: '/releases/$number', params: { number: String(release.number) } });
    },
  });
  return (
    <FormDialog
      opened={opened}
      onClose={onClose}
      title="Make a release"
      act="Make the release"
      ready={note.trim() !== ''}
      busy={create.isPending}
      onSubmit={() => create.mutate({ note: note.trim() })}
    >
      <p className="quiet">
        It holds everything in the library as it stands now. Nothing goes live by making it.
      </p>
      <Textarea
        label="What is it for?"
        placeholder="Welcome e-mail with one next step"
        required
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
        autosize
        minRows={2}
        data-autofocus
      />
    </FormDialog>
  );
}

import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { removeMirror, syncMirror } from '@/api/operations';
import { mirrorQuery, mirrorsQuery } from '@/api/queries';
import type { Mirror, MirrorRef } from '@/api/types';
import { Bones, Loaded } from '@/components/Loaded';
import { Pill } from '@/components/Pill';
import { ReasonDialog } from '@/components/ReasonDialog';
import { Said } from '@/components/Said';
import { useAct, useMay } from '@/components/session';
import { toast } from '@/components/toast';
import { directionWords, mirrorLook, mirrorSentence, refName } from '@/lib/mirrors';
import { AddMirrorDialog } from './AddMirrorDialog';
import { Section } from './Section';

/** Git repositories elsewhere with which the library is kept in step. */
export function Mirrors() {
  const mirrors = useQuery(mirrorsQuery);
  const mayManage = useMay('administer');
  const [adding, setAdding] = useState(false);
  return (
    <Section
      id="mirrors"
      title="Mirrors"
      intent="Git repositories elsewhere, such as GitHub or GitLab, that are kept in step with the library. Nothing is ever overwritten on either side."
      act={
        mayManage && (
          <Button variant="default" onClick={() => setAdding(true)}>
            Add a mirror
          </Button>
        )
      }
    >
      <Loaded
        query={mirrors}
        shape={
          <div className="settings-head">
            <Bones rows={2} />
          </div>
        }
      >
        {(list) =>
          list.length === 0 ? (
            <p className="quiet settings-head">
              {mayManage
                ? 'No mirrors yet. Add one to keep a second copy, or to let engineers work where they are used to.'
                : 'No mirrors yet. An administrator can add one.'}
            </p>
          ) : (
            <ul className="list" aria-label="Mirrors">
              {list.map((mirror) => (
                <MirrorRow key={mirror.name} mirror={mirror} mayManage={mayManage} />
              ))}
            </ul>
          )
        }
      </Loaded>
      <AddMirrorDialog opened={adding} onClose={() => setAdding(false)} />
    </Section>
  );
}

function MirrorRow({ mirror, mayManage }: { mirror: Mirror; mayManage: boolean }) {
  const [asking, setAsking] = useState(false);
  const look = mirrorLook(mirror);
  const sync = useAct(() => syncMirror(mirror.name), {
    onDone: () => toast(`${mirror.name} is tried now`, { text: 'How it went appears here.' }),
  });
  const remove = useAct((reason: string) => removeMirror(mirror.name, reason), {
    onDone: () => {
      setAsking(false);
      toast(`${mirror.name} is gone`, { text: 'What came from there stays.' });
    },
  });
  return (
    <li className="mirror stack tight">
      <div className="between">
        <div className="grow">
          <strong>{mirror.name}</strong>
          <code className="small quiet wrap-any" style={{ display: 'block' }}>
            {mirror.url}
          </code>
        </div>
        <span className="row">
          <Pill>{directionWords[mirror.direction] ?? mirror.direction}</Pill>
          <Pill tone={look.tone} icon={look.icon}>
            {look.words}
          </Pill>
          {mayManage && (
            <>
              <Button
                size="compact-sm"
                variant="default"
                loading={sync.isPending}
                aria-label={`Sync ${mirror.name} now`}
                onClick={() => sync.mutate(undefined)}
              >
                Sync now
              </Button>
              <Button
                size="compact-sm"
                variant="danger-quiet"
                aria-label={`Remove the mirror ${mirror.name}`}
                onClick={() => setAsking(true)}
              >
                Remove
              </Button>
            </>
          )}
        </span>
      </div>
      <p className="small quiet">{mirrorSentence(mirror)}</p>
      {mirror.problem && <p className="banner harm small wrap-any">{mirror.problem}</p>}
      {mirror.status === 'held' && <Held name={mirror.name} />}
      <ReasonDialog
        opened={asking}
        onClose={() => setAsking(false)}
        title={`Remove the mirror ${mirror.name}?`}
        act="Remove"
        danger
        busy={remove.isPending}
        onConfirm={(reason) => remove.mutate(reason)}
      >
        Nothing goes there or comes from there any more. What came from there stays.
      </ReasonDialog>
    </li>
  );
}

/** What waits for a person, and the way to it. */
function Held({ name }: { name: string }) {
  const mirror = useQuery(mirrorQuery(name));
  return (
    <Loaded query={mirror} shape={<Bones rows={1} />}>
      {({ refs }) => (
        <ul className="stack tight" aria-label={`What waits in ${name}`}>
          {refs
            .filter((one) => one.problem)
            .map((one) => (
              <HeldRef key={one.name} held={one} />
            ))}
        </ul>
      )}
    </Loaded>
  );
}

function HeldRef({ held }: { held: MirrorRef }) {
  return (
    <li className="banner owed small stack tight">
      <span className="wrap-any">
        <strong>{refName(held.name)}</strong>
        {': '}
        <Said text={held.problem} />
      </span>
      <span className="row">
        {held.change != null && (
          <Link to="/reviews/$number" params={{ number: String(held.change) }} className="link">
            {`Open CH-${held.change}`}
          </Link>
        )}
        {held.draft && (
          <Link to="/drafts/$name" params={{ name: held.draft }} className="link">
            See what came
          </Link>
        )}
      </span>
    </li>
  );
}

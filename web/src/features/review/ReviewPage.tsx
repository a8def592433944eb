import { Button, Menu } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { closeChange, mergeChange, reopenChange } from '@/api/operations';
import { changeQuery, draftQuery } from '@/api/queries';
import type { ChangeDetail } from '@/api/types';
import { ActButton } from '@/components/ActButton';
import { Icon } from '@/components/Icon';
import { useKeys } from '@/components/keys';
import { Bones, Loaded } from '@/components/Loaded';
import { Empty, Page } from '@/components/Page';
import { useAct, useMay, useSession } from '@/components/session';
import { TechnicalDetails } from '@/components/TechnicalDetails';
import { toast } from '@/components/toast';
import { ago, date, personName, plural, time } from '@/lib/format';
import { draftShown } from '@/lib/standing';
import { Blocking } from './Blocking';
import { EditDialog } from './EditDialog';
import { FileSection } from './FileSection';
import { ReviewDialog } from './ReviewDialog';
import { StatusPill } from './StatusPill';
import { Story } from './Story';
import { Tests } from './Tests';
import './marked.css';
import './review.css';

/** A review: what changes, why, what is said of it, and what still blocks publishing. */
export function ReviewPage() {
  const { number } = useParams({ from: '/shell/reviews/$number' });
  const change = useQuery(changeQuery(Number(number)));
  return (
    <Loaded
      query={change}
      shape={
        <Page title={`CH-${number}`} trail={[{ title: 'Reviews', to: '/reviews' }]}>
          <Bones rows={8} />
        </Page>
      }
    >
      {(data) => <Read change={data} />}
    </Loaded>
  );
}

function Read({ change }: { change: ChangeDetail }) {
  const [reviewing, setReviewing] = useState(false);
  const [editing, setEditing] = useState(false);
  const review = () => setReviewing(true);
  const edit = () => setEditing(true);
  const mayReview = useMay('review') && change.status === 'open';
  useKeys({ r: () => mayReview && review() });
  const unsettled = change.threads.filter((thread) => !thread.settled).length;
  return (
    <Page
      title={change.title}
      intent={<Intent change={change} />}
      trail={[{ title: 'Reviews', to: '/reviews' }, { title: `CH-${change.number}` }]}
      actions={<Acts change={change} onReview={review} onEdit={edit} />}
      pills={
        <>
          <StatusPill change={change} blocked={change.blockers.length} />
          <span className="pill">{plural(change.files.length, 'file')}</span>
          {change.ahead > 0 && <span className="pill">{plural(change.ahead, 'version')}</span>}
          {unsettled > 0 && <span className="pill">{plural(unsettled, 'open discussion')}</span>}
          <Link to="/map" search={{ change: change.number }} className="link small">
            What it reaches
          </Link>
          <TechnicalDetails
            rows={[
              ['Draft', change.draft],
              ['Draft stands at (commit)', change.head],
              ['Reached the library as (commit)', change.merged_commit],
              ['Brought in as', change.merge_style],
            ]}
          />
        </>
      }
    >
      <Owed change={change} onReview={review} />
      {change.status === 'open' && <Blocking change={change} onEdit={edit} onReview={review} />}
      {change.status === 'open' && <Tests change={change} />}
      <Story change={change} onEdit={edit} />
      <section className="stack loose" aria-labelledby="what-changes">
        <h2 id="what-changes" className="label">
          What changes
        </h2>
        {change.files.length === 0 && (
          <Empty title="Nothing to compare">
            {change.head
              ? 'The draft changes nothing any more.'
              : 'The draft is gone; restore it to see what it held.'}
          </Empty>
        )}
        {change.files.map((file, index) => (
          <FileSection key={file.path} change={change} file={file} index={index} />
        ))}
      </section>
      <ReviewDialog
        key={`${change.head} ${reviewing}`}
        opened={reviewing}
        onClose={() => setReviewing(false)}
        change={change}
      />
      <EditDialog
        key={`edit ${editing}`}
        opened={editing}
        onClose={() => setEditing(false)}
        change={change}
      />
    </Page>
  );
}

function Intent({ change }: { change: ChangeDetail }) {
  const draft = useQuery(draftQuery(change.draft)).data;
  const ended =
    change.status === 'merged' && change.merged_at
      ? ` Published ${ago(change.merged_at)} by ${personName(change.merged_by?.name ?? '')}.`
      : change.status === 'closed' && change.closed_at
        ? ` Closed ${ago(change.closed_at)}${change.closed_reason ? `: “${change.closed_reason}”` : ''}.`
        : '';
  return (
    <>
      {`Sent by ${personName(change.author.name)}, ${ago(change.opened_at)}, from the draft `}
      <Link to="/drafts/$name" params={{ name: change.draft }} className="link">
        {draftShown(draft ?? { name: change.draft, title: change.draft })}
      </Link>
      {`.${ended}`}
    </>
  );
}

/** The review that is owed after an emergency, until somebody gave it. */
function Owed({ change, onReview }: { change: ChangeDetail; onReview: () => void }) {
  const me = useSession()?.actor.id;
  const mayReview = useMay('review');
  const { owed } = change;
  if (!owed) return null;
  if (owed.done_at)
    return (
      <section className="banner" aria-label="Emergency">
        <p className="quiet">{`This went live in an emergency: “${owed.reason}” ${personName(owed.done_by?.name ?? '')} gave the review that was owed, ${ago(owed.done_at)}.`}</p>
      </section>
    );
  const late = Date.parse(owed.by) < Date.now();
  return (
    <section className={`banner between ${late ? 'harm' : 'owed'}`} aria-label="Emergency">
      <div className="grow">
        <h2>{`A review is owed by ${date(owed.by)}, ${time(owed.by)}${late ? ', which has passed' : ''}`}</h2>
        <p className="quiet">{`It went live in an emergency: “${owed.reason}”`}</p>
      </div>
      {mayReview && change.author.id !== me && <ActButton onClick={onReview}>Give the review</ActButton>}
    </section>
  );
}

/** One primary act: publish where nothing blocks, else review. */
function Acts({
  change,
  onReview,
  onEdit,
}: {
  change: ChangeDetail;
  onReview: () => void;
  onEdit: () => void;
}) {
  const me = useSession()?.actor.id;
  const mayPublish = useMay('publish');
  const mayReview = useMay('review');
  const mayWrite = useMay('write-draft');
  const navigate = useNavigate();
  const ready = change.status === 'open' && change.blockers.length === 0;
  const mine = change.author.id === me;
  const publish = useAct(() => mergeChange(change.number, change.head ?? undefined), {
    onDone: (merged) => {
      toast('Published to the library', {
        text: `${plural(merged.versions.length, 'file')} changed. They go live with the next release.`,
      });
    },
  });
  const reopen = useAct(() => reopenChange(change.number), {
    onDone: () => toast('The review is open again'),
  });
  const close = useAct(() => closeChange(change.number), {
    onDone: () => toast(`CH-${change.number} is closed`, { undo: () => reopen.mutate(undefined) }),
  });
  const publishing = ready && mayPublish;
  if (change.status === 'merged')
    return (
      <Button variant="default" onClick={() => void navigate({ to: '/releases' })}>
        Go to releases
      </Button>
    );
  if (change.status === 'closed')
    return mayWrite ? (
      <ActButton busy={reopen.isPending} onClick={() => reopen.mutate(undefined)}>
        Open the review again
      </ActButton>
    ) : null;
  return (
    <>
      <Menu position="bottom-end" width={220}>
        <Menu.Target>
          <Button variant="default" rightSection={<Icon name="down" size={14} />}>
            More
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {mayWrite && <Menu.Item onClick={onEdit}>Edit summary and record</Menu.Item>}
          <Menu.Item onClick={() => void navigate({ to: '/drafts/$name', params: { name: change.draft } })}>
            Go to the draft
          </Menu.Item>
          {mayWrite && (
            <Menu.Item onClick={() => close.mutate(undefined)}>Close without publishing</Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      {mayReview && (
        <Button variant={publishing || mine ? 'default' : 'filled'} onClick={onReview}>
          {mine ? 'Say something' : 'Review'}
        </Button>
      )}
      {publishing && (
        <ActButton busy={publish.isPending} onClick={() => publish.mutate(undefined)}>
          Publish to library
        </ActButton>
      )}
    </>
  );
}

import { Button, Select, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { createDraft } from '@/api/operations';
import { draftsQuery } from '@/api/queries';
import type { Draft } from '@/api/types';
import { FormDialog } from '@/components/FormDialog';
import { Bones, Loaded } from '@/components/Loaded';
import { Empty, Page } from '@/components/Page';
import { Pill } from '@/components/Pill';
import { useAct, useMay } from '@/components/session';
import { tidyId } from '@/lib/dotprompt';
import { ago, plural } from '@/lib/format';
import { draftKindWords, draftTitle, sentenceCase } from '@/lib/words-shown';

/** Changes that are not in the library yet. */
export function DraftsPage() {
  const drafts = useQuery(draftsQuery);
  const mayWrite = useMay('write-draft');
  const [asking, setAsking] = useState(false);
  const start = mayWrite && <Button onClick={() => setAsking(true)}>New draft</Button>;
  return (
    <Page
      title="Drafts"
      intent="Changes that belong together and are not in the library yet: a campaign, an experiment, an urgent fix."
      actions={start}
    >
      <Loaded
        query={drafts}
        shape={
          <div className="tile">
            <Bones rows={4} height={28} />
          </div>
        }
      >
        {(list) =>
          list.length === 0 ? (
            <Empty title="No drafts" action={start}>
              A draft lets you change many prompts and publish them as one, when they are ready.
            </Empty>
          ) : (
            <ul className="tile flush list" aria-label="Drafts">
              {list.map((draft) => (
                <DraftRow key={draft.name} draft={draft} />
              ))}
            </ul>
          )
        }
      </Loaded>
      <NewDraftDialog opened={asking} onClose={() => setAsking(false)} />
    </Page>
  );
}

function DraftRow({ draft }: { draft: Draft }) {
  return (
    <li>
      <Link to="/drafts/$name" params={{ name: draft.name }} className="list-row">
        <span className="grow">
          <span className="serif" style={{ fontSize: 16, display: 'block' }}>
            {sentenceCase(draftTitle(draft.name))}
          </span>
          <span className="small quiet">{`saved ${ago(draft.updated_at)}`}</span>
        </span>
        <span className="row" style={{ justifyContent: 'flex-end' }}>
          <Pill>{draftKindWords[draft.kind] ?? draft.kind}</Pill>
          <Pill tone={draft.ahead > 0 ? 'blue' : 'plain'} icon="edit">
            {draft.ahead > 0 ? `${plural(draft.ahead, 'version')} to publish` : 'nothing new yet'}
          </Pill>
          {draft.behind > 0 && <Pill tone="amber" icon="clock">{`library moved on by ${draft.behind}`}</Pill>}
        </span>
      </Link>
    </li>
  );
}

function NewDraftDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const [kind, setKind] = useState('campaign');
  const [name, setName] = useState('');
  const navigate = useNavigate();
  const full = kind === 'draft' ? `draft/${tidyId(name)}` : `${kind}/${tidyId(name)}`;
  const create = useAct(createDraft, {
    onDone: (draft) => {
      onClose();
      void navigate({ to: '/drafts/$name', params: { name: draft.name } });
    },
  });
  return (
    <FormDialog
      opened={opened}
      onClose={onClose}
      title="New draft"
      act="Make the draft"
      ready={tidyId(name) !== ''}
      busy={create.isPending}
      onSubmit={() => create.mutate({ name: full })}
    >
      <Select
        label="What is it for?"
        data={Object.entries(draftKindWords).map(([value, label]) => ({ value, label }))}
        value={kind}
        onChange={(next) => next && setKind(next)}
        allowDeselect={false}
      />
      <TextInput
        label="Name"
        placeholder="autumn activation"
        required
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        data-autofocus
        description={name ? `Engineers see it as ${full}` : undefined}
      />
    </FormDialog>
  );
}

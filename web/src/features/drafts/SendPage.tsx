import { Button, MultiSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { openChange } from '@/api/operations';
import { commitsQuery, draftQuery, peopleQuery, recordFormQuery } from '@/api/queries';
import type { Commit, DraftDetail, RecordForm } from '@/api/types';
import { ChangeFields, type ChangeNote, emptyNote, trimmedNote } from '@/components/ChangeFields';
import { Bones, Loaded, ProblemNote } from '@/components/Loaded';
import { Page } from '@/components/Page';
import { emptyRecord } from '@/components/RecordFields';
import { useAct, useSession } from '@/components/session';
import { toast } from '@/components/toast';
import { personName, plural } from '@/lib/format';
import { mergedRecord, stillMissing } from '@/lib/record';
import { draftShown } from '@/lib/standing';
import { sentenceCase } from '@/lib/words-shown';
import './drafts.css';

/** Sends a draft for review: what it brings, why, and who is asked. */
export function SendPage() {
  const { name } = useParams({ from: '/shell/drafts/$name/send' });
  const draft = useQuery(draftQuery(name));
  const saved = useQuery(commitsQuery(name, 20));
  const ahead = draft.data?.ahead ?? 0;
  return (
    <Loaded
      query={saved.data === undefined && !saved.error ? { ...draft, data: undefined, error: null } : draft}
      shape={
        <Page title="Send for review" trail={[{ title: 'Drafts', to: '/drafts' }]}>
          <Bones rows={6} />
        </Page>
      }
    >
      {(data) => <Form draft={data} saved={saved.data?.items.slice(0, ahead) ?? []} />}
    </Loaded>
  );
}

function Form({ draft, saved }: { draft: DraftDetail; saved: Commit[] }) {
  const paths = draft.changes.map((change) => change.path);
  const rules = useQuery(recordFormQuery(paths)).data;
  const [note, setNote] = useState<ChangeNote>(() => ({
    ...emptyNote((saved.length === 1 && saved[0]?.subject) || draftShown(draft)),
    record: { ...emptyRecord, ...mergedRecord(saved.map((commit) => commit.record)) },
  }));
  const [reviewers, setReviewers] = useState<string[]>([]);
  const navigate = useNavigate();
  const send = useAct(openChange, {
    quiet: true,
    onDone: (change) => {
      toast(`Sent for review as CH-${change.number}`);
      void navigate({ to: '/reviews/$number', params: { number: String(change.number) } });
    },
  });
  const missing = stillMissing(note.record, rules?.required ?? []);
  const { subject, body, record } = trimmedNote(note);
  return (
    <Page
      title="Send for review"
      intent={`${draftShown(draft)} changes ${plural(draft.changes.length, 'file')}. Others look at it before it reaches the library.`}
      trail={[
        { title: 'Drafts', to: '/drafts' },
        { title: draftShown(draft), to: '/drafts/$name', params: { name: draft.name } as never },
      ]}
    >
      <form
        className="split-side"
        onSubmit={(event) => {
          event.preventDefault();
          send.mutate({ draft: draft.name, title: subject, summary: body, record, reviewers });
        }}
      >
        <div className="tile stack send-form">
          <ChangeFields
            note={note}
            onChange={setNote}
            label="What it brings"
            description="One line; becomes the headline in the library’s history"
            paths={paths}
          />
          <Reviewers chosen={reviewers} onChoose={setReviewers} rules={rules} />
          {send.error !== null && <ProblemNote error={send.error} />}
          <div className="row dialog-acts">
            {missing.length > 0 && (
              <span className="small quiet grow">{`Still empty: ${missing.join(', ')}. You can send it so; the rules may want it before it is published.`}</span>
            )}
            <Button
              variant="default"
              onClick={() => void navigate({ to: '/drafts/$name', params: { name: draft.name } })}
            >
              Not yet
            </Button>
            <Button type="submit" loading={send.isPending} disabled={subject === ''}>
              Send for review
            </Button>
          </div>
        </div>
        <WhatIsAsked rules={rules} files={draft.changes.length} />
      </form>
    </Page>
  );
}

function Reviewers({
  chosen,
  onChoose,
  rules,
}: {
  chosen: string[];
  onChoose: (emails: string[]) => void;
  rules?: RecordForm;
}) {
  const me = useSession()?.actor.email;
  const people = useQuery(peopleQuery).data ?? [];
  const could = people.filter(
    (person) => person.kind === 'person' && !person.disabled && person.email !== me,
  );
  return (
    <MultiSelect
      label="Who should look at it?"
      description={
        rules && rules.approvals.length > 0
          ? 'Leave it empty to ask everybody whose approval the rules want.'
          : 'The rules ask for nobody here; name whom you want to ask.'
      }
      placeholder={chosen.length === 0 ? 'Choose people' : undefined}
      data={could.map((person) => ({ value: person.email, label: person.name }))}
      value={chosen}
      onChange={onChoose}
      searchable
      nothingFoundMessage="Nobody of that name"
      comboboxProps={{ withinPortal: true }}
    />
  );
}

/** What the rules of the library ask for before this can be published. */
function WhatIsAsked({ rules, files }: { rules?: RecordForm; files: number }) {
  if (!rules) return <Bones rows={4} />;
  const groups = new Map<string, { who: string; meaning: string; rules: string[] }>();
  for (const need of rules.approvals) {
    const who = `${need.count > 1 ? `${need.count} people: ` : ''}${sentenceCase(need.group)}`;
    groups.set(`${need.group} ${need.meaning}`, { who, meaning: need.meaning, rules: need.rules });
  }
  return (
    <aside className="stack tight" aria-labelledby="asked">
      <h2 id="asked" className="label">
        What it will need
      </h2>
      {groups.size === 0 && (
        <p className="small quiet">
          {rules.reviewed_only
            ? 'The library takes reviewed changes only, from anybody.'
            : `No rule asks for an approval of ${files === 1 ? 'this file' : 'these files'}.`}
        </p>
      )}
      <ul className="stack tight">
        {[...groups.values()].map((need) => (
          <li key={`${need.who} ${need.meaning}`} className="need">
            <strong>{personName(need.who)}</strong>
            <span className="small quiet">
              {`${need.meaning === 'approval' ? 'approves' : `signs as ${need.meaning}`}, for “${need.rules.join('”, “')}”`}
            </span>
          </li>
        ))}
      </ul>
    </aside>
  );
}

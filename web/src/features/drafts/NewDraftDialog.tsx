import { Select, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { createDraft } from '@/api/operations';
import type { Draft } from '@/api/types';
import { FormDialog } from '@/components/FormDialog';
import { useAct } from '@/components/session';
import { tidyId } from '@/lib/dotprompt';
import { draftShown } from '@/lib/standing';
import { draftKindWords } from '@/lib/words-shown';

const purposes: Record<string, string> = {
  campaign: 'Texts that go out together.',
  experiment: 'A trial. It ends by itself and is put away then.',
  hotfix: 'A repair that may go live at once, with a review owed afterwards.',
  draft: 'Anything else.',
};
const DAY_MS = 86_400_000;
const dayAfter = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);

/** Asks what a new draft is for, its name, and where it starts. */
export function NewDraftDialog({
  opened,
  onClose,
  drafts,
  from: startFrom = 'main',
}: {
  opened: boolean;
  onClose: () => void;
  drafts: Draft[];
  from?: string;
}) {
  const [kind, setKind] = useState('campaign');
  const [title, setTitle] = useState('');
  const [from, setFrom] = useState(startFrom);
  const [end, setEnd] = useState(() => dayAfter(30));
  const navigate = useNavigate();
  const slug = tidyId(title).replaceAll('/', '-');
  const name = `${kind}/${slug}`;
  const create = useAct(createDraft, {
    quiet: true,
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
      ready={slug !== ''}
      busy={create.isPending}
      error={create.error ?? undefined}
      onSubmit={() =>
        create.mutate({
          name,
          title: title.trim(),
          from,
          ends_at: kind === 'experiment' && end ? `${end}T18:00:00Z` : undefined,
        })
      }
    >
      <TextInput
        label="Name"
        placeholder="Autumn activation"
        required
        maxLength={100}
        value={title}
        onChange={(event) => setTitle(event.currentTarget.value)}
        data-autofocus
        description={slug ? `Engineers see it as ${name}` : 'As you would tell a colleague'}
      />
      <Select
        label="What is it for?"
        description={purposes[kind]}
        data={Object.entries(draftKindWords).map(([value, label]) => ({ value, label }))}
        value={kind}
        onChange={(next) => next && setKind(next)}
        allowDeselect={false}
      />
      {kind === 'experiment' && (
        <TextInput
          label="Ends on"
          description="You are told three days before. It can be opened again afterwards."
          type="date"
          min={dayAfter(1)}
          value={end}
          onChange={(event) => setEnd(event.currentTarget.value)}
        />
      )}
      <Select
        label="Starts from"
        description="“Update with latest” brings in later what this has got since."
        data={[
          { value: 'main', label: 'The library as it is now' },
          ...drafts
            .filter((draft) => draft.status === 'open')
            .map((draft) => ({ value: draft.name, label: `The draft ${draftShown(draft)}` })),
        ]}
        value={from}
        onChange={(next) => next && setFrom(next)}
        allowDeselect={false}
        searchable={drafts.length > 8}
      />
    </FormDialog>
  );
}

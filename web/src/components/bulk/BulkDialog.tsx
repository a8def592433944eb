import { Modal, Select, TagsInput, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { changePrompts, undoVersion } from '@/api/operations';
import { draftsQuery, foldersQuery } from '@/api/queries';
import type { BulkChange, BulkResult, ListPrompts } from '@/api/types';
import { bulkPreviewQuery } from '@/api/upkeep-queries';
import { ChangeFields, type ChangeNote, emptyNote, trimmedNote } from '@/components/ChangeFields';
import { DialogForm } from '@/components/FormDialog';
import { useAct, useMay } from '@/components/session';
import { toast, toastProblem } from '@/components/toast';
import { plural } from '@/lib/format';
import { draftTitle } from '@/lib/words-shown';
import { BulkPreview } from './BulkPreview';

export type BulkKind = 'move' | 'retag' | 'archive' | 'unarchive';
export type BulkChosen = { ids: string[] } | { find: ListPrompts };

type Fields = { folder: string; add: string[]; remove: string[]; instead: string; draft: string };

const titles: Record<BulkKind, string> = {
  move: 'Move',
  retag: 'Retag',
  archive: 'Archive',
  unarchive: 'Bring back',
};
/** Paths the rules are asked about; more make no difference to what is asked for. */
const ASKED_PATHS_MAX = 40;

/** Asks what to do with many prompts, shows what that would do, asks why, and does it. */
export function BulkDialog({
  kind,
  chosen,
  count,
  instead = '',
  onClose,
  onDone,
}: {
  kind: BulkKind;
  chosen: BulkChosen;
  count: number;
  /** For an archive: what callers get. */
  instead?: string;
  onClose: () => void;
  onDone: () => void;
}) {
  const mayPublish = useMay('publish');
  const [fields, setFields] = useState<Fields>({ folder: '', add: [], remove: [], instead, draft: '' });
  const [note, setNote] = useState<ChangeNote>(emptyNote());
  const set = (part: Partial<Fields>) => setFields((before) => ({ ...before, ...part }));
  const body = bodyOf(kind, chosen, fields, note);
  const [asked] = useDebouncedValue(body, 350);
  const preview = useQuery(bulkPreviewQuery(asked && needsDraft(fields, mayPublish) ? undefined : asked));
  const undo = useUndo();
  const act = useAct(() => changePrompts(body as BulkChange), {
    quiet: true,
    onDone: (done) => {
      const text =
        done.draft === 'main'
          ? 'It goes live with the next release.'
          : `On the draft ${draftTitle(done.draft)}.`;
      toast(doneWords(kind, done), { text, undo: () => undo(done, note) });
      onDone();
    },
  });
  const plan = preview.data;
  const isOld = preview.isPlaceholderData || asked !== body;
  const inTheWay = (plan?.refused.length ?? 0) > 0;
  const changes = (plan?.moved.length ?? 0) + (plan?.edited.length ?? 0);
  const paths = plan
    ? touched(plan).slice(0, ASKED_PATHS_MAX)
    : 'ids' in chosen
      ? chosen.ids.slice(0, ASKED_PATHS_MAX)
      : [];
  return (
    <Modal opened onClose={onClose} title={`${titles[kind]} ${plural(count, 'prompt')}`} size="xl">
      <DialogForm
        act={`${titles[kind]} ${plural(count, 'prompt')}`}
        danger={kind === 'archive'}
        ready={body !== undefined && note.subject.trim() !== '' && !inTheWay && changes > 0}
        busy={act.isPending}
        error={act.error ?? preview.error ?? undefined}
        onCancel={onClose}
        onSubmit={() => act.mutate(undefined)}
      >
        <What kind={kind} fields={fields} set={set} />
        <Where draft={fields.draft} onDraft={(draft) => set({ draft })} mayPublish={mayPublish} />
        {body === undefined ? (
          <p className="quiet small">{waitsFor[kind]}</p>
        ) : (
          plan && <BulkPreview plan={plan} stale={isOld && preview.isFetching} />
        )}
        <ChangeFields
          note={note}
          onChange={setNote}
          label="What changed"
          description="One line, as you would tell a colleague"
          placeholder={placeholders[kind]}
          paths={paths}
        />
      </DialogForm>
    </Modal>
  );
}

const waitsFor: Record<BulkKind, string> = {
  move: 'Say where to, and what would happen is shown here before anything does.',
  retag: 'Say which tags, and what would happen is shown here before anything does.',
  archive: '',
  unarchive: '',
};
const placeholders: Record<BulkKind, string> = {
  move: 'Keep everything about onboarding in one place',
  retag: 'Mark what belongs to the autumn campaign',
  archive: 'Put away what nobody asks for any more',
  unarchive: 'The winter campaign runs again',
};

const needsDraft = (fields: Fields, mayPublish: boolean) => !mayPublish && fields.draft === '';

/** What the server is asked to do; nothing while it is not said. */
function bodyOf(
  kind: BulkKind,
  chosen: BulkChosen,
  fields: Fields,
  note: ChangeNote,
): BulkChange | undefined {
  const folder = fields.folder.trim().replace(/^\/+|\/+$/g, '');
  if (kind === 'move' && folder === '') return undefined;
  if (kind === 'retag' && fields.add.length + fields.remove.length === 0) return undefined;
  return {
    action: kind,
    ...chosen,
    draft: fields.draft || undefined,
    ...(kind === 'move' ? { folder: folder.startsWith('prompts') ? folder : `prompts/${folder}` } : {}),
    ...(kind === 'retag' ? { add_tags: fields.add, remove_tags: fields.remove } : {}),
    ...(kind === 'archive' && fields.instead.trim() ? { instead: fields.instead.trim() } : {}),
    ...trimmedNote(note),
  };
}

const touched = (plan: BulkResult) => [
  ...new Set([...plan.moved.map((one) => one.from), ...plan.edited.map((one) => one.path)]),
];

function doneWords(kind: BulkKind, done: BulkResult): string {
  const files = plural(kind === 'move' ? done.moved.length : done.edited.length, 'prompt');
  return {
    move: `${files} moved`,
    retag: `${files} retagged`,
    archive: `${files} archived`,
    unarchive: `${files} brought back`,
  }[kind];
}

/** Takes the version back with one of its own. */
function useUndo() {
  const cache = useQueryClient();
  return (done: BulkResult, note: ChangeNote) => {
    if (!done.commit) return;
    const draft = done.draft === 'main' ? undefined : done.draft;
    const subject = `Take back: ${note.subject.trim()}`.slice(0, 120);
    undoVersion({ commit: done.commit, draft, subject, body: '', record: note.record })
      .then(() => {
        void cache.invalidateQueries();
        toast('Taken back', { text: 'Everything is as it was before.' });
      })
      .catch(toastProblem);
  };
}

function What({
  kind,
  fields,
  set,
}: {
  kind: BulkKind;
  fields: Fields;
  set: (part: Partial<Fields>) => void;
}) {
  const folders = useQuery(foldersQuery).data ?? [];
  if (kind === 'move')
    return (
      <TextInput
        label="To which folder?"
        description="A new name makes a new folder. Callers of the old places are led to the new ones."
        placeholder="prompts/email/onboarding"
        list="bulk-folders"
        value={fields.folder}
        onChange={(event) => set({ folder: event.currentTarget.value })}
        rightSection={
          <datalist id="bulk-folders">
            {folders.map((folder) => (
              <option key={folder.path} value={folder.path} />
            ))}
          </datalist>
        }
        data-autofocus
        required
      />
    );
  if (kind === 'retag')
    return (
      <div className="two-fields">
        <TagsInput
          label="Tags they get"
          value={fields.add}
          onChange={(add) => set({ add })}
          acceptValueOnBlur
          data-autofocus
        />
        <TagsInput
          label="Tags they lose"
          value={fields.remove}
          onChange={(remove) => set({ remove })}
          acceptValueOnBlur
        />
      </div>
    );
  if (kind === 'unarchive')
    return (
      <p className="quiet small">
        They stand in lists again and go live with the next release. Callers of their ids get them, no longer
        what stood in for them.
      </p>
    );
  return (
    <TextInput
      label="What do callers get instead?"
      description="The id of a prompt, or nothing. Archived prompts stay with all their versions, but leave lists and releases."
      placeholder="email/welcome"
      value={fields.instead}
      onChange={(event) => set({ instead: event.currentTarget.value })}
      data-autofocus
    />
  );
}

function Where({
  draft,
  onDraft,
  mayPublish,
}: {
  draft: string;
  onDraft: (draft: string) => void;
  mayPublish: boolean;
}) {
  const drafts = (useQuery(draftsQuery).data ?? []).filter((one) => one.status === 'open');
  const data = [
    ...(mayPublish ? [{ value: '', label: 'In the library' }] : []),
    ...drafts.map((one) => ({ value: one.name, label: `On the draft ${one.title || draftTitle(one.name)}` })),
  ];
  if (mayPublish && drafts.length === 0) return null;
  return (
    <Select
      label="Where"
      description={mayPublish ? undefined : 'Somebody who may publish takes the draft into the library.'}
      placeholder={drafts.length === 0 ? 'Begin a draft first' : 'Choose a draft'}
      data={data}
      value={draft === '' && !mayPublish ? null : draft}
      onChange={(value) => onDraft(value ?? '')}
      allowDeselect={false}
    />
  );
}

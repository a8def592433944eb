import { Modal } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { ApiProblem } from '@/api/client';
import { publishDraft } from '@/api/operations';
import type { DraftDetail } from '@/api/types';
import { ChangeFields, emptyNote, trimmedNote } from '@/components/ChangeFields';
import { DialogForm } from '@/components/FormDialog';
import { toast } from '@/components/toast';
import { plural } from '@/lib/format';
import { draftShown } from '@/lib/standing';

/** Takes a draft into the library as one; where two people changed the same part, leads to deciding that first. */
export function PublishDialog({
  opened,
  onClose,
  draft,
}: {
  opened: boolean;
  onClose: () => void;
  draft: DraftDetail;
}) {
  const [note, setNote] = useState(() => emptyNote(draftShown(draft)));
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const cache = useQueryClient();
  const navigate = useNavigate();

  const publish = async () => {
    setBusy(true);
    setError(undefined);
    try {
      const published = await publishDraft(draft.name, { ...trimmedNote(note), resolutions: [] });
      void cache.invalidateQueries();
      toast('Published to the library', {
        text: `${plural(published.versions.length, 'file')} changed. They go live with the next release.`,
      });
      onClose();
      void navigate({ to: '/drafts' });
    } catch (failure) {
      if (failure instanceof ApiProblem && failure.status === 409 && failure.problem.conflicts?.length) {
        onClose();
        void navigate({ to: '/drafts/$name/resolve', params: { name: draft.name } });
      } else setError(failure);
    } finally {
      setBusy(false);
    }
  };

  return (
    <Modal opened={opened} onClose={onClose} title="Publish to library" size="xl">
      <DialogForm
        act="Publish"
        ready={note.subject.trim() !== ''}
        busy={busy}
        error={error}
        onCancel={onClose}
        onSubmit={() => void publish()}
      >
        <p className="quiet">{`${plural(draft.changes.length, 'file')} ${draft.changes.length === 1 ? 'becomes' : 'become'} part of the library at once. Nothing goes live by this alone.`}</p>
        <ChangeFields
          note={note}
          onChange={setNote}
          label="What it brings"
          paths={draft.changes.map((change) => change.path)}
        />
      </DialogForm>
    </Modal>
  );
}

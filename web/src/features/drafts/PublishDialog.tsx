import { Modal } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { ApiProblem } from '@/api/client';
import { publishDraft } from '@/api/operations';
import type { Conflict, DraftDetail, Resolution } from '@/api/types';
import { ChangeFields, emptyNote, trimmedNote } from '@/components/ChangeFields';
import { Conflicts } from '@/components/Conflicts';
import { DialogForm } from '@/components/FormDialog';
import { ProblemNote } from '@/components/Loaded';
import { toast } from '@/components/toast';
import { plural } from '@/lib/format';
import { draftTitle, sentenceCase } from '@/lib/words-shown';

/** Takes a draft into the library as one; where two people changed the same part, asks. */
export function PublishDialog({
  opened,
  onClose,
  draft,
}: {
  opened: boolean;
  onClose: () => void;
  draft: DraftDetail;
}) {
  const [note, setNote] = useState(() => emptyNote(sentenceCase(draftTitle(draft.name))));
  const [conflicts, setConflicts] = useState<Conflict[]>();
  const [settled, setSettled] = useState<Resolution[]>([]);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const cache = useQueryClient();
  const navigate = useNavigate();

  const publish = async (resolutions: Resolution[]) => {
    setBusy(true);
    setError(undefined);
    try {
      const published = await publishDraft(draft.name, { ...trimmedNote(note), resolutions });
      void cache.invalidateQueries();
      toast('Published to the library', {
        text: `${plural(published.versions.length, 'file')} changed. They go live with the next release.`,
      });
      onClose();
      void navigate({ to: '/drafts' });
    } catch (failure) {
      if (failure instanceof ApiProblem && failure.status === 409 && failure.problem.conflicts?.length) {
        setConflicts(failure.problem.conflicts);
        setSettled(resolutions);
      } else setError(failure);
    } finally {
      setBusy(false);
    }
  };

  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={conflicts ? 'Choose what it shall say' : 'Publish to library'}
      size="xl"
    >
      {conflicts ? (
        <div className="stack">
          <Conflicts
            key={conflicts.map((conflict) => conflict.path).join()}
            conflicts={conflicts}
            sides={{ ours: 'Library wording', theirs: 'Draft wording' }}
            act="Publish to library"
            busy={busy}
            onResolve={(found) =>
              void publish([
                ...settled.filter((old) => !found.some((one) => one.path === old.path)),
                ...found,
              ])
            }
          />
          {error !== undefined && <ProblemNote error={error} />}
        </div>
      ) : (
        <DialogForm
          act="Publish"
          ready={note.subject.trim() !== ''}
          busy={busy}
          error={error}
          onCancel={onClose}
          onSubmit={() => void publish([])}
        >
          <p className="quiet">{`${plural(draft.changes.length, 'file')} become part of the library at once. Nothing goes live by this alone.`}</p>
          <ChangeFields note={note} onChange={setNote} label="What it brings" />
        </DialogForm>
      )}
    </Modal>
  );
}

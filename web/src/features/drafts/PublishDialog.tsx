import { Button, Modal, Textarea, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { ApiProblem } from '@/api/client';
import { publishDraft } from '@/api/operations';
import type { ChangeRecord, Conflict, DraftDetail, Resolution } from '@/api/types';
import { Conflicts } from '@/components/Conflicts';
import { ProblemNote } from '@/components/Loaded';
import { emptyRecord, RecordFields } from '@/components/RecordFields';
import { useLibrary } from '@/components/session';
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
  const [subject, setSubject] = useState(sentenceCase(draftTitle(draft.name)));
  const [body, setBody] = useState('');
  const [record, setRecord] = useState<ChangeRecord>(emptyRecord);
  const [conflicts, setConflicts] = useState<Conflict[]>();
  const [settled, setSettled] = useState<Resolution[]>([]);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const library = useLibrary();
  const cache = useQueryClient();
  const navigate = useNavigate();

  const publish = async (resolutions: Resolution[]) => {
    setBusy(true);
    setError(undefined);
    try {
      const published = await publishDraft(draft.name, {
        subject: subject.trim(),
        body: body.trim(),
        record,
        resolutions,
      });
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
      <div className="stack">
        {conflicts ? (
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
        ) : (
          <form
            className="stack"
            onSubmit={(event) => {
              event.preventDefault();
              void publish([]);
            }}
          >
            <p className="quiet">{`${plural(draft.changes.length, 'file')} become part of the library at once. Nothing goes live by this alone.`}</p>
            <TextInput
              label="What it brings"
              required
              maxLength={120}
              value={subject}
              onChange={(event) => setSubject(event.currentTarget.value)}
              data-autofocus
            />
            <RecordFields record={record} onChange={setRecord} kpis={library?.kpis ?? []} />
            <Textarea
              label="More, where needed"
              value={body}
              onChange={(event) => setBody(event.currentTarget.value)}
              autosize
              minRows={1}
            />
            <div className="row" style={{ justifyContent: 'flex-end' }}>
              <Button variant="default" onClick={onClose}>
                Cancel
              </Button>
              <Button type="submit" loading={busy} disabled={subject.trim() === ''}>
                Publish
              </Button>
            </div>
          </form>
        )}
        {error !== undefined && <ProblemNote error={error} />}
      </div>
    </Modal>
  );
}

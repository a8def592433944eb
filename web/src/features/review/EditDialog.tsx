import { useState } from 'react';
import { editChange } from '@/api/operations';
import type { ChangeDetail, EditChange } from '@/api/types';
import { ChangeFields, trimmedNote } from '@/components/ChangeFields';
import { FormDialog } from '@/components/FormDialog';
import { emptyRecord } from '@/components/RecordFields';
import { useAct } from '@/components/session';
import { toast } from '@/components/toast';

/** Edits title, summary and record of an open review. */
export function EditDialog({
  opened,
  onClose,
  change,
}: {
  opened: boolean;
  onClose: () => void;
  change: ChangeDetail;
}) {
  const [note, setNote] = useState({
    subject: change.title,
    body: change.summary,
    record: { ...emptyRecord, ...change.record },
  });
  const before: EditChange = { title: change.title, summary: change.summary, record: change.record };
  const undo = useAct((edit: EditChange) => editChange(change.number, edit));
  const save = useAct((edit: EditChange) => editChange(change.number, edit), {
    quiet: true,
    onDone: () => {
      onClose();
      toast('Saved', { undo: () => undo.mutate(before) });
    },
  });
  const { subject, body, record } = trimmedNote(note);
  return (
    <FormDialog
      opened={opened}
      onClose={onClose}
      title="Summary and record"
      size="xl"
      act="Save"
      ready={subject !== ''}
      busy={save.isPending}
      error={save.error ?? undefined}
      onSubmit={() => save.mutate({ title: subject, summary: body, record })}
    >
      <ChangeFields
        note={note}
        onChange={setNote}
        label="What it brings"
        paths={change.files.map((file) => file.path)}
        needed={change.required_fields}
      />
    </FormDialog>
  );
}

import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { editDraft } from '@/api/operations';
import type { DraftDetail, EditDraft } from '@/api/types';
import { FormDialog } from '@/components/FormDialog';
import { useAct } from '@/components/session';
import { toast } from '@/components/toast';
import { draftShown } from '@/lib/standing';

/** Changes what a draft is called and when it ends by itself. */
export function EditDraftDialog({
  opened,
  onClose,
  draft,
}: {
  opened: boolean;
  onClose: () => void;
  draft: DraftDetail;
}) {
  const [title, setTitle] = useState(draftShown(draft));
  const [end, setEnd] = useState(draft.ends_at?.slice(0, 10) ?? '');
  const before: EditDraft = { title: draft.title, ends_at: draft.ends_at ?? '' };
  const undo = useAct((edit: EditDraft) => editDraft(draft.name, edit));
  const save = useAct((edit: EditDraft) => editDraft(draft.name, edit), {
    quiet: true,
    onDone: () => {
      onClose();
      toast('Saved', { undo: () => undo.mutate(before) });
    },
  });
  return (
    <FormDialog
      opened={opened}
      onClose={onClose}
      title="Title and end"
      act="Save"
      ready={title.trim() !== ''}
      busy={save.isPending}
      error={save.error ?? undefined}
      onSubmit={() => save.mutate({ title: title.trim(), ends_at: end ? `${end}T18:00:00Z` : '' })}
    >
      <TextInput
        label="Title"
        required
        value={title}
        onChange={(event) => setTitle(event.currentTarget.value)}
        data-autofocus
      />
      <TextInput
        label="Ends on"
        type="date"
        description="Then it is put away by itself, and can be opened again. Leave it empty for no end."
        value={end}
        onChange={(event) => setEnd(event.currentTarget.value)}
      />
      {end && (
        <div>
          <Button variant="subtle" size="compact-sm" onClick={() => setEnd('')}>
            No end
          </Button>
        </div>
      )}
    </FormDialog>
  );
}

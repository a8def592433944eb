import { Textarea, TextInput } from '@mantine/core';
import type { ChangeRecord } from '@/api/types';
import { emptyRecord, RecordFields } from './RecordFields';
import { useLibrary } from './session';

/** What a change says of itself: a line, the record of why, and more where it is needed. */
export type ChangeNote = { subject: string; body: string; record: ChangeRecord };

export const emptyNote = (subject = ''): ChangeNote => ({ subject, body: '', record: emptyRecord });
export const trimmedNote = (note: ChangeNote): ChangeNote => ({
  ...note,
  subject: note.subject.trim(),
  body: note.body.trim(),
});

/** Asks what changed and why. */
export function ChangeFields({
  note,
  onChange,
  label,
  description,
  placeholder,
}: {
  note: ChangeNote;
  onChange: (note: ChangeNote) => void;
  label: string;
  description?: string;
  placeholder?: string;
}) {
  const library = useLibrary();
  return (
    <>
      <TextInput
        label={label}
        description={description}
        placeholder={placeholder}
        required
        maxLength={120}
        value={note.subject}
        onChange={(event) => onChange({ ...note, subject: event.currentTarget.value })}
        data-autofocus
      />
      <RecordFields
        record={note.record}
        onChange={(record) => onChange({ ...note, record })}
        kpis={library?.kpis ?? []}
      />
      <Textarea
        label="More, where needed"
        value={note.body}
        onChange={(event) => onChange({ ...note, body: event.currentTarget.value })}
        autosize
        minRows={1}
      />
    </>
  );
}

import { Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { recordFormQuery } from '@/api/queries';
import type { ChangeRecord, NeededField } from '@/api/types';
import { saysNothing } from '@/lib/record';
import { emptyRecord, RecordFields } from './RecordFields';

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
  paths,
  wordingOnly,
  needed,
}: {
  note: ChangeNote;
  onChange: (note: ChangeNote) => void;
  label: string;
  description?: string;
  placeholder?: string;
  /** The files it changes: the rules ask for more on some. */
  paths: string[];
  wordingOnly?: boolean;
  needed?: NeededField[];
}) {
  const form = useQuery(recordFormQuery(paths, wordingOnly)).data;
  const empty = saysNothing(note.subject, form?.refused_subjects ?? []);
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
        error={empty ? 'This says nothing of what changed. What is different now?' : undefined}
        data-autofocus
      />
      <RecordFields
        record={note.record}
        onChange={(record) => onChange({ ...note, record })}
        paths={paths}
        wordingOnly={wordingOnly}
        needed={needed}
      />
      <Textarea
        label="Anything else"
        value={note.body}
        onChange={(event) => onChange({ ...note, body: event.currentTarget.value })}
        autosize
        minRows={1}
      />
    </>
  );
}

import { Radio, Select, Textarea } from '@mantine/core';
import { useState } from 'react';
import { giveReview } from '@/api/operations';
import type { ChangeDetail } from '@/api/types';
import { FormDialog } from '@/components/FormDialog';
import { useAct, useSession } from '@/components/session';
import { toast } from '@/components/toast';
import { plural } from '@/lib/format';
import { sentenceCase } from '@/lib/words-shown';

/** Gives a review: what is being signed stands above the button. */
export function ReviewDialog({
  opened,
  onClose,
  change,
}: {
  opened: boolean;
  onClose: () => void;
  change: ChangeDetail;
}) {
  const me = useSession()?.actor;
  const mine = change.author.id === me?.id;
  const owed = Boolean(change.owed && !change.owed.done_at);
  const wanted = change.blockers.find(
    (one) => one.code === 'needs-approval' && me && one.who?.includes(me.name),
  );
  const meanings = [...new Set(['approval', ...change.approvals.map((need) => need.meaning)])];
  const [verdict, setVerdict] = useState(mine ? 'comment' : 'approve');
  const [meaning, setMeaning] = useState(
    () => meanings.find((one) => one !== 'approval' && wanted?.message.includes(one)) ?? 'approval',
  );
  const [note, setNote] = useState('');
  const give = useAct(
    () => giveReview(change.number, { verdict, meaning, note: note.trim(), head: change.head ?? undefined }),
    {
      quiet: true,
      onDone: () => {
        onClose();
        toast(said[verdict] ?? 'Sent');
      },
    },
  );
  const signed = verdict === 'approve';
  return (
    <FormDialog
      opened={opened}
      onClose={onClose}
      title={owed ? 'Give the review that is owed' : 'Your review'}
      act={acts[verdict] ?? 'Send'}
      ready={signed || note.trim() !== ''}
      busy={give.isPending}
      error={give.error ?? undefined}
      onSubmit={() => give.mutate(undefined)}
    >
      <Radio.Group label="What do you say?" value={verdict} onChange={setVerdict}>
        <div className="stack tight" style={{ paddingTop: 6 }}>
          {!mine && (
            <Radio
              value="approve"
              label="Approve"
              description={owed ? 'It can stay as it is.' : 'It can reach the library as it stands.'}
            />
          )}
          <Radio
            value="request-changes"
            label="Ask for changes"
            description="It cannot be published until you have looked again."
          />
          <Radio value="comment" label="Only say something" />
        </div>
      </Radio.Group>
      {signed && meanings.length > 1 && (
        <Select
          label="Your approval means"
          data={meanings.map((one) => ({ value: one, label: sentenceCase(one) }))}
          value={meaning}
          onChange={(next) => next && setMeaning(next)}
          allowDeselect={false}
        />
      )}
      <Textarea
        label={signed ? 'A word, if you like' : 'What should be different?'}
        required={!signed}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
        autosize
        minRows={3}
        data-autofocus
      />
      {signed && (
        <p className="statement">
          {`I, ${me?.name ?? ''}, have read ${plural(change.files.length, 'changed file')} of “${change.title}” as they stand now and give my ${meaning}. Should they change, this no longer counts.`}
        </p>
      )}
    </FormDialog>
  );
}

const acts: Record<string, string> = {
  approve: 'Approve',
  'request-changes': 'Ask for changes',
  comment: 'Send',
};
const said: Record<string, string> = {
  approve: 'Approved',
  'request-changes': 'You asked for changes',
  comment: 'Sent',
};

import { Select, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { publishHotfix } from '@/api/operations';
import { environmentsQuery } from '@/api/queries';
import type { DraftDetail } from '@/api/types';
import { FormDialog } from '@/components/FormDialog';
import { useAct } from '@/components/session';
import { toast } from '@/components/toast';
import { plural } from '@/lib/format';
import { sentenceCase } from '@/lib/words-shown';

/** The emergency route: says what will happen, asks for the reason. */
export function HotfixDialog({
  opened,
  onClose,
  draft,
}: {
  opened: boolean;
  onClose: () => void;
  draft: DraftDetail;
}) {
  const environments = useQuery(environmentsQuery).data ?? [];
  const [environment, setEnvironment] = useState('');
  const [reason, setReason] = useState('');
  const navigate = useNavigate();
  const place = environment || environments[0]?.name || '';
  const now = environments.find((one) => one.name === place);
  const live = useAct(
    () => publishHotfix(draft.name, { reason: reason.trim(), environment: place || undefined }),
    {
      quiet: true,
      onDone: (done) => {
        onClose();
        toast(`Live in ${done.environment}, as release ${done.release}`, {
          text: 'A review is owed within 24 hours.',
        });
        void navigate({ to: '/reviews/$number', params: { number: String(done.change.number) } });
      },
    },
  );
  return (
    <FormDialog
      opened={opened}
      onClose={onClose}
      title="Go live now, reviewed later"
      act="Go live now"
      danger
      ready={reason.trim() !== ''}
      busy={live.isPending}
      error={live.error ?? undefined}
      onSubmit={() => live.mutate(undefined)}
    >
      <div className="banner owed">
        <ul className="stack tight">
          <li>{`${plural(draft.changes.length, 'file')} ${draft.changes.length === 1 ? 'becomes' : 'become'} part of the library and of a release, and live in ${place || 'the first environment'}, at once.`}</li>
          <li>
            The owners, the custodians of what it touches and all publishers are told, with your reason.
          </li>
          <li>Somebody else owes a review within 24 hours. It is shown as owed until then.</li>
          {now?.release != null && (
            <li>{`Release ${now.release} is live there now; rolling back returns to it.`}</li>
          )}
        </ul>
      </div>
      <Textarea
        label="Why can it not wait?"
        required
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        autosize
        minRows={2}
        data-autofocus
      />
      {environments.length > 1 && (
        <Select
          label="Where"
          data={environments.map((one) => ({ value: one.name, label: sentenceCase(one.name) }))}
          value={place}
          onChange={(next) => next && setEnvironment(next)}
          allowDeselect={false}
        />
      )}
    </FormDialog>
  );
}

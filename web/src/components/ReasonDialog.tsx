import { Textarea } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { FormDialog } from './FormDialog';

/** Asks for a reason before something that many people will see; says what will be live afterwards. */
export function ReasonDialog({
  children,
  reasonRequired = false,
  onConfirm,
  ...dialog
}: {
  opened: boolean;
  onClose: () => void;
  title: string;
  children?: ReactNode;
  act: string;
  danger?: boolean;
  reasonRequired?: boolean;
  busy?: boolean;
  onConfirm: (reason: string) => void;
}) {
  const [reason, setReason] = useState('');
  return (
    <FormDialog {...dialog} size="md" onSubmit={() => onConfirm(reason.trim())}>
      {children && <div className="quiet">{children}</div>}
      <Textarea
        label="Why?"
        description="Stands in the activity log for everybody who asks later."
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        required={reasonRequired}
        autosize
        minRows={2}
        data-autofocus
      />
    </FormDialog>
  );
}

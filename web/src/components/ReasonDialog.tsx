import { Button, Modal, Textarea } from '@mantine/core';
import { type ReactNode, useState } from 'react';

/** Asks for a reason before something that many people will see; says what will be live afterwards. */
export function ReasonDialog({
  opened,
  onClose,
  title,
  children,
  act,
  danger = false,
  reasonRequired = false,
  busy = false,
  onConfirm,
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
    <Modal opened={opened} onClose={onClose} title={title} size="md" centered>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          onConfirm(reason.trim());
        }}
      >
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
        <div className="row" style={{ justifyContent: 'flex-end' }}>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" variant={danger ? 'danger' : 'filled'} loading={busy}>
            {act}
          </Button>
        </div>
      </form>
    </Modal>
  );
}

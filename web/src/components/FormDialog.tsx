import { Button, Modal, type ModalProps } from '@mantine/core';
import type { ReactNode } from 'react';
import { ProblemNote } from './Loaded';

type FormProps = {
  children: ReactNode;
  /** What the button that does it says. */
  act: string;
  onSubmit: () => void;
  onCancel: () => void;
  cancel?: string;
  /** Whether what is asked for has been given. */
  ready?: boolean;
  busy?: boolean;
  danger?: boolean;
  error?: unknown;
};

/** The fields of a dialog, what went wrong, and its two buttons: the act and the way out. */
export function DialogForm({
  children,
  act,
  onSubmit,
  onCancel,
  cancel = 'Cancel',
  ready = true,
  busy = false,
  danger = false,
  error,
}: FormProps) {
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (ready && !busy) onSubmit();
      }}
    >
      {children}
      {error !== undefined && <ProblemNote error={error} />}
      <div className="row dialog-acts">
        <Button variant="default" onClick={onCancel}>
          {cancel}
        </Button>
        <Button type="submit" variant={danger ? 'danger' : 'filled'} loading={busy} disabled={!ready}>
          {act}
        </Button>
      </div>
    </form>
  );
}

/** A dialog that is one form. */
export function FormDialog({
  opened,
  onClose,
  title,
  size,
  ...form
}: Omit<FormProps, 'onCancel'> & Pick<ModalProps, 'opened' | 'onClose' | 'title' | 'size'>) {
  return (
    <Modal opened={opened} onClose={onClose} title={title} size={size} centered>
      <DialogForm {...form} onCancel={onClose} />
    </Modal>
  );
}

import { Button, Modal } from '@mantine/core';

export function LeaveDialog({
  opened,
  onStay,
  onLeave,
}: {
  opened: boolean;
  onStay: () => void;
  onLeave: () => void;
}) {
  return (
    <Modal opened={opened} onClose={onStay} title="Leave without saving?" centered>
      <div className="stack">
        <p className="quiet">
          Your text stays in this browser and is offered again when you come back, but nobody else sees it.
        </p>
        <div className="row dialog-acts">
          <Button variant="default" onClick={onLeave}>
            Leave
          </Button>
          <Button onClick={onStay} data-autofocus>
            Stay here
          </Button>
        </div>
      </div>
    </Modal>
  );
}

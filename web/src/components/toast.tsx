import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { asProblem } from '@/api/client';
import { Said } from './Said';

/** Says that something worked, with a way to take it back where there is one. */
export function toast(title: string, { text, undo }: { text?: string; undo?: () => void } = {}) {
  const id = `toast-${title}-${performance.now()}`;
  notifications.show({
    id,
    title,
    autoClose: undo ? 10_000 : 5000,
    message: undo ? (
      <div className="row">
        {text}
        <Button
          size="compact-sm"
          variant="default"
          onClick={() => {
            notifications.hide(id);
            undo();
          }}
        >
          Undo
        </Button>
      </div>
    ) : (
      text
    ),
  });
}

/** Says that something failed: what happened and what to do. */
export function toastProblem(error: unknown) {
  const problem = asProblem(error);
  notifications.show({
    title: <Said text={problem.detail} />,
    message: <Said text={problem.hint ?? ''} />,
    autoClose: 12_000,
    role: 'alert',
    mod: { harm: true },
  });
}

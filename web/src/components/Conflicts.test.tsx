import { MantineProvider } from '@mantine/core';
import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it, vi } from 'vitest';
import type { Conflict } from '@/api/types';
import { Conflicts } from './Conflicts';

const clash: Conflict = {
  path: 'prompts/a.prompt',
  kind: 'both-changed',
  merged: 'top\n<<<<<<< main\nLong.\n=======\nShort.\n>>>>>>> draft\nend\n',
  hunks: [{ line: 2, base: '', ours: 'Long.\n', theirs: 'Short.\n' }],
};
const gone: Conflict = {
  path: 'prompts/b.prompt',
  kind: 'changed-and-deleted',
  merged: 'kept text\n',
  hunks: [],
};

function show(conflicts: Conflict[]) {
  const onResolve = vi.fn();
  render(
    <MantineProvider>
      <Conflicts
        conflicts={conflicts}
        sides={{ ours: 'Their wording', theirs: 'Your wording' }}
        act="Save version"
        onResolve={onResolve}
      />
    </MantineProvider>,
  );
  return {
    onResolve,
    user: userEvent.setup(),
    save: screen.getByRole('button', { name: 'Save version' }) as HTMLButtonElement,
  };
}

it('lets nobody go on before every part has a choice', async () => {
  const { onResolve, user, save } = show([clash, gone]);
  expect(save.disabled).toBe(true);
  await user.click(screen.getByRole('button', { name: 'Use your wording' }));
  expect(save.disabled).toBe(true);
  await user.click(
    within(screen.getByRole('group', { name: /prompts\/b/ })).getByRole('button', { name: 'Delete it' }),
  );
  await user.click(save);
  expect(onResolve).toHaveBeenCalledWith([
    { path: 'prompts/a.prompt', content: 'top\nShort.\nend\n' },
    { path: 'prompts/b.prompt', content: undefined },
  ]);
});

it('starts a new wording from both, so that nothing is lost', async () => {
  const { onResolve, user, save } = show([clash]);
  await user.click(screen.getByRole('button', { name: 'Write it anew' }));
  const field = screen.getByRole('textbox', { name: 'Part 1, your wording' }) as HTMLTextAreaElement;
  expect(field.value).toBe('Long.\nShort.');
  await user.clear(field);
  await user.type(field, 'Just right.');
  await user.click(save);
  expect(onResolve).toHaveBeenCalledWith([{ path: 'prompts/a.prompt', content: 'top\nJust right.\nend\n' }]);
});

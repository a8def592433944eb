import { MantineProvider } from '@mantine/core';
import { render, screen } from '@testing-library/react';
import { expect, test } from 'vitest';
import { ApiProblem } from '@/api/client';
import type { Problem } from '@/api/types';
import { ProblemNote } from './Loaded';

const blocker = (message: string, next: string) => ({
  code: 'missing-field',
  message,
  next,
  path: 'prompts/email/welcome.prompt',
  field: '',
  who: [],
});

const problem = (blockers: Problem['blockers']): Problem => ({
  type: 'about:blank',
  title: 'Refused',
  status: 422,
  code: 'refused',
  detail: 'the first of them',
  hint: 'mend the first',
  blockers,
});

const show = (given: Problem) =>
  render(
    <MantineProvider>
      <ProblemNote error={new ApiProblem(given)} />
    </MantineProvider>,
  );

test('everything that is in the way is listed at once, each with what to do', () => {
  show(
    problem([
      blocker('`problem` is missing', 'say what was seen'),
      blocker('a review is needed', 'open a change'),
    ]),
  );
  const items = screen.getAllByRole('listitem').map((item) => item.textContent);
  expect(items).toHaveLength(2);
  expect(items[0]).toContain('problem is missing');
  expect(items[0]).toContain('say what was seen');
  expect(items[1]).toContain('a review is needed');
  expect(screen.queryByText('the first of them')).toBeNull();
});

test('one thing in the way needs no list', () => {
  show(problem([blocker('a review is needed', 'open a change')]));
  expect(screen.queryByRole('listitem')).toBeNull();
  expect(screen.getByText('the first of them')).toBeTruthy();
});

test('goes away quietly where scrolling answers with a promise', () => {
  const before = Element.prototype.scrollIntoView;
  Element.prototype.scrollIntoView = (() => Promise.resolve()) as typeof before;
  try {
    const shown = show(problem([]));
    expect(() => shown.unmount()).not.toThrow();
  } finally {
    Element.prototype.scrollIntoView = before;
  }
});

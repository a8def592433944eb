import { MantineProvider } from '@mantine/core';
import { render, screen } from '@testing-library/react';
import { expect, test } from 'vitest';
import type { Verdict } from '@/api/types';
import { RestsOn } from './RestsOn';

const VERDICT: Verdict = {
  outcome: 'better',
  sentence: 'Version 13 is better: +10 % clicks, between +4 and +16 %.',
  arm: 1,
  units: 100_000,
  planned_units: 40_000,
  days_left: 0,
  treatments: [
    {
      arm: 1,
      name: 'Version 13',
      claim: 'better',
      lift: { estimate: 0.1, low: 0.039, high: 0.165 },
      p: 0.001,
      chance_to_win: 0.9991,
      safety: [
        { kpi: 'unsubscribe', title: 'Unsubscribes', margin: 0.2, loss_at_most: 0.26, shown: false },
        { kpi: 'order', title: 'First orders', margin: 0.05, loss_at_most: 0.01, shown: true },
      ],
    },
  ],
};

test('the interval stands in figures beside its drawing', () => {
  render(
    <MantineProvider>
      <RestsOn verdict={VERDICT} />
    </MantineProvider>,
  );
  expect(screen.getByRole('rowheader', { name: 'Version 13' })).toBeTruthy();
  expect(screen.getByRole('cell', { name: '+4 % to +17 %' })).toBeTruthy();
  expect(screen.getByText(/Unsubscribes may be up to 26 % worse/)).toBeTruthy();
  expect(screen.getByText(/leaves First orders unharmed: at most 1.0 % worse, 5 % allowed/)).toBeTruthy();
});

test('without a goal there is nothing to rest on', () => {
  const { container } = render(<RestsOn verdict={{ ...VERDICT, treatments: [] }} />);
  expect(container.textContent).toBe('');
});

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
      p_discovery: 0.001,
      absolute: { estimate: 0.01, low: 0.004, high: 0.016 },
      absolute_words: '+1.0 points (between +0.4 and +1.6)',
      ships: false,
      chance_to_win: 0.9991,
      safety: [
        {
          kpi: 'unsubscribe',
          title: 'Unsubscribes',
          within: 'share',
          margin: 0.2,
          from: 'guard',
          loss_at_most: 0.26,
          shown: false,
          needed: true,
          words: 'Unsubscribes: may be up to 26 % worse; 20 % allowed by its guard.',
        },
        {
          kpi: 'complaint',
          title: 'Complaints',
          cohort: 'channel=email',
          within: 'level',
          margin: 0.003,
          from: 'guard',
          loss_at_most: 0.002,
          shown: true,
          needed: true,
          words: 'Complaints (channel email): at most 0.2 %; 0.3 % allowed by its guard.',
        },
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
  expect(screen.getByText('+1.0 points (between +0.4 and +1.6)')).toBeTruthy();
  expect(screen.getByText('Version 13: the rule does not hold.')).toBeTruthy();
  expect(screen.getByText(/^Unsubscribes: may be up to 26 % worse; 20 % allowed/)).toBeTruthy();
  expect(screen.getByText(/^Complaints \(channel email\): at most 0.2 %; 0.3 % allowed/)).toBeTruthy();
});

test('without a goal there is nothing to rest on', () => {
  const { container } = render(<RestsOn verdict={{ ...VERDICT, treatments: [] }} />);
  expect(container.textContent).toBe('');
});

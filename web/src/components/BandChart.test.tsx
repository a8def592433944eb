import { MantineProvider } from '@mantine/core';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import type { KpiResult } from '@/api/types';
import { BandChart } from './BandChart';

const arm = { units: 100, sum: '8', sum_of_squares: '8', mean: 0.08 };
const kpi: KpiResult = {
  kpi: 'first_order',
  title: 'First orders',
  kind: 'conversion',
  direction: 'up',
  unit: 'share',
  decimals: 0,
  goal: true,
  control: arm,
  treatment: arm,
  sentence: 'Fewer first orders.',
  state: 'harm',
  series: [{ units: 200, at: '2026-11-23T10:00:00Z', difference: -0.009, low: -0.016, high: -0.003 }],
};

it('says in words what it draws, and the same as a table', async () => {
  render(
    <MantineProvider>
      <BandChart kpi={kpi} marker={{ units: 200, title: 'taken back 10:42:07' }} />
    </MantineProvider>,
  );
  expect(screen.getByRole('img', { name: 'First orders: Fewer first orders.' })).toBeTruthy();
  expect(screen.getByText('taken back 10:42:07')).toBeTruthy();
  await userEvent.click(screen.getByRole('button', { name: 'Show as a table' }));
  expect(
    screen
      .getAllByRole('cell')
      .map((cell) => cell.textContent)
      .slice(1),
  ).toEqual(['200', '−0.90 pp', '−1.60 pp', '−0.30 pp']);
});

it('shows its axes while it collects', () => {
  render(
    <MantineProvider>
      <BandChart kpi={{ ...kpi, series: [] }} />
    </MantineProvider>,
  );
  expect(screen.getByText(/Collecting/)).toBeTruthy();
  expect(screen.getByText('people')).toBeTruthy();
});

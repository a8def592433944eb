import { MantineProvider } from '@mantine/core';
import { fireEvent, render, screen, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import type { Switchback, SwitchbackWindow } from '@/api/designs';
import type { RolloutDetail } from '@/api/types';
import { WindowsTile } from './WindowsTile';

const hour = (at: number) => `2026-12-01T${String(at).padStart(2, '0')}:00:00Z`;

const WINDOWS: SwitchbackWindow[] = ['counts', 'counts', 'empty', 'alone', 'open'].map((state, index) => ({
  index,
  from: hour(4 * index),
  until: hour(4 * index + 4),
  arm: index % 2,
  state,
  units: state === 'empty' ? 0 : 120,
  burn_in_units: 3,
  astray: 0,
  mean: state === 'empty' ? null : 0.2,
}));

const FOUND: Switchback = {
  window_seconds: 14_400,
  burn_in_seconds: 1800,
  from: hour(0),
  planned_pairs: 40,
  pairs: 1,
  empty: 1,
  astray: 0,
  burn_in_units: 15,
  alarm: false,
  sentence: '1 pair of 40 planned count.',
  kpi: 'order',
  windows: WINDOWS,
};

const ROLLOUT = {
  arms: [
    { arm: 0, name: 'Old', release: 1 },
    { arm: 1, name: 'New', release: 2 },
  ],
  kpis: [{ kpi: 'order', title: 'Orders', kind: 'conversion', unit: '', decimals: 0 }],
} as unknown as RolloutDetail;

test('windows are drawn in the colours of their versions, and told in a table', () => {
  const { container } = render(
    <MantineProvider>
      <WindowsTile rollout={ROLLOUT} found={FOUND} />
    </MantineProvider>,
  );
  expect(screen.getByText(FOUND.sentence)).toBeDefined();
  expect(container.querySelectorAll('.window.arm-0')).toHaveLength(3);
  expect(container.querySelectorAll('.window.arm-1')).toHaveLength(2);
  expect(container.querySelectorAll('.window.left-out')).toHaveLength(2);
  fireEvent.click(screen.getByRole('button', { name: 'Show as a table' }));
  const rows = within(screen.getByRole('table')).getAllByRole('row');
  expect(rows).toHaveLength(6);
  expect(rows[1]?.textContent).toContain('its pair is not over');
  expect(rows[3]?.textContent).toContain('nobody came');
});

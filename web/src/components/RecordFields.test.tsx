import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { expect, it } from 'vitest';
import { recordFormQuery } from '@/api/queries';
import type { RecordForm } from '@/api/types';
import { emptyRecord, RecordFields } from './RecordFields';

const kpi = {
  id: 'click',
  title: 'Clicks',
  kind: 'conversion',
  direction: 'up',
  unit: 'share of recipients',
  decimals: 0,
  window_seconds: 1,
};
const form: RecordForm = {
  required: [{ field: 'baseline', rules: ['Goals'], path: 'a.prompt' }],
  approvals: [],
  reviewed_only: false,
  refused_subjects: [],
  kpis: [
    {
      kpi,
      measured: {
        value: 0.25,
        units: 4000,
        from: '2026-10-01T00:00:00Z',
        to: '2026-10-14T00:00:00Z',
        rollout: 3,
        of_these_paths: true,
        text: 'click=0.25 n=4000',
      },
    },
  ],
};

function Form() {
  const [record, setRecord] = useState(emptyRecord);
  return (
    <>
      <RecordFields record={record} onChange={setRecord} paths={['a.prompt']} />
      <output>{record.baseline}</output>
    </>
  );
}

it('knows the current value of a KPI and fills it in as what was measured before', async () => {
  const cache = new QueryClient();
  cache.setQueryData(recordFormQuery(['a.prompt']).queryKey, form);
  const user = userEvent.setup();
  render(
    <QueryClientProvider client={cache}>
      <MantineProvider env="test">
        <Form />
      </MantineProvider>
    </QueryClientProvider>,
  );
  expect(screen.getByText('What is marked is asked for by “Goals”.')).toBeTruthy();
  await user.click(screen.getByRole('combobox', { name: /Which number should move/ }));
  await user.click(await screen.findByRole('option', { name: 'Clicks · now 25 %' }));
  expect(screen.getByRole('status').textContent).toBe('click=0.25 n=4000');
  expect(screen.getByText('filled in for you')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Write another' }));
  const own = screen.getByRole('textbox', { name: /Measured before/ });
  await user.clear(own);
  await user.type(own, 'about a third');
  expect(screen.getByRole('status').textContent).toBe('about a third');
});

import { expect, type Page, test } from '@playwright/test';
import { expectAccessible, expectNoSidewaysScroll } from './axe.ts';
import { api } from './people.ts';

const open = async (page: Page, tab: string) => {
  await page.goto(`/data?tab=${tab}`);
  await expect(page.getByRole('heading', { level: 1, name: 'Data' })).toBeVisible();
  await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
};

test('a table is looked at, its columns are chosen, it is loaded, and the page tells', async ({ page }) => {
  await page.goto('/');
  const { kpis } = await api<{ kpis: { id: string }[] }>(page, 'GET', '/library');
  const kpi = kpis[0]?.id as string;
  const at = new Date(Date.now() - 3_600_000).toISOString();
  const rows = Array.from({ length: 30 }, (_, n) => `${at},browser-${n},${kpi},yes`);
  const text = ['when,who,metric,member', ...rows, `soon,browser-x,${kpi},no`].join('\n');
  await open(page, 'in');
  await page
    .getByLabel('The file')
    .setInputFiles({ name: 'shop.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
  await expect(page.getByRole('alert').filter({ hasText: 'time' })).toBeVisible();
  await expect(page.getByRole('region', { name: 'The first rows' })).toContainText('browser-0');
  const choose = async (label: string, column: string) => {
    await page.getByRole('combobox', { name: label }).click();
    await page.getByRole('option', { name: column, exact: true }).click();
  };
  await choose('Time: when it happened', 'when');
  await choose('Unit: whose event', 'who');
  await page.getByRole('button', { name: 'Look again' }).click();
  await expect(page.getByText('30 rows would come in')).toBeVisible();
  await expect(page.getByRole('row', { name: /soon/ })).toContainText('when');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Load 30 events' }).click();
  await expect(page.getByRole('heading', { name: /^Loaded as U-/ })).toBeVisible();

  await page.getByRole('tab', { name: 'Quality' }).click();
  await expect(page.getByRole('row', { name: /^uploads/ })).toContainText('30');
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
});

test('a unit is looked for and erased for good, after being asked twice', async ({ page }) => {
  await open(page, 'erase');
  await api(page, 'POST', '/events', [{ id: `erase-${Date.now()}`, type: 'exposure', unit: 'forget-me' }]);
  const unit = page.getByRole('textbox', { name: /The unit's id/ });
  await unit.fill('forget-me');
  await page.getByRole('button', { name: 'Look' }).click();
  await expect(page.getByRole('status')).toContainText('There');
  await page.getByRole('button', { name: 'Erase for good' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Why?' }).fill('request 4711');
  await dialog.getByRole('button', { name: 'Erase' }).click();
  await expect(page.getByText('tell no longer whose they are')).toBeVisible();
  const file = await page.evaluate(async () => (await fetch('/api/v1/exports/events.csv')).text());
  expect(file).toContain('erased:');
  expect(file).not.toContain('forget-me');
});

import { createHmac } from 'node:crypto';
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

test('a large table tells how far it is, can be stopped, and goes on where it was', async ({ page }) => {
  test.setTimeout(240_000);
  await page.goto('/');
  const { kpis } = await api<{ kpis: { id: string; kind: string }[] }>(page, 'GET', '/library');
  // Not a conversion: so many of one would make it what the journeys' page opens on.
  const kpi = kpis.find((kpi) => kpi.kind === 'count')?.id as string;
  const [begun, many] = [Date.now(), 120_000];
  const row = (n: number) => {
    const time = new Date(begun - 3_600_000 - n).toISOString();
    return JSON.stringify({ id: `large-${begun}-${n}`, time, unit: `large-${n}`, kpi, value: 1 });
  };
  const text = Array.from({ length: many }, (_, n) => row(n)).join('\n');
  const file = { name: 'large.ndjson', mimeType: 'application/x-ndjson', buffer: Buffer.from(text) };
  const progress = page.getByRole('status', { name: 'Progress of the upload' });
  const stop = progress.getByRole('button', { name: 'Stop' });
  const stopped = page.getByRole('alert').filter({ hasText: 'the upload was stopped' });

  await open(page, 'in');
  await page.getByLabel('The file').setInputFiles(file);
  await expect(progress).toContainText(/[1-9][\d,]* rows looked at/, { timeout: 60_000 });
  await expectAccessible(page);
  await stop.click();
  await expect(stopped).toContainText('nothing of it was stored');
  await expect(progress).toHaveCount(0);

  await page.getByLabel('The file').setInputFiles(file);
  const load = page.getByRole('button', { name: `Load ${many} events` });
  await load.click({ timeout: 120_000 });
  await expect(progress).toContainText(/[1-9][\d,]* of 120,000 rows stored/, { timeout: 120_000 });
  await stop.click();
  await expect(stopped).toContainText(/\d+ new events of it were stored before/);
  await expect(stopped).toContainText('Send the same file again to load the rest');
  await load.click();
  await expect(page.getByRole('heading', { name: /^Loaded as U-/ })).toBeVisible({ timeout: 120_000 });
  await expect(page.getByRole('listitem').filter({ hasText: 'known' })).toContainText(/[1-9]/);
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

test('a source is tried, added, and what it sends is counted or told why not', async ({ page }) => {
  await page.goto('/');
  const { kpis } = await api<{ kpis: { id: string }[] }>(page, 'GET', '/library');
  const kpi = kpis[0]?.id as string;
  const name = `shop-${Date.now()}`;
  const body = JSON.stringify({ type: 'paid', data: { id: name, customer: 'browser-hook' } });
  await open(page, 'webhooks');
  await page.getByRole('button', { name: 'Add a source' }).click();
  await page.getByRole('textbox', { name: /^Name\b(?! of)/ }).fill(name);
  await page.getByRole('textbox', { name: 'Name of the event' }).fill('/type');
  await page.getByRole('textbox', { name: 'Unit: whose event' }).fill('/data/customer');
  await page.getByRole('textbox', { name: 'Id of the event' }).fill('/data/id');
  await page.getByRole('textbox', { name: /Which events count/ }).fill(`paid: ${kpi}`);
  await page.getByRole('textbox', { name: /An example of what it sends/ }).fill(body);
  await page.getByRole('button', { name: 'Show what would be stored' }).click();
  await expect(page.getByRole('status')).toContainText('1 event would be stored');
  await expect(page.getByRole('row', { name: /browser-hook/ })).toContainText('stored');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Add it' }).click();
  await expect(page.getByRole('heading', { name: `${name} may send now` })).toBeVisible();
  const url = await page.locator('code', { hasText: '/hooks/' }).innerText();
  const secret = await page.locator('code', { hasText: 'whsec_' }).innerText();
  await page.getByRole('button', { name: 'Done' }).click();

  const send = async (id: string, key: string) => {
    const seconds = Math.floor(Date.now() / 1000);
    const mac = createHmac('sha256', Buffer.from(key.replace('whsec_', ''), 'base64'));
    const signature = `v1,${mac.update(`${id}.${seconds}.${body}`).digest('base64')}`;
    const answer = await fetch(new URL(new URL(url).pathname, page.url()), {
      method: 'POST',
      headers: { 'webhook-id': id, 'webhook-timestamp': `${seconds}`, 'webhook-signature': signature },
      body,
    });
    return answer.status;
  };
  expect(await send('msg_1', secret)).toBe(200);
  expect(await send('msg_1', secret)).toBe(200);
  expect(await send('msg_2', 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA')).toBe(401);
  await page.getByRole('button', { name: `Details of ${name}` }).click();
  await expect(page.getByRole('row', { name: /1 new/ })).toContainText('msg_1');
  await expect(page.getByRole('row', { name: /known already/ })).toContainText('msg_1');
  await expect(page.getByRole('row', { name: /wrong signature/ })).toContainText('No signature fits');
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Pause' }).click();
  await expect(page.getByRole('button', { name: 'Go on' })).toBeVisible();
  expect(await send('msg_3', secret)).toBe(503);
});

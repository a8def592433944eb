import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, type Page, test } from '@playwright/test';
import { expectAccessible, expectNoSidewaysScroll } from './axe.ts';
import { api } from './people.ts';

const rows = (page: Page) => page.getByRole('region', { name: 'Prompts' }).getByRole('listitem');

test('the catalogue leads from a gap to the entry and on to the editor', async ({ page }) => {
  await page.goto('/library');
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Catalogue' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Catalogue' })).toBeVisible();
  await expect(
    page.getByText(/prompts, documented to \d+ of 100; something is missing in \d+ of them\./),
  ).toBeVisible();
  await expect.poll(() => rows(page).count()).toBeGreaterThan(20);
  const all = await rows(page).count();
  await expectAccessible(page, 'the catalogue');

  await page.getByRole('link', { name: 'Show what has gaps' }).click();
  await expect(page).toHaveURL(/gaps=true/);
  await expect.poll(() => rows(page).count()).toBeLessThan(all);
  await page.getByLabel('What is missing').selectOption('benchmarks');
  await expect(page).toHaveURL(/lacking=benchmarks/);
  await expect(rows(page).filter({ hasText: 'Keyword groups' })).toHaveCount(1);
  await expect(rows(page).filter({ hasNotText: 'benchmarks' })).toHaveCount(0);

  await page.getByRole('link', { name: /Keyword groups/ }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Keyword groups' })).toBeVisible();
  const missing = page.getByRole('list', { name: 'What is missing' });
  await expect(missing).toContainText('Nothing tells whether it is good.');
  await expect(page.getByRole('table', { name: /What it takes/ })).toContainText('search terms');
  await expect(page.getByRole('region', { name: 'Latest changes' })).toContainText('Version');
  await expectAccessible(page, 'an entry of the catalogue');
  await page.getByRole('link', { name: 'Read the text' }).click();
  await expect(page.getByRole('heading', { level: 2, name: 'Documentation' })).toBeVisible();
  await page.getByRole('link', { name: 'Complete it in the editor' }).click();
  await expect(page).toHaveURL(/\/edit$/);
});

test('the catalogue is found again by its address, narrowed by words and category', async ({ page }) => {
  await page.goto(`/catalogue?category=${encodeURIComponent('prompts/sms/')}&q=parcel`);
  await expect(page.getByRole('button', { name: /Text message/ })).toHaveAttribute('aria-pressed', 'true');
  await expect(page.getByLabel('Search the catalogue')).toHaveValue('parcel');
  await expect(rows(page)).not.toHaveCount(0);
  await page.getByLabel('Search the catalogue').fill('zzzz nothing');
  await expect(page.getByRole('heading', { name: 'No prompt fits' })).toBeVisible();
  await page.getByRole('button', { name: 'Clear the filters' }).click();
  await expect(page).toHaveURL(/\/catalogue$/);
  await expect(page.getByLabel('Search the catalogue')).toHaveValue('');
});

test('what an entry builds on and what builds on it lead there and back', async ({ page }) => {
  await page.goto(`/catalogue/${encodeURIComponent('web/landing/hero')}`);
  const used = page.getByRole('region', { name: 'Used by' });
  await used.getByRole('link', { name: 'Landing page hero, Germany' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Landing page hero, Germany' })).toBeVisible();
  await page
    .getByRole('region', { name: 'Builds on' })
    .getByRole('link', { name: 'Landing page hero' })
    .click();
  await expect(page.getByRole('heading', { level: 1, name: 'Landing page hero', exact: true })).toBeVisible();
});

test('the catalogue fits a phone, in the dark', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.goto('/catalogue');
  await expect(rows(page).first()).toBeVisible();
  await expectNoSidewaysScroll(page);
  await expectAccessible(page, 'the catalogue on a phone');
  await page.goto(`/catalogue/${encodeURIComponent('web/search/no-results')}`);
  await expect(page.getByRole('list', { name: 'What is missing' })).toBeVisible();
  await expectNoSidewaysScroll(page);
  await expectAccessible(page, 'an entry on a phone');
});

test('the exported catalogue is read and searched without a server', async ({ page }) => {
  const binary = process.env.VARIORUM_BIN;
  test.skip(!binary, 'VARIORUM_BIN does not say where the program is');
  await page.goto('/catalogue');
  const made = await api<{ secret: string }>(page, 'POST', '/tokens', {
    name: 'export of the catalogue',
    role: 'viewer',
  });
  const folder = mkdtempSync(join(tmpdir(), 'variorum-catalogue-'));
  try {
    execFileSync(binary as string, ['catalogue', 'export', join(folder, 'site')], {
      env: { ...process.env, VARIORUM_URL: new URL(page.url()).origin, VARIORUM_TOKEN: made.secret },
    });
    const site = await page.context().newPage();
    const asked: string[] = [];
    site.on('request', (request) => asked.push(request.url()));
    for (const colorScheme of ['light', 'dark'] as const) {
      await site.emulateMedia({ colorScheme });
      await site.goto(`file://${folder}/site/index.html`);
      await expectAccessible(site, `the exported catalogue, ${colorScheme}`);
    }
    await site.getByRole('searchbox').fill('no-results');
    const found = site.getByRole('main').getByRole('link', { name: 'Search without results' });
    await expect(found).toBeVisible();
    await found.click();
    await expect(site.getByRole('heading', { level: 1, name: 'Search without results' })).toBeVisible();
    await expectAccessible(site, 'an exported entry');
    await site.setViewportSize({ width: 390, height: 844 });
    await expectNoSidewaysScroll(site);
    expect(asked.filter((url) => !url.startsWith('file:'))).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

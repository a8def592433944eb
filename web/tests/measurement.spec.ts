import { expect, test } from '@playwright/test';
import { expectAccessible, expectNoSidewaysScroll } from './axe.ts';

test('a fall is shown with what changed before it, and is taken on', async ({ page }) => {
  await page.goto('/regressions');
  const card = page.getByRole('article').first();
  await expect(card.getByRole('heading')).toContainText('email/lifecycle/replenish');
  await expect(card.getByText('Just before this fell')).toBeVisible();
  await expect(card.getByRole('img', { name: /fell from/ })).toBeVisible();
  await expectAccessible(page, 'the regressions');
  await card.getByRole('button', { name: 'Show as a table' }).click();
  await expect(card.getByRole('columnheader', { name: 'Outcomes' })).toBeVisible();
  await card.getByText('What changed around then').click();
  await expect(card.getByText('changed this').first()).toBeVisible();
  await card.getByRole('button', { name: 'Take on' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Why?').fill('I compare the two versions');
  await expectAccessible(page, 'the dialog that takes a regression on');
  await dialog.getByRole('button', { name: 'Take on' }).click();
  await expect(page.getByText('taken on by').first()).toBeVisible();
  await expect(page.getByText('I compare the two versions').first()).toBeVisible();
  await page.setViewportSize({ width: 390, height: 800 });
  await expectNoSidewaysScroll(page);
});

test('credits stand beside experiments, and paths are drawn and listed', async ({ page }) => {
  await page.goto('/journeys');
  const email = page.getByRole('region', { name: 'email', exact: true });
  await expect(email.getByText('Chain of steps (Markov)')).toBeVisible();
  await expect(page.getByText('only an experiment tells')).toBeVisible();
  await expectAccessible(page, 'the credits');
  await page.getByRole('button', { name: 'Show as a table' }).click();
  await expect(page.getByRole('columnheader', { name: 'Time decay' })).toBeVisible();
  await page.getByLabel('What is shared out').selectOption('first_order');
  await page.getByLabel('Among').selectOption('prompt');
  await expect(page.getByRole('region', { name: 'What experiments found', exact: true })).toContainText(
    'email/onboarding/welcome',
  );
  await page.goto('/journeys?tab=paths');
  await expect(page.getByRole('img', { name: /first steps of/i })).toBeVisible();
  await expect(page.getByRole('cell', { name: 'ads → web → email' })).toBeVisible();
  await expectAccessible(page, 'the paths');
  await page.setViewportSize({ width: 390, height: 800 });
  await expectNoSidewaysScroll(page);
});

test('the ledger tells what each change brought', async ({ page }) => {
  await page.goto('/ledger?kpi=first_order');
  await expect(page.getByRole('link', { name: 'Welcome e-mail with one next step' })).toBeVisible();
  await expect(page.getByText('experiment, kept').first()).toBeVisible();
  await expect(page.getByText('experiment, not kept').first()).toBeVisible();
  await expectAccessible(page, 'the ledger');
  await page.getByRole('button', { name: 'Show as a table' }).click();
  await expect(page.getByRole('columnheader', { name: 'Of this prompt so far' })).toBeVisible();
  await page.setViewportSize({ width: 390, height: 800 });
  await expectNoSidewaysScroll(page);
});

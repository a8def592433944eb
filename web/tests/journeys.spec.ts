import { expect, test } from '@playwright/test';
import { expectAccessible } from './axe.ts';

const prompt = 'email/onboarding/welcome';

test('a link signs in once, and only once', async ({ browser, baseURL }) => {
  const context = await browser.newContext({ baseURL, storageState: undefined });
  const page = await context.newPage();
  await page.goto(`/sign-in#${process.env.VARIORUM_CODE}`);
  await expect(page.getByText(/used already|too old/)).toBeVisible();
  await page.goto('/library');
  await expect(page).toHaveURL(/sign-in/);
  await context.close();
});

test('edit, save and compare', async ({ page }) => {
  await page.goto(`/prompts/${encodeURIComponent(prompt)}/edit`);
  const text = page.getByRole('textbox', { name: /^Text of/ });
  await text.click();
  await page.keyboard.press('Control+End');
  await page.keyboard.type('\nEnd with one warm line about the season.\n');
  await expect(page.getByText('one warm line about the season').last()).toBeVisible();
  await page.getByRole('button', { name: 'Save version' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'What changed' }).fill('End on the season');
  await dialog.getByRole('button', { name: /Save/ }).click();
  await expect(dialog).toBeHidden();
  await page.goto(`/prompts/${encodeURIComponent(prompt)}?tab=versions`);
  await expect(page.getByText('End on the season').first()).toBeVisible();
  await page.goto(`/prompts/${encodeURIComponent(prompt)}/compare`);
  await expect(page.locator('ins').filter({ hasText: 'season' }).first()).toBeVisible();
});

test('a harmful edit is taken back before one’s eyes', async ({ page }) => {
  test.setTimeout(240_000);
  await page.goto('/');
  await page
    .getByRole('button', { name: /See|Start|Run/ })
    .first()
    .click();
  await expect(page).toHaveURL(/\/live\//);
  const verdict = page.getByRole('region', { name: 'Verdict', exact: true });
  await expect(verdict).toContainText(/Taken back/, { timeout: 180_000 });
  await expect(verdict).toContainText(/Everyone gets version/);
  await expectAccessible(page, 'the rollout after the roll-back');
  await page.goto('/activity');
  await expect(page.getByText(/Guard/).first()).toBeVisible();
  await page.getByRole('button', { name: 'Check the log' }).click();
  await expect(page.getByText(/as written|intact/i).first()).toBeVisible();
});

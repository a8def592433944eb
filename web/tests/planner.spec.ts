import { expect, test } from '@playwright/test';
import { expectAccessible, expectNoSidewaysScroll } from './axe.ts';

test('a plan says how many days, follows what is typed, and leads to a rollout', async ({ page }) => {
  await page.goto('/live');
  await page.getByRole('link', { name: 'Plan a rollout' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Planner' })).toBeVisible();
  const answered = page.waitForResponse((response) => response.url().includes('plan?kpi=first_order'));
  await page.getByLabel('Which number should change?').selectOption({ label: 'First orders' });
  await answered;
  const said = page.getByRole('status').filter({ hasText: 'a rise of' });
  await expect(said).toContainText('At your volume a rise of 5 %');
  await expect(page.getByText(/Rests on R-\d+/)).toBeVisible();
  const total = page
    .getByRole('row', { name: /At any time/ })
    .getByRole('cell')
    .first();
  const before = Number((await total.innerText()).replaceAll(',', ''));
  await page.getByLabel('Change, in percent').fill('10');
  await expect(said).toContainText('a rise of 10 %');
  await expect.poll(async () => Number((await total.innerText()).replaceAll(',', ''))).toBeLessThan(before);
  await page.getByLabel('People a day').fill('2,000');
  await expect(page.getByRole('img', { name: /The smallest change seen falls from/ })).toBeVisible();
  await expectAccessible(page, 'the planner');
  await page.getByRole('button', { name: 'Show as a table' }).click();
  const table = page.getByRole('region', { name: 'What is seen by when, as a table' });
  await expect(table.getByRole('row')).toHaveCount(13);
  await expect(page).toHaveURL(/lift=(10|%2210%22)/);

  await page.getByLabel('Change, in percent').fill('much');
  await expect(page.getByText('A number above or below 0')).toBeVisible();
  await page.getByLabel('Change, in percent').fill('-3');
  await expect(said.or(page.getByText('a fall of 3 %'))).toBeVisible();
  await page.getByRole('link', { name: 'Start with this plan' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Try it step by step' })).toBeVisible();
  await expect(page.getByRole('combobox', { name: 'Goal' })).toHaveValue('First orders');
  await expect(page.getByLabel('Expected effect')).toHaveValue('First orders −3 %');
  const guards = page.getByRole('region', { name: 'Guards', exact: true });
  await expect(guards.getByText('Roll back if first orders fall')).toBeVisible();
});

test('the planner fits a phone, in the dark', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.goto('/planner?kpi=first_order&lift=8');
  await expect(page.getByText(/a rise of 8 %/)).toBeVisible();
  await expectNoSidewaysScroll(page);
  await expectAccessible(page, 'the planner on a phone');
});

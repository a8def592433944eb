import { expect, test } from '@playwright/test';
import { expectAccessible, expectNoSidewaysScroll } from './axe.ts';
import { somebody } from './people.ts';

test('a search is kept, found again, shared by link, renamed and deleted', async ({ page, browser }) => {
  await page.goto('/search?q=welcome&channel=email');
  await page.getByRole('button', { name: 'Save this view' }).click();
  const dialog = page.getByRole('dialog', { name: 'Save this view' });
  await dialog.getByLabel('Name').fill('Welcome mail');
  await dialog.getByLabel('Share it with everybody').check();
  await expectAccessible(page, 'the dialog that keeps a view');
  await dialog.getByRole('button', { name: 'Save view' }).click();
  const views = page.getByRole('navigation', { name: 'Views' });
  const chip = views.getByRole('link', { name: 'Welcome mail' });
  await expect(chip).toBeVisible();

  // It stands beside the library, too, and opens where it ranks.
  await page.goto('/library');
  await chip.click();
  await expect(page).toHaveURL(/\/search\?.*view=\d+/);
  await expect(page).toHaveURL(/q=welcome/);
  await expect(chip).toHaveAttribute('aria-current', 'page');
  const id = new URL(page.url()).searchParams.get('view');

  // Whoever gets the link sees the same, but may not change it.
  const theirs = await somebody(browser, page, 'Vic Reader', 'viewer');
  await theirs.goto(`/views/${id}`);
  await expect(theirs).toHaveURL(/q=welcome/);
  await expect(theirs.getByRole('link', { name: 'Welcome mail' })).toHaveAttribute('aria-current', 'page');
  await expect(theirs.getByRole('button', { name: /^Manage/ })).toHaveCount(0);
  await theirs.goto('/library?owner=Nobody');
  await theirs.getByRole('button', { name: 'Save this view' }).click();
  await expect(theirs.getByLabel('Share it with everybody')).toBeDisabled();
  await theirs.getByLabel('Name').fill('Just mine');
  await theirs.keyboard.press('Enter');
  await expect(theirs.getByRole('link', { name: 'Just mine' })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('link', { name: 'Welcome mail' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Just mine' })).toHaveCount(0);

  // Other filters can become the view's.
  await page.getByRole('button', { name: 'Take away E-mail' }).click();
  await page.getByRole('button', { name: 'Change “Welcome mail” to this' }).click();
  await expect(chip).toHaveAttribute('aria-current', 'page');
  await page.getByRole('button', { name: 'Manage “Welcome mail”' }).click();
  await page.getByRole('menuitem', { name: 'Rename or share' }).click();
  await page.getByLabel('Name').fill('All welcomes');
  await page.getByRole('button', { name: 'Change view' }).click();
  await expect(views.getByRole('link', { name: 'All welcomes' })).toBeVisible();
  await expectAccessible(page, 'a search with views');
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoSidewaysScroll(page);
  await page.getByRole('button', { name: 'Manage “All welcomes”' }).click();
  await page.getByRole('menuitem', { name: 'Delete this view' }).click();
  await page.getByRole('button', { name: 'Delete view' }).click();
  await expect(views.getByRole('link', { name: 'All welcomes' })).toHaveCount(0);
  await theirs.goto(`/views/${id}`);
  await expect(theirs.getByText(/^View .* does not exist/)).toBeVisible();
  await expectAccessible(theirs, 'a view that is gone');
  await theirs.context().close();
});

import { expect, test } from '@playwright/test';
import { expectAccessible, expectNoSidewaysScroll } from './axe.ts';
import { api } from './people.ts';

test('a ladder is tested, everything is stopped, and the incident is acknowledged', async ({ page }) => {
  // A button that is about to be enabled has no colours of its own yet.
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.goto('/settings/escalation');
  await expect(page.getByRole('heading', { level: 1, name: 'Escalation' })).toBeVisible();
  const ladder = page.getByRole('region', { name: 'Revenue at risk' });
  await expect(ladder).toContainText('on-call:marketing');
  await ladder.getByRole('button', { name: 'Test “Revenue at risk”' }).click();
  await expect(ladder.getByRole('status')).toContainText('The test is on its way');
  await expect(page.getByRole('region', { name: 'Messages', exact: true })).toContainText('[TEST]');
  await expect(page.getByRole('region', { name: 'On call' })).toContainText('Europe/Berlin');
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);

  await page
    .getByRole('navigation', { name: 'Main' })
    .getByRole('button', { name: 'Stop everything…' })
    .click();
  const dialog = page.getByRole('dialog', { name: 'Stop everything?' });
  await dialog.getByLabel('Where?').first().click();
  await page.getByRole('option', { name: 'preview' }).click();
  await dialog.getByLabel('Why?').fill('Wrong price in every mail');
  const act = dialog.getByRole('button', { name: 'Stop everything' });
  await expect(act).toBeDisabled();
  await dialog.getByLabel('Type “stop” to go on').fill('stop');
  await expect(act).toBeEnabled();
  await expectAccessible(page);
  await act.click();
  const banner = page.getByRole('region', { name: 'Everything is stopped' });
  await expect(banner).toContainText('Wrong price in every mail');

  await page.goto('/incidents');
  await expectAccessible(page);
  await page
    .getByRole('link', { name: /stopped everything in preview/ })
    .first()
    .click();
  await expect(page.getByRole('region', { name: 'What happened' })).toContainText('opened');
  await page.getByRole('button', { name: 'Acknowledge' }).click();
  await expect(page.getByRole('region', { name: 'What happened' })).toContainText('acknowledged');
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);

  await banner.getByRole('button', { name: 'Lift the stop' }).click();
  const lift = page.getByRole('dialog', { name: 'Lift the stop?' });
  await lift.getByLabel('Why?').fill('The price is mended');
  await lift.getByRole('button', { name: 'Lift' }).click();
  await expect(banner).toHaveCount(0);
  const { items } = await api<{ items: { lift_reason: string }[] }>(page, 'GET', '/stops');
  expect(items[0]?.lift_reason).toBe('The price is mended');
});

import { expect, test } from '@playwright/test';
import { expectAccessible, expectNoSidewaysScroll } from './axe.ts';

test('the effect of a rollout is asked by two facets and read as a table', async ({ page }) => {
  await page.goto('/ledger?kpi=first_order');
  await page.getByRole('link', { name: 'Welcome e-mail with one next step' }).first().click();
  await expect(page).toHaveURL(/\/live\/\d+/);
  await page.getByRole('link', { name: 'By groups of people' }).click();
  await expect(page).toHaveURL(/\/cohorts/);
  const effect = page.getByRole('region', { name: / against / }).first();
  await expect(effect.getByRole('img', { name: /The effect in 2 groups/ })).toBeVisible();
  await page.getByRole('combobox', { name: 'Tell people apart by' }).click();
  await page.getByRole('option', { name: 'channel' }).click();
  const others = page.getByRole('region', { name: 'Other ways to tell people apart' });
  await expect(others).toContainText('all are alike: “email”');
  await others.getByRole('button', { name: 'region' }).click();
  await expect(effect.getByRole('img', { name: /The effect in 3 groups/ })).toBeVisible();
  await expectAccessible(page, 'the groups of one kind');
  await page.getByRole('combobox', { name: 'Tell people apart by' }).click();
  await page.getByRole('option', { name: 'channel' }).click();
  await page.getByRole('combobox', { name: 'and by, 2' }).click();
  await page.getByRole('option', { name: 'new or returning' }).click();
  await expect(page).toHaveURL(/by=channel(%2C|,)returning/);
  await expect(effect).toBeVisible();
  await expectAccessible(page, 'the groups');
  await effect.getByRole('button', { name: 'Show as a table' }).click();
  const table = page.getByRole('region', { name: 'Groups, as a table' });
  await expect(table.getByRole('columnheader', { name: 'Difference' })).toBeVisible();
  await expect(table.getByRole('rowheader', { name: /email · (new|returning)/ }).first()).toBeVisible();
  const back = page.getByRole('region', { name: 'Who comes back', exact: true });
  await expect(back).toBeVisible();
  await back.getByRole('button', { name: 'Show as a table' }).click();
  await expect(back.getByRole('rowheader', { name: 'email' })).toBeVisible();
  await expectAccessible(page, 'the groups as a table');
  await page.setViewportSize({ width: 390, height: 800 });
  await expectNoSidewaysScroll(page);
});

test('a KPI is read over time, by version and hour, with what happened and where versions began', async ({
  page,
}) => {
  await page.goto('/kpis?kpi=first_order');
  const tile = page.getByRole('region', { name: 'Over time', exact: true });
  await expect(tile.getByRole('img', { name: /First orders?.* by day/i })).toBeVisible();
  const meanwhile = tile.getByRole('list', { name: 'What happened meanwhile' });
  await expect(
    meanwhile.getByRole('link', { name: /^R-\d+ .*(began|reached everyone)/ }).first(),
  ).toBeVisible();
  await expect(meanwhile.getByRole('link', { name: /^Release \d+ .*went live/ }).first()).toBeVisible();
  await expect(meanwhile.getByRole('listitem')).toHaveCount(4);
  const all = tile.getByRole('button', { name: /^Show all \d+$/ });
  const many = Number((await all.innerText()).replace(/\D/g, ''));
  expect(many).toBeGreaterThan(4);
  await all.focus();
  await page.keyboard.press('Enter');
  await expect(meanwhile.getByRole('listitem')).toHaveCount(many);
  await expect(tile.getByRole('button', { name: 'Show the latest only' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(meanwhile.getByRole('listitem')).toHaveCount(4);
  await expectAccessible(page, 'a KPI over time');
  await tile.getByRole('button', { name: 'Show as a table' }).click();
  await expect(tile.getByRole('columnheader', { name: 'People' })).toBeVisible();
  await expect(tile.getByRole('cell', { name: 'yes' }).first()).toBeVisible();
  const began = page.getByRole('region', { name: 'Where versions began', exact: true });
  await expect(began.getByRole('columnheader', { name: 'Stood at' })).toBeVisible();
  await expect(began.getByRole('cell', { name: /exposures, \d+ days/ }).first()).toBeVisible();
  await tile.getByRole('combobox', { name: 'A point for each' }).click();
  await page.getByRole('option', { name: /hour/ }).click();
  await expect(tile.getByRole('region', { name: /by hour, as a table/ })).toBeVisible();
  await expectAccessible(page, 'a KPI by the hour');

  await page.goto('/kpis?kpi=first_order&prompt=email%2Fonboarding%2Fwelcome&by=version');
  await expect(
    tile
      .getByRole('list', { name: 'Lines' })
      .getByText(/^v\d+$/)
      .first(),
  ).toBeVisible();
  await page.setViewportSize({ width: 390, height: 800 });
  await expectNoSidewaysScroll(page);
});

test('a prompt says how its KPIs stood when its versions went live', async ({ page }) => {
  await page.goto(`/prompts/${encodeURIComponent('email/onboarding/welcome')}?tab=results`);
  const began = page.getByRole('region', { name: 'Where versions began', exact: true });
  await expect(began.getByRole('columnheader', { name: 'KPI' })).toBeVisible();
  await expect(began.getByRole('cell', { name: /v\d+ after v\d+/ }).first()).toBeVisible();
  await expectAccessible(page, 'the results of a prompt');
});

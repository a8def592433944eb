import { expect, type Page, test } from '@playwright/test';
import { expectAccessible, expectNoSidewaysScroll } from './axe.ts';
import { api, somebody } from './people.ts';

type Rollout = { number: number; state: string };

/** A rollout without any data, where nobody else's tests look. */
async function began(page: Page): Promise<Rollout> {
  const { items } = await api<{ items: { number: number }[] }>(page, 'GET', '/releases?limit=2');
  const [next, old] = items.map((release) => release.number);
  await api(page, 'POST', '/environments/preview/go-live', { release: old, reason: 'to compare with' });
  return api<Rollout>(page, 'POST', '/rollouts', {
    title: 'Before the season ends',
    environment: 'preview',
    release: next,
    stages: [1000, 10_000],
    goal: 'first_order',
    guards: [{ kpi: 'unsubscribe' }],
  });
}

test('deciding against the verdict takes a reason and a second person; taking back takes neither', async ({
  page,
  browser,
}) => {
  test.setTimeout(120_000);
  await page.goto('/');
  const eve = await somebody(browser, page, 'Eve Second', 'publisher');
  const { number } = await began(page);
  const address = `/live/${number}`;

  await test.step('one person asks, with a reason', async () => {
    await page.goto(address);
    await page.getByRole('button', { name: 'Use the new version for everybody' }).click();
    const dialog = page.getByRole('dialog');
    await expect(dialog).toContainText('The verdict does not support this: there is not enough data yet');
    await expectAccessible(page, 'the dialog that asks a second person');
    await dialog.getByLabel('Why?').fill('The season ends on Friday');
    await dialog.getByRole('button', { name: 'Ask a second person' }).click();
    const waits = page.getByRole('region', { name: 'Waits for a second person' });
    await expect(waits).toContainText('although there is not enough data yet');
    await expect(waits.getByRole('button', { name: 'Confirm' })).toHaveCount(0);
    await expectAccessible(page, 'a rollout that waits for a second person');
  });

  await test.step('the other one finds it in the inbox, and declines', async () => {
    await eve.goto('/reviews');
    await eve.getByRole('link', { name: /asks you to confirm a decision against the verdict/ }).click();
    await expect(eve).toHaveURL(new RegExp(`${address}$`));
    const waits = eve.getByRole('region', { name: 'Waits for a second person' });
    await expect(waits).toContainText('The season ends on Friday');
    await waits.getByRole('button', { name: 'Decline' }).click();
    const dialog = eve.getByRole('dialog');
    await dialog.getByLabel('Why?').fill('Two more days');
    await dialog.getByRole('button', { name: 'Decline' }).click();
    await expect(waits).toHaveCount(0);
  });

  await test.step('asked again, it is confirmed and done', async () => {
    await api(page, 'POST', `/rollouts/${number}/decision`, {
      wish: 'finish',
      reason: 'The season ends on Friday, and it was proved last year',
    });
    const waits = eve.getByRole('region', { name: 'Waits for a second person' });
    await expect(waits).toContainText('proved last year');
    await waits.getByRole('button', { name: 'Confirm' }).click();
    const dialog = eve.getByRole('dialog');
    await expectAccessible(eve, 'the dialog that decides against the verdict');
    await dialog.getByRole('button', { name: 'Confirm and do it' }).click();
    await expect(eve.getByRole('region', { name: 'Verdict', exact: true })).toHaveAttribute(
      'data-state',
      'finished',
    );
    await expect(eve.getByText(/Decided against the verdict:.*Eve Second confirmed/)).toBeVisible();
    await eve.setViewportSize({ width: 390, height: 800 });
    await expectNoSidewaysScroll(eve);
  });

  await test.step('both stand in the log', async () => {
    await page.goto(`/activity?target=rollout:R-${number}`);
    await expect(page.getByText(/asked a second person to decide against the verdict/).first()).toBeVisible();
    await expect(page.getByText(/Eve Second finished rollout/).first()).toBeVisible();
  });

  await test.step('taking back asks nobody', async () => {
    const next = await began(page);
    await page.goto(`/live/${next.number}`);
    await page.getByRole('button', { name: 'Roll back' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Roll back now' }).click();
    await expect(page.getByRole('region', { name: 'Verdict', exact: true })).toHaveAttribute(
      'data-state',
      'rolled-back',
    );
  });
});

/** A rollout whose new version brings no order, which its guard takes back. */
async function harmful(page: Page): Promise<{ rollout: Rollout; release: number }> {
  const { items } = await api<{ items: { number: number }[] }>(page, 'GET', '/releases?limit=2');
  const [release, old] = items.map((one) => one.number);
  if (!release || !old) throw new Error('the sample has too few releases');
  const all = await api<{ name: string; release: number }[]>(page, 'GET', '/environments');
  if (all.find((one) => one.name === 'preview')?.release !== old)
    await api(page, 'POST', '/environments/preview/go-live', { release: old, reason: 'to compare with' });
  const rollout = await api<Rollout>(page, 'POST', '/rollouts', {
    title: 'Bolder, and worse',
    environment: 'preview',
    release,
    stages: [10_000],
    goal: 'first_order',
    guards: [{ kpi: 'first_order', harm: 'decrease' }],
    external_assignment: true,
  });
  const events = Array.from({ length: 1_000 }, (_, n) => {
    const unit = `bold-${rollout.number}-${n}`;
    const shown = { id: `x-${unit}`, type: 'exposure', unit, rollout: rollout.number, arm: n % 2 };
    return n % 4 === 0
      ? [shown, { id: `o-${unit}`, type: 'outcome', unit, kpi: 'first_order', value: 1 }]
      : [shown];
  });
  await api(page, 'POST', '/events', events.flat());
  await expect
    .poll(async () => (await api<Rollout>(page, 'GET', `/rollouts/${rollout.number}`)).state, {
      timeout: 30_000,
    })
    .toBe('rolled-back');
  return { rollout, release };
}

test('what a guard took back goes live with a reason and a second person', async ({ page, browser }) => {
  test.setTimeout(120_000);
  await page.goto('/');
  const mia = await somebody(browser, page, 'Mia Second', 'publisher');
  const { rollout, release } = await harmful(page);

  await test.step('one person alone is told what to do', async () => {
    const refused = api(page, 'POST', '/environments/preview/go-live', { release, reason: 'I know better' });
    await expect(refused).rejects.toThrow();
    await page.goto(`/live/${rollout.number}`);
    await page.getByRole('button', { name: 'Go live all the same' }).click();
    const dialog = page.getByRole('dialog');
    await expect(dialog).toContainText('A guard found harm and took it back');
    await expectAccessible(page, 'the dialog that asks for what a guard took back');
    await dialog.getByLabel('Why?').fill('The shop was down for the others');
    await dialog.getByRole('button', { name: 'Ask a second person' }).click();
    const waits = page.getByRole('region', { name: 'Waits for a second person' });
    await expect(waits).toContainText(`make release ${release} live in preview for everybody`);
    await expect(page.getByRole('button', { name: 'Go live all the same' })).toHaveCount(0);
  });

  await test.step('the other one confirms, and it is live', async () => {
    await mia.goto(`/live/${rollout.number}`);
    const waits = mia.getByRole('region', { name: 'Waits for a second person' });
    await waits.getByRole('button', { name: 'Confirm' }).click();
    await mia.getByRole('dialog').getByRole('button', { name: 'Confirm and do it' }).click();
    await expect(mia.getByText(/Decided against the verdict:.*Mia Second confirmed/)).toBeVisible();
    const all = await api<{ name: string; release: number }[]>(page, 'GET', '/environments');
    expect(all.find((one) => one.name === 'preview')?.release).toBe(release);
  });
});

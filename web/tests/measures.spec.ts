import { expect, type Page, test } from '@playwright/test';
import { expectAccessible, expectNoSidewaysScroll } from './axe.ts';
import { api } from './people.ts';

const PROMPT = 'email/lifecycle/replenish';
const PEOPLE = 400;
const DAY_MS = 86_400_000;

type Sent = Record<string, string | number>;

/** A rollout where nobody else's tests look, whose applications say themselves who got which version. */
async function begun(page: Page, plan: Record<string, unknown>): Promise<number> {
  const { items } = await api<{ items: { number: number }[] }>(page, 'GET', '/releases?limit=2');
  const [next, old] = items.map((release) => release.number);
  const places = await api<{ name: string; release: number | null }[]>(page, 'GET', '/environments');
  if (places.find((one) => one.name === 'preview')?.release !== old)
    await api(page, 'POST', '/environments/preview/go-live', { release: old, reason: 'to compare with' });
  const { number } = await api<{ number: number }>(page, 'POST', '/rollouts', {
    environment: 'preview',
    release: next,
    prompt: PROMPT,
    stages: [10_000],
    external_assignment: true,
    ...plan,
  });
  return number;
}

const send = (page: Page, events: Sent[]) => api(page, 'POST', '/events', events);

/** Everybody buys as much as is usual for them; those with the new version a little more. */
async function buys(page: Page, who: string, rollout: number, now: number) {
  const at = (seconds: number) => new Date(now + seconds * 1000).toISOString();
  const each = Array.from({ length: PEOPLE }, (_, n): Sent[] => {
    const unit = `${who}-${n}`;
    const arm = n % 2;
    const value = usual(n) + ((n * 53) % 40) * 100 + arm * 2000;
    return [
      { id: `${unit}-x`, type: 'exposure', unit, prompt: PROMPT, rollout, arm, time: at(0) },
      { id: `${unit}-r`, type: 'outcome', unit, kpi: 'revenue', value, time: at(1) },
    ];
  });
  await send(page, each.flat());
}

const usual = (n: number) => ((n * 37) % 400) * 100 + 100;

async function end(page: Page, number: number) {
  await api(page, 'POST', `/rollouts/${number}/roll-back`, { reason: 'It was a trial' });
}

test('what people did before is taken out of what differs, and the page says how much', async ({ page }) => {
  await page.goto('/live');
  const now = Date.now();
  await send(
    page,
    Array.from({ length: PEOPLE }, (_, n) => ({
      id: `before-${n}`,
      type: 'outcome',
      unit: `sharp-${n}`,
      kpi: 'revenue',
      value: usual(n),
      time: new Date(now - (1 + (n % 5)) * DAY_MS).toISOString(),
    })),
  );
  const number = await begun(page, {
    title: 'A reminder with the last order',
    goal: 'revenue',
    guards: [{ kpi: 'unsubscribe' }],
    pre_period_days: 7,
    planned_units: 1000,
  });
  await buys(page, 'sharp', number, Date.now());
  await page.goto(`/live/${number}`);
  const rests = page.getByRole('region', { name: 'What the verdict rests on' });
  const said = rests.getByText(/^Variance reduced by \d+ % with what people did in the 7 days before\.$/);
  await expect(said).toBeVisible();
  expect(Number(/by (\d+) %/.exec(await said.innerText())?.[1])).toBeGreaterThan(80);
  await expectAccessible(page, 'a rollout with what people did before');
  await end(page, number);
});

test('a quantile is shown for each version with its interval, and claims nothing', async ({ page }) => {
  await page.goto('/live');
  const file = await api<{ source: string }>(page, 'GET', '/prompts/library.yaml');
  const kpi = '  - {id: usual_order, title: Usual order, kind: quantile, of: revenue, quantile: 0.5}\n';
  if (!file.source.includes('usual_order')) {
    await api(page, 'POST', '/versions', {
      subject: 'Measure the usual order',
      record: { problem: 'A few large orders move the mean' },
      files: [{ path: 'library.yaml', content: file.source.replace('kpis:\n', `kpis:\n${kpi}`) }],
    });
    // What a rollout measures is what its release says.
    await api(page, 'POST', '/releases', { note: 'The usual order is measured' });
  }
  const number = await begun(page, {
    title: 'A larger bag first',
    goal: 'usual_order',
    guards: [{ kpi: 'unsubscribe' }],
  });
  await buys(page, 'usual', number, Date.now());
  await page.goto(`/live/${number}`);
  const tile = page.getByRole('region', { name: 'Usual order', exact: true });
  await expect(tile.getByRole('columnheader', { name: 'At least' })).toBeVisible();
  const rows = tile.getByRole('row').filter({ has: page.getByRole('rowheader') });
  await expect(rows).toHaveCount(2);
  for (const row of await rows.all()) {
    const [people, stands, low, high] = await row.getByRole('cell').allInnerTexts();
    expect(people).toBe('200');
    const [middle, least, most] = [stands, low, high].map((cell) => Number(cell?.replace(/[^\d.]/g, '')));
    expect(least).toBeLessThanOrEqual(middle as number);
    expect(most).toBeGreaterThanOrEqual(middle as number);
    expect(least).toBeGreaterThan(0);
  }
  await tile.getByText('Explain this').click();
  await expect(tile.getByText(/It is for reading/)).toBeVisible();
  await expect(page.getByText(/nothing is claimed of it/).first()).toBeVisible();
  await expectAccessible(page, 'a rollout whose goal is a quantile');
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoSidewaysScroll(page);
  await end(page, number);
});

test('a guard has a limit, an act and people whom it watches apart, and says so before and after', async ({
  page,
}) => {
  await page.goto('/live');
  const { items } = await api<{ items: { number: number }[] }>(page, 'GET', '/releases?limit=2');
  const [next, old] = items.map((release) => release.number);
  const places = await api<{ name: string; release: number | null }[]>(page, 'GET', '/environments');
  if (places.find((one) => one.name === 'preview')?.release !== old)
    await api(page, 'POST', '/environments/preview/go-live', { release: old, reason: 'to compare with' });
  await page.goto(`/releases/${next}/try`);
  await page.getByLabel('Title').fill('Guarded closely');
  await page.getByLabel('Where', { exact: true }).selectOption('preview');
  await page.getByRole('combobox', { name: 'Goal' }).click();
  await page.getByRole('option', { name: 'Clicks' }).click();
  const guards = page.getByRole('region', { name: 'Guards' });
  const add = async (title: string) => {
    await guards.getByRole('combobox', { name: 'Add a guard' }).click();
    await page.getByRole('option', { name: title }).click();
  };
  const summary = page.getByRole('region', { name: 'What will happen' });

  await test.step('never above a level', async () => {
    await add('Unsubscribes');
    await guards.getByLabel('Tolerated loss, Unsubscribes').selectOption('never above …');
    await guards.getByLabel('Never above (percent), Unsubscribes').fill('0.3');
    await expect(summary).toContainText('Roll back if unsubscribes lie above 0.3 %.');
  });

  await test.step('worse by at most so many points, in each region, and only paused', async () => {
    await add('First orders');
    await guards.getByLabel('Tolerated loss, First orders').selectOption('worse by at most …');
    await guards.getByLabel('Worse by at most (points), First orders').fill('2,5');
    await guards.getByLabel('In whom, First orders').selectOption('each region by itself');
    await guards.getByLabel('What happens, First orders').selectOption('pause');
    await expect(summary).toContainText('Pause if first orders fall by more than 2.5 points in any region.');
    await expectAccessible(page, 'guards with limits and people');
  });

  await test.step('a guard is taken out again', async () => {
    await add('Revenue');
    await expect(summary).toContainText('if revenue falls');
    await guards.getByRole('button', { name: 'Remove' }).last().click();
    await expect(summary).not.toContainText('if revenue falls');
    await expect(guards.getByLabel('Never above (percent), Unsubscribes')).toHaveValue('0.3');
  });

  await page.getByRole('button', { name: 'Start the rollout' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Guarded closely' })).toBeVisible();
  const number = Number(/\/live\/(\d+)/.exec(page.url())?.[1]);
  const watched = page.getByRole('region', { name: 'Guards' }).first();
  await expect(
    watched.getByRole('row', { name: /Unsubscribes.*more than 0\.3 %.*taken back/ }),
  ).toBeVisible();
  await expect(watched.getByRole('row', { name: /First orders.*2\.5 points.*paused/ }).first()).toBeVisible();
  await expectAccessible(page, 'a rollout with guards of every kind');
  await end(page, number);
});

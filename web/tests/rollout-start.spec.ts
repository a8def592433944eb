import { expect, type Page, test } from '@playwright/test';
import { expectAccessible, expectNoSidewaysScroll } from './axe.ts';
import { api } from './people.ts';

type Environments = { name: string; release: number | null; rollout: number | null }[];
type Releases = { items: { number: number }[] };

/** The three newest releases, the oldest of them live in `preview`. */
async function prepared(page: Page) {
  await page.goto('/live');
  const { items } = await api<Releases>(page, 'GET', '/releases');
  const [first, second, live] = items.map((one) => one.number);
  if (!first || !second || !live) throw new Error('the sample has too few releases');
  const environments = await api<Environments>(page, 'GET', '/environments');
  const preview = environments.find((one) => one.name === 'preview');
  expect(preview?.rollout ?? null).toBeNull();
  if (preview?.release !== live)
    await api(page, 'POST', '/environments/preview/go-live', { release: live, reason: 'for a comparison' });
  return { first, second, live };
}

/** A moment some hours from now, as the field wants it. */
const inHours = (hours: number) => {
  const at = new Date(Date.now() + hours * 3_600_000);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
};

/** Somebody who asks gets a release, and is in no arm. */
async function expectResolved(page: Page, release: number) {
  const answer = await api<{ release: number; arm: number | null }>(page, 'POST', '/resolve', {
    prompt: 'email/onboarding/welcome',
    environment: 'preview',
    unit: 'ann',
    variables: { first_name: 'Ann', product: 'Tea', offer: 'none', name: 'Ann' },
  });
  expect([answer.release, answer.arm]).toEqual([release, null]);
}

test('a rollout of three versions for some people, in a layer and with times, is started', async ({
  page,
}) => {
  const { first, second, live } = await prepared(page);
  await page.goto(`/releases/${first}/try`);
  await page.getByLabel('Title').fill('Spring offers');
  await page.getByLabel('Where', { exact: true }).selectOption('preview');

  await test.step('what is wrong is said beside the field', async () => {
    await page.getByRole('combobox', { name: 'Goal' }).click();
    await page.getByRole('option', { name: 'First orders' }).click();
    const one = page.getByRole('group', { name: 'New version 1' });
    await one.getByLabel('Name').fill('Shorter');
    await one.getByLabel('Share').fill('half');
    await page.getByRole('button', { name: 'Add a condition' }).click();
    await page.getByRole('checkbox', { name: 'Keep apart from other rollouts' }).check();
    await page.getByLabel('When it begins').selectOption('later');
    await page.getByLabel('Begins on').fill('2020-01-01T08:00');
    await page.getByRole('button', { name: 'Start the rollout' }).click();
    await expect(page).toHaveURL(/\/try/);
    await expect(one.getByText('A percentage between 0 and 100')).toBeVisible();
    await expect(page.getByText('Say what is looked at')).toBeVisible();
    await expect(page.getByText('Give at least one value')).toBeVisible();
    await expect(page.getByText('Rollouts of the same name share nobody')).toBeVisible();
    await expect(page.getByText('This moment is past')).toBeVisible();
    await expect(page.getByText('5 fields are not right yet.')).toBeVisible();
    await expect(one.getByLabel('Share')).toBeFocused();
    await expectAccessible(page, 'a form with faults');
    await one.getByLabel('Share').fill('30');
  });

  await test.step('versions, people, steps and times', async () => {
    await page.getByRole('button', { name: 'Add a version' }).click();
    const two = page.getByRole('group', { name: 'New version 2' });
    await two.getByRole('combobox', { name: 'Release' }).click();
    await page.getByRole('option', { name: new RegExp(`^Release ${second}\\b`) }).click();
    await two.getByLabel('Name').fill('Kinder');
    await two.getByLabel('Share').fill('20');
    await page.getByRole('button', { name: 'Add a condition' }).click();
    await page.getByRole('button', { name: 'Remove condition 2' }).click();
    const condition = page.getByRole('group', { name: 'Condition 1' });
    await condition.locator('input').first().fill('region');
    await condition.getByLabel('Values').first().pressSequentially('de,at,');
    await page.getByLabel('Layer', { exact: true }).fill('offers');
    await page.getByLabel('Share of all people').fill('40');
    await page.getByLabel('Begins on').fill(inHours(24));
    const next = page.getByRole('group', { name: 'To 50 %' });
    await next.getByLabel('Not before').fill(inHours(72));
    await next.getByLabel('After so many people').fill('5,000');
  });

  await test.step('how it is measured', async () => {
    const days = page.getByLabel('Take out what was known before (days)');
    await days.fill('90');
    await days.blur();
    await expect(page.getByText('A whole number of days from 1 to 60')).toBeVisible();
    await days.fill('14');
    await page.getByLabel('No worse by more than (percent), First orders, the goal').fill('2,5');
  });

  await test.step('it says what will happen', async () => {
    const summary = page.getByRole('region', { name: 'What will happen' });
    await expect(summary).toContainText('Everybody whose region is de or at.');
    await expect(summary).toContainText('40 % of all people, kept for this rollout in the layer offers');
    await expect(summary).toContainText(`50 % release ${live} as before, 30 % Shorter, 20 % Kinder.`);
    await expect(summary).toContainText('not before 5,000 people took part');
    await expect(summary).toContainText('Roll back if first orders fall.');
    await expect(summary).toContainText(/a rise of 5 %|Nobody can tell yet/);
    await expectAccessible(page, 'the form that starts a rollout');
  });

  await page.getByRole('button', { name: 'Start the rollout' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Spring offers' })).toBeVisible();
  const design = page.getByRole('region', { name: 'How it is set up' });
  await expect(design).toContainText('Everybody whose region is de or at.');
  await expect(design).toContainText('40 % of all people, kept for this rollout in the layer offers');
  await expect(design).toContainText('50 %');
  await expect(design).toContainText('30 % Shorter');
  await expect(design).toContainText('20 % Kinder');
  await expect(design).toContainText('Begins by itself on');
  await expect(design).toContainText('50 % by itself, not before');
  await expect(design).toContainText('100 % when somebody says so');
  await expect(design).toContainText('What people did in the 14 days before is taken out.');
  await expect(design).toContainText('First orders: no worse by more than 2.5 % is good enough.');
  await expectAccessible(page, 'the page of a rollout of three versions');

  await page.goto(`/releases/${first}/try`);
  await page.getByLabel('Where', { exact: true }).selectOption('preview');
  await expect(page.getByRole('button', { name: 'Start the rollout' })).toBeDisabled();
  await page.goBack();
  await page.getByRole('button', { name: 'Roll back' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox').fill('It was a trial');
  await dialog.getByRole('button', { name: 'Roll back' }).click();
  await expect(page.getByText('It was a trial').first()).toBeVisible();
});

test('the form that starts a rollout fits a phone, in the dark', async ({ page }) => {
  const { first } = await prepared(page);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.goto(`/releases/${first}/try`);
  await page.getByRole('button', { name: 'Add a version' }).click();
  await page.getByRole('button', { name: 'Add a condition' }).click();
  await page.getByRole('checkbox', { name: 'Keep apart from other rollouts' }).check();
  await page.getByLabel('When it begins').selectOption('later');
  await expect(page.getByRole('region', { name: 'What will happen' })).toBeVisible();
  await expectNoSidewaysScroll(page);
  await expectAccessible(page, 'the form that starts a rollout on a phone');
});

test('a release runs in the shadow: nobody gets it, and what differs is shown', async ({ page }) => {
  const { first, live } = await prepared(page);
  await page.goto(`/releases/${first}/try`);
  await page.getByLabel('Title').fill('Before we try it');
  await page.getByLabel('Where', { exact: true }).selectOption('preview');
  await page.getByLabel('Who gets the new version').selectOption('shadow');
  await page.getByLabel('How fast').selectOption('test');
  await expect(page.getByRole('heading', { name: 'Guards', level: 2 })).toBeHidden();
  await expect(page.getByRole('region', { name: 'What will happen' })).toContainText(
    'Nobody gets the new version',
  );
  await page.getByRole('button', { name: 'Start the rollout' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Before we try it' })).toBeVisible();
  const shadow = page.getByRole('region', { name: 'In the shadow', exact: true });
  await expect(shadow).toContainText('Nobody has asked for a prompt yet');
  await expectResolved(page, live);
  await expect(shadow).toContainText('Of 1 request', { timeout: 15_000 });
  await expect(shadow.getByRole('row', { name: /email\/onboarding\/welcome/ })).toBeVisible();
  await expectAccessible(page, 'a release in the shadow');
  await page.getByRole('button', { name: 'End it' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox').fill('Seen enough');
  await dialog.getByRole('button', { name: 'End it' }).click();
  await expect(page.getByRole('heading', { name: /Nobody got the new release/ })).toBeVisible();
});

test('a share of everybody is held out, and let go again', async ({ page }) => {
  await prepared(page);
  await page.goto('/live');
  await page.getByRole('button', { name: 'Hold people out' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Title').fill('First quarter');
  await dialog.getByLabel('Where', { exact: true }).selectOption('preview');
  await dialog.getByLabel('Share of everybody').fill('60');
  await expect(dialog.getByText('A percentage above 0, and at most 20')).toBeVisible();
  await expect(dialog.getByRole('button', { name: 'Hold them out' })).toBeDisabled();
  await dialog.getByLabel('Share of everybody').fill('5');
  await expectAccessible(page, 'the dialog that holds people out');
  await dialog.getByRole('button', { name: 'Hold them out' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'First quarter' })).toBeVisible();
  const design = page.getByRole('region', { name: 'How it is set up' });
  await expect(design).toContainText('5 % Hold-out');
  await expect(design).toContainText('whatever goes live');
  await expectAccessible(page, 'the page of a hold-out');
  await page.getByRole('button', { name: 'End the hold-out' }).click();
  await dialog.getByRole('textbox').fill('The quarter is over');
  await dialog.getByRole('button', { name: 'End the hold-out' }).click();
  await expect(page.getByText('Those held out get what is live.').first()).toBeVisible();
});

test('everybody gets one version at a time: a switchback is started, shown and taken back', async ({
  page,
}) => {
  const { first, live } = await prepared(page);
  await page.goto(`/releases/${first}/try`);
  await page.getByLabel('Title').fill('By the hour');
  await page.getByLabel('Where', { exact: true }).selectOption('preview');
  await page.getByRole('combobox', { name: 'Goal' }).click();
  await page.getByRole('option', { name: 'First orders' }).click();
  await page.getByLabel('Who gets the new version').selectOption('windows');
  await page.getByLabel('Left out at its beginning (minutes)').fill('100000');
  await page.getByLabel('Pairs of windows planned').fill('20');
  const start = page.getByRole('button', { name: 'Start the rollout' });
  await start.click();
  await expect(page.getByText('Whole minutes, shorter than the window').first()).toBeVisible();
  await page.getByLabel('Left out at its beginning (minutes)').fill('15');
  await expect(page.getByRole('region', { name: 'What will happen' })).toContainText('20 pairs');
  await expectAccessible(page, 'the form that starts a switchback');
  await start.click();

  await expect(page.getByRole('heading', { level: 1, name: 'By the hour' })).toBeVisible();
  await expect(page.getByRole('heading', { name: /Not enough windows yet, 0 of 20 pairs/ })).toBeVisible();
  const windows = page.getByRole('region', { name: 'Windows', exact: true });
  await expect(windows).toContainText('No pair of windows is over yet');
  await expect(page.getByRole('link', { name: 'By groups of people' })).toBeHidden();
  // Until the first window everybody gets what is live.
  await expectResolved(page, live);
  await expectAccessible(page, 'a switchback');
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoSidewaysScroll(page);
  await page.getByRole('button', { name: 'Roll back' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox').fill('It was a trial');
  await dialog.getByRole('button', { name: 'Roll back' }).click();
  await expect(page.getByText('It was a trial').first()).toBeVisible();
});

import { expect, type Page, test } from '@playwright/test';
import { expectAccessible, expectNoSidewaysScroll } from './axe.ts';
import { api } from './people.ts';

const record = {
  problem: 'Nobody found them',
  baseline: 'click=0.27 n=12400',
  hypothesis: 'click +1%',
  campaign: 'tidy',
  validation: 'ab split=50/50 days=14 goal=click',
};
const text = (title: string, last: string) =>
  `---\nvariorum.title: ${title}\n---\nWrite a short and friendly note to somebody who left a basket behind and ${last}.\n`;

/** Puts prompts of this journey into the library. */
async function put(page: Page, subject: string, texts: Record<string, string>) {
  const files = Object.entries(texts).map(([id, content]) => ({ path: `prompts/${id}.prompt`, content }));
  await api(page, 'POST', '/versions', { subject, body: '', record, files });
}

/** Fills in what the rules ask for, beside the line. */
async function why(page: Page, subject: string) {
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('What changed').fill(subject);
  await dialog.getByLabel('Problem seen').fill('Nobody found them');
  return dialog;
}

test('many prompts are chosen by keyboard, moved with a preview, and taken back', async ({ page }) => {
  await page.goto('/');
  await put(page, 'Add three notes to be moved', {
    'tidy/one': text('Tidy one', 'comes back on Monday'),
    'tidy/two': text('Tidy two', 'needs another colour, a smaller size or both of them'),
    'tidy/three': text('Tidy three', 'asks what became of the parcel that was sent last week'),
  });
  await page.goto('/library?folder=prompts/tidy');
  const rows = page.getByRole('list', { name: 'Prompts' });
  const link = (name: string) => rows.getByRole('link', { name: new RegExp(name) });
  await link('Tidy one').focus();
  await page.keyboard.press('x');
  await expect(page.getByRole('region', { name: 'With what is chosen' })).toContainText('1 chosen');
  await page.keyboard.press('Shift+ArrowDown');
  await page.keyboard.press('Shift+ArrowDown');
  const bar = page.getByRole('region', { name: 'With what is chosen' });
  await expect(bar).toContainText('3 chosen');
  await expectAccessible(page, 'a library with three prompts chosen');
  await bar.getByRole('button', { name: 'Move…' }).click();
  const dialog = await why(page, 'Keep the notes together');
  await dialog.getByLabel('To which folder?').fill('prompts/notes');
  const plan = dialog.getByRole('region', { name: 'What would happen' });
  await expect(plan).toContainText('3 files would move');
  await expect(plan).toContainText('prompts/notes/one.prompt');
  await expect(plan).toContainText('3 old ids would lead on');
  await expectAccessible(page, 'the dialog that moves many');
  await dialog.getByRole('button', { name: 'Move 3 prompts' }).click();
  await expect(page.getByText('3 prompts moved')).toBeVisible();

  // The old address leads to the new one and says so.
  const undo = page.getByRole('button', { name: 'Undo' });
  await page.evaluate((to) => window.history.pushState({}, '', to), '/prompts/tidy%2Fone');
  await page.evaluate(() => window.dispatchEvent(new PopStateEvent('popstate')));
  await expect(page.getByRole('heading', { level: 1, name: 'Tidy one' })).toBeVisible();
  await expect(page.getByText('“tidy/one” has moved to')).toBeVisible();
  await expect(page.getByRole('link', { name: 'notes/one' })).toBeVisible();
  await undo.click();
  await expect(page.getByText('Taken back')).toBeVisible();
  await page.goto('/library?folder=prompts/tidy');
  await expect(link('Tidy two')).toBeVisible();
});

test('a refusal is told before anything is done', async ({ page }) => {
  await page.goto('/');
  await put(page, 'Add two of one name', {
    'tidy-a/same': text('Same a', 'comes back on a rainy Tuesday in the spring'),
    'tidy-b/same': text('Same b', 'wants to hear from a person and never from a machine'),
  });
  await page.goto('/library?q=same&folder=prompts/tidy-a');
  await page.getByLabel('Choose Same a').check();
  await page.getByRole('button', { name: 'Move…' }).click();
  const dialog = await why(page, 'Put both into one');
  await dialog.getByLabel('To which folder?').fill('prompts/tidy-b');
  await expect(dialog.getByRole('alert')).toContainText('is there already');
  await expect(dialog.getByRole('button', { name: 'Move 1 prompt' })).toBeDisabled();
});

test('copies are compared, one is kept, and the other leads on to it', async ({ page }) => {
  await page.goto('/');
  await put(page, 'Add a note and its copy', {
    'copies/first': text('Copy kept', 'says that the blue vase arrived with a crack along its rim'),
    'copies/second': text('Copy retired', 'says that the blue vase arrived with a crack along its rim'),
  });
  await page.goto('/library');
  await page.getByRole('link', { name: 'Clean up' }).click();
  const group = page.getByRole('region', { name: /Alike: .*Copy kept/ });
  await expect(group).toContainText('Copies');
  await group.getByRole('radio', { name: 'Keep Copy kept (copies/first)' }).check();
  await group.getByText('What differs from “Copy kept”').click();
  await expect(group).toContainText('retired');
  await expectAccessible(page, 'texts that are alike');
  await group.getByRole('button', { name: 'Keep “Copy kept”, retire 1' }).click();
  const dialog = await why(page, 'One note is enough');
  await expect(dialog.getByLabel('What do callers get instead?')).toHaveValue('copies/first');
  const plan = dialog.getByRole('region', { name: 'What would happen' });
  await expect(plan).toContainText('copies/second');
  await expect(plan).toContainText('1 old id would lead on');
  await dialog.getByRole('button', { name: 'Archive 1 prompt' }).click();
  await expect(page.getByText('1 prompt archived')).toBeVisible();
  await expect(group).toHaveCount(0);
});

test('prompts that nobody seems to need are listed with reasons and put away', async ({ page }) => {
  await page.goto('/');
  await put(page, 'Add a note nobody asks for', {
    'idle/note': text('Idle note', 'keeps bees on the roof of the house across the street'),
  });
  await page.goto('/library/upkeep?tab=unused&days=0');
  const row = page.getByRole('listitem').filter({ hasText: 'Idle note' });
  await expect(row).toContainText('live in no environment');
  await row.getByLabel('Choose Idle note').check();
  await expectAccessible(page, 'prompts that nobody needs');
  await page.getByRole('button', { name: 'Archive…' }).click();
  const dialog = await why(page, 'Nobody keeps bees');
  await expect(dialog.getByRole('region', { name: 'What would happen' })).toContainText('archived');
  await dialog.getByRole('button', { name: 'Archive 1 prompt' }).click();
  await expect(page.getByText('1 prompt archived')).toBeVisible();
  await expect(row).toHaveCount(0);
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoSidewaysScroll(page);
});

test('all of a folder are chosen, retagged, put away and brought back', async ({ page }) => {
  await page.goto('/');
  await put(page, 'Add three notes to be retagged', {
    'shelf/one': text('Shelf one', 'counts the days until the first snow falls on the hills'),
    'shelf/two': text('Shelf two', 'asks for a bill that names the company and its number'),
    'shelf/three': text('Shelf three', 'wonders whether the lamp fits a ceiling made of plaster'),
  });
  await page.goto('/library?folder=prompts/shelf');
  const bar = page.getByRole('region', { name: 'With what is chosen' });
  const boxes = page.getByRole('checkbox', { name: /Choose Shelf/ });
  await expect(boxes).toHaveCount(3);
  await boxes.first().click();
  await boxes.last().click({ modifiers: ['Shift'] });
  await expect(bar).toContainText('3 chosen');
  await bar.getByRole('button', { name: 'Let go' }).click();
  await expect(bar).toHaveCount(0);

  await boxes.nth(0).click();
  await boxes.nth(1).click();
  await bar.getByRole('button', { name: 'Choose all 3' }).click();
  await expect(bar).toContainText('3 chosen');
  await bar.getByRole('button', { name: 'Retag…' }).click();
  let dialog = await why(page, 'Mark what belongs to the winter campaign');
  await dialog.getByLabel('Tags they get').fill('winter');
  await page.keyboard.press('Enter');
  await expect(dialog.getByRole('region', { name: 'What would happen' })).toContainText(
    '3 texts would change',
  );
  await dialog.getByRole('button', { name: 'Retag 3 prompts' }).click();
  await expect(page.getByText('3 prompts retagged')).toBeVisible();
  await page.goto('/library?tag=winter');
  await expect(boxes).toHaveCount(3);

  await boxes.first().click();
  await bar.getByRole('button', { name: 'Archive…' }).click();
  dialog = await why(page, 'The winter is over');
  await dialog.getByRole('button', { name: 'Archive 1 prompt' }).click();
  await expect(page.getByText('1 prompt archived')).toBeVisible();
  await page.goto('/library/upkeep');
  await page.getByRole('link', { name: 'What is archived' }).click();
  await page.getByRole('checkbox', { name: /Choose Shelf/ }).click();
  await expect(bar.getByRole('button', { name: 'Archive…' })).toHaveCount(0);
  await bar.getByRole('button', { name: 'Bring back…' }).click();
  dialog = await why(page, 'It is winter again');
  await expectAccessible(page, 'the dialog that brings back');
  await dialog.getByRole('button', { name: 'Bring back 1 prompt' }).click();
  await expect(page.getByText('1 prompt brought back')).toBeVisible();
  await page.goto('/library?tag=winter');
  await expect(boxes).toHaveCount(3);
});

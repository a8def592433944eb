import { expect, type Page, test } from '@playwright/test';
import { expectAccessible } from './axe.ts';
import { api, somebody } from './people.ts';

const prompt = 'email/service/delay-apology';
const path = `prompts/${prompt}.prompt`;
const FIRST = 'Sentence one: the order is late and we are sorry.';

type Read = { source: string };
const read = (page: Page, draft?: string) =>
  api<Read>(
    page,
    'GET',
    `/prompts/${encodeURIComponent(prompt)}${draft ? `?draft=${encodeURIComponent(draft)}` : ''}`,
  );

/** Edits the prompt in the editor: replaces one passage, says why, saves. */
async function edit(page: Page, draft: string, from: string, to: string, what: string, why: string) {
  const { source } = await read(page, draft);
  expect(source).toContain(from);
  await page.goto(`/prompts/${encodeURIComponent(prompt)}/edit?draft=${encodeURIComponent(draft)}`);
  const text = page.getByRole('textbox', { name: /^Text of/ });
  await text.click();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText(source.replace(from, to));
  await page.getByRole('button', { name: 'Save version' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'What changed' }).fill(what);
  await dialog.getByRole('textbox', { name: 'Problem seen' }).fill(why);
  await dialog.getByRole('button', { name: 'Save version' }).click();
  await expect(dialog).toBeHidden();
}

test('two people edit one campaign, a third decides, reviews with a suggestion and publishes', async ({
  page,
  browser,
}) => {
  test.setTimeout(240_000);
  await page.goto('/');
  const ines = await somebody(browser, page, 'Ines Writer', 'author');
  const tom = await somebody(browser, page, 'Tom Writer', 'author');
  const vera = await somebody(browser, page, 'Vera Editor', 'publisher');
  const draft = 'campaign/honest-delays';

  // Ines makes the campaign and writes; Tom starts from it, and writes the same part another way.
  await ines.goto('/drafts');
  await ines.getByRole('button', { name: 'New draft' }).first().click();
  await ines.getByRole('textbox', { name: 'Name' }).fill('Honest delays');
  await ines.getByRole('button', { name: 'Make the draft' }).click();
  await expect(ines.getByRole('heading', { level: 1, name: 'Honest delays' })).toBeVisible();
  await tom.goto('/drafts');
  await tom.getByRole('button', { name: 'New draft' }).first().click();
  await tom.getByRole('textbox', { name: 'Name' }).fill('Honest delays in detail');
  await tom.getByRole('combobox', { name: 'Starts from' }).click();
  await tom.getByRole('option', { name: 'The draft Honest delays' }).click();
  await tom.getByRole('button', { name: 'Make the draft' }).click();
  await expect(tom.getByRole('heading', { level: 1, name: 'Honest delays in detail' })).toBeVisible();

  const detail = 'campaign/honest-delays-in-detail';
  await edit(
    ines,
    draft,
    FIRST,
    'Sentence one: I am sorry, your order is late.',
    'Speak in the first person',
    'Readers call it stiff',
  );
  await edit(
    tom,
    detail,
    FIRST,
    'Sentence one: say by how many days the order is late.',
    'Say by how much it is late',
    'Readers ask how late',
  );

  // A third person brings the two together.
  await vera.goto(`/drafts/${encodeURIComponent(detail)}`);
  await expect(vera.getByText('Two people changed the same part of a file')).toBeVisible();
  await vera.getByRole('link', { name: 'Decide what stands' }).click();
  const save = vera.getByRole('button', { name: 'Save what I decided' });
  await expect(save).toBeDisabled();
  await expect(vera.getByText('Ines Writer')).toBeVisible();
  await expectAccessible(vera, 'deciding');
  await vera.keyboard.press('j');
  await vera.keyboard.press('4');
  const own = vera.getByRole('textbox', { name: 'Part 1, your wording' });
  await expect(own).toHaveValue(/by how many days[\s\S]*I am sorry/);
  await own.fill(
    '- Sentence one: I am sorry, your order is two days late. Once is enough. No "unfortunately", no passive.',
  );
  await expect(vera.getByText('Everything is decided.')).toBeVisible();
  await expect(vera.getByLabel(`What ${path} will say`)).toContainText('two days late');
  await save.click();
  await expect(vera.getByText('Decided and saved')).toBeVisible();

  // Tom sends it for review; the form knows what his versions said.
  await tom.goto(`/drafts/${encodeURIComponent(detail)}`);
  await tom.getByRole('link', { name: 'Send for review' }).click();
  await tom.getByRole('textbox', { name: 'What it brings' }).fill('Say how late it is, and say it yourself');
  await expect(tom.getByRole('textbox', { name: 'Problem seen' })).toHaveValue(/Readers/);
  await tom.getByRole('combobox', { name: 'Who should look at it?' }).click();
  await tom.getByRole('option', { name: 'Vera Editor' }).click();
  await tom.keyboard.press('Escape');
  await tom.getByRole('button', { name: 'Send for review' }).click();
  await expect(
    tom.getByRole('heading', { level: 1, name: 'Say how late it is, and say it yourself' }),
  ).toBeVisible();
  const review = new URL(tom.url()).pathname;

  // Vera is told, comments on a line with another wording, and asks for it.
  await vera.goto('/reviews');
  await vera
    .getByRole('link', { name: /Say how late it is/ })
    .first()
    .click();
  await expect(vera).toHaveURL(new RegExp(`${review}$`));
  const line = vera.locator('.marked-line', { hasText: 'two days late' });
  await line.hover();
  await line.getByRole('button', { name: /Comment on line/ }).click();
  const note = vera.getByRole('form', { name: /New discussion, Line/ });
  await note
    .getByRole('textbox', { name: /Your comment/ })
    .fill('The days come from the shop; do not fix the number.');
  await note.getByRole('checkbox', { name: 'Suggest another wording' }).check();
  await note
    .getByRole('textbox', { name: 'The wording you suggest' })
    .fill(
      '- Sentence one: I am sorry, your order is late by the days given. Once is enough. No "unfortunately", no passive.',
    );
  await note.getByRole('button', { name: 'Suggest' }).click();
  await expect(vera.getByText('Suggested', { exact: true })).toBeVisible();
  await vera.getByRole('button', { name: 'Review', exact: true }).click();
  const dialog = vera.getByRole('dialog');
  await dialog.getByRole('radio', { name: 'Ask for changes' }).check();
  await dialog.getByRole('textbox', { name: /What should be different/ }).fill('See the first line.');
  await dialog.getByRole('button', { name: 'Ask for changes' }).click();
  await expect(vera.getByText('Vera Editor asked for changes.')).toBeVisible();
  await expectAccessible(vera, 'a review under discussion');

  // Tom takes the suggestion over with one click, without loading the page anew.
  await expect(tom.getByRole('button', { name: 'Take it over' })).toBeVisible();
  await tom.getByRole('button', { name: 'Take it over' }).click();
  await expect(tom.getByText(/Suggestion taken over by Tom Writer/)).toBeVisible();
  expect((await read(tom, detail)).source).toContain('late by the days given');

  // It waits for Vera again; she approves, and publishes.
  await vera.goto('/reviews');
  await expect(vera.getByText('wants your review').first()).toBeVisible();
  await vera.goto(review);
  await vera.getByRole('button', { name: 'Review', exact: true }).click();
  await vera.getByRole('dialog').getByRole('radio', { name: 'Approve' }).check();
  await expect(vera.getByRole('dialog')).toContainText('I, Vera Editor, have read');
  await vera.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
  await expect(vera.getByText('Nothing blocks publishing')).toBeVisible();
  await vera.getByRole('button', { name: 'Publish to library' }).click();
  await expect(vera.getByText('Published', { exact: true })).toBeVisible();
  const { source } = await read(vera);
  expect(source).toContain('late by the days given');
  await Promise.all([ines, tom, vera].map((one) => one.context().close()));
});

test('a draft is closed, taken back, and put away again', async ({ page }) => {
  await page.goto('/');
  await api(page, 'POST', '/drafts', { name: 'experiment/short-lived', title: 'Short-lived' });
  await page.goto('/drafts/experiment%2Fshort-lived');
  await expect(page.getByText('ends in 30 days')).toBeVisible();
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: 'Close the draft' }).click();
  await expect(page.getByText('Short-lived is closed')).toBeVisible();
  await page.getByRole('button', { name: 'Undo' }).click();
  const written = page.getByRole('region', { name: /Being written/ });
  await expect(written.getByRole('link', { name: /Short-lived/ })).toBeVisible();
  await page.goto('/drafts/experiment%2Fshort-lived');
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: 'Delete the draft' }).click();
  await page.goto('/drafts/experiment%2Fshort-lived');
  await expect(page.getByText(/This draft was deleted/)).toBeVisible();
  await page.getByRole('button', { name: 'Restore' }).click();
  await expect(page.getByRole('button', { name: 'More' })).toBeVisible();
});

test('an urgent fix goes live at once, and its review is owed until somebody gives it', async ({
  page,
  browser,
}) => {
  await page.goto('/');
  const sofia = await somebody(browser, page, 'Sofia Second', 'publisher');
  await api(page, 'POST', '/drafts', { name: 'hotfix/dead-link', title: 'Dead link' });
  const { source } = await read(page);
  await api(page, 'POST', '/versions', {
    draft: 'hotfix/dead-link',
    subject: 'Take the dead link out',
    record: { problem: 'The link leads nowhere' },
    files: [{ path, content: `${source}\nName no link.\n` }],
  });
  await page.goto('/drafts/hotfix%2Fdead-link');
  await page.getByRole('button', { name: 'Go live now' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('button', { name: 'Go live now' })).toBeDisabled();
  await dialog.getByRole('textbox', { name: /Why can it not wait/ }).fill('Customers land on an error page');
  await dialog.getByRole('button', { name: 'Go live now' }).click();
  await expect(page.getByRole('heading', { name: /A review is owed by/ })).toBeVisible();
  await sofia.goto('/reviews');
  await expect(sofia.getByText('a review is owed', { exact: true })).toBeVisible();
  await sofia
    .getByRole('link', { name: /Take the dead link out|Dead link/ })
    .first()
    .click();
  await sofia.getByRole('button', { name: 'Give the review' }).click();
  await sofia.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
  await expect(sofia.getByText(/gave the review that was owed/)).toBeVisible();
  await sofia.context().close();
});

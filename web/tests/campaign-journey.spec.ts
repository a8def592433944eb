import { expect, type Page, test } from '@playwright/test';
import { expectAccessible } from './axe.ts';
import { api, somebody } from './people.ts';

const prompt = 'ads/social/retargeting';
const path = `prompts/${prompt}.prompt`;
const flow = 'workflows/lead-to-sequence.workflow.yaml';
const draft = 'campaign/sharper-answers';
const onDraft = `draft=${encodeURIComponent(draft)}`;

const ANSWER = '- Answer the question in one sentence; that is the whole ad.';
const LENGTH = '- Primary text at most 125 characters, headline at most 40.';
const TASK = 'Task: a second look at one product';

type Read = { source: string };
const read = async (page: Page, id: string, query = onDraft) =>
  (await api<Read>(page, 'GET', `/prompts/${encodeURIComponent(id)}?${query}`)).source;

/** Opens the text on the draft, as somebody who begins to write. */
async function open(page: Page, id: string) {
  await page.goto(`/prompts/${encodeURIComponent(id)}/edit?${onDraft}`);
  await expect(page.getByRole('textbox', { name: /^Text of/ })).toBeVisible();
}

/** Puts another text into the editor that is open. */
async function type(page: Page, text: string) {
  await page.getByRole('textbox', { name: /^Text of/ }).click();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText(text);
}

/** Says what changed and why, and saves. What comes of it is left to the caller. */
async function save(page: Page, what: string, why: string) {
  await page.getByRole('button', { name: 'Save version' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'What changed' }).fill(what);
  await dialog.getByRole('textbox', { name: 'Problem seen' }).fill(why);
  await dialog.getByRole('button', { name: 'Save version' }).click();
  return dialog;
}

/** Everybody with a browser of their own; `page` is the administrator’s. */
type Desk = { una: Page; ben: Page; eve: Page; page: Page };

/** Two people write on one draft; the library moves, and a third brings them together. */
async function together({ una, ben, eve, page }: Desk) {
  const begin = await read(una, prompt);
  for (const line of [ANSWER, LENGTH, TASK]) expect(begin).toContain(line);
  await test.step('both write on the same draft; the second is told, and both texts stand', async () => {
    await open(una, prompt);
    await open(ben, prompt);
    await type(ben, begin.replace(LENGTH, '- Primary text at most 110 characters, headline at most 36.'));
    await type(una, begin.replace(TASK, 'Task: an honest second look at one product'));
    await expect(await save(una, 'Ask for honesty', 'Readers felt pressed')).toBeHidden();
    // The news reaches Ben while he writes; what he has written stays in front of him.
    const moved = ben.getByRole('region', { name: 'Saved meanwhile' });
    await expect(moved).toContainText(
      'The draft sharper answers has moved: Una Writer saved this text meanwhile',
    );
    await moved.getByRole('button', { name: 'See what changed' }).click();
    await expect(moved.locator('ins').filter({ hasText: 'honest' })).toBeVisible();
    await expect(ben.getByRole('textbox', { name: /^Text of/ })).toContainText('at most 110 characters');
    await expectAccessible(ben, 'an editor whose text has moved');
    await expect(await save(ben, 'Shorter texts', 'The end is cut on phones')).toBeHidden();
    await expect(ben.getByText('What was saved meanwhile stands in it, too.')).toBeVisible();
    const both = await read(ben, prompt);
    expect(both).toContain('an honest second look');
    expect(both).toContain('at most 110 characters');
  });

  await test.step('both change the same line; the second chooses, and nothing is lost', async () => {
    const now = await read(una, prompt);
    await open(una, prompt);
    await open(ben, prompt);
    await type(ben, now.replace(ANSWER, '- Answer in ten words; that is the whole ad.'));
    await type(una, now.replace(ANSWER, '- Answer the question first; that is the whole ad.'));
    await expect(await save(una, 'Answer first', 'The answer comes last')).toBeHidden();
    await expect(ben.getByRole('region', { name: 'Saved meanwhile' })).toBeVisible();
    const dialog = await save(ben, 'Answer in ten words', 'The answer is long');
    await expect(dialog).toContainText('Two people changed the same part');
    await expect(dialog).toContainText('first; that is the whole ad');
    await expectAccessible(ben, 'choosing what it shall say');
    await dialog.getByRole('button', { name: /Use your wording/ }).click();
    await dialog.getByRole('button', { name: 'Save version' }).click();
    await expect(dialog).toBeHidden();
    expect(await read(ben, prompt)).toContain('- Answer in ten words; that is the whole ad.');
    // Una's wording is in the history of the draft.
    await ben.goto(`/drafts/${encodeURIComponent(draft)}`);
    const saved = ben.getByRole('complementary', { name: 'Saved here' });
    await expect(saved.getByText('Answer first')).toBeVisible();
    await expect(saved.getByText('Answer in ten words')).toBeVisible();
  });

  await test.step('the library moves in the same part; a third person decides', async () => {
    const library = await read(page, prompt, '');
    await api(page, 'POST', '/versions', {
      subject: 'Answer from the product page',
      record: { problem: 'Answers were invented' },
      files: [
        { path, content: library.replace(ANSWER, '- Answer from the facts given; that is the whole ad.') },
      ],
    });
    await eve.goto(`/drafts/${encodeURIComponent(draft)}`);
    await expect(eve.getByText('Two people changed the same part of a file')).toBeVisible();
    await eve.getByRole('link', { name: 'Decide what stands' }).click();
    await expect(eve.getByRole('button', { name: 'Save what I decided' })).toBeDisabled();
    await eve.keyboard.press('j');
    await eve.keyboard.press('4');
    await eve
      .getByRole('textbox', { name: 'Part 1, your wording' })
      .fill(
        '- Answer in ten words, from the facts given; that is the whole ad. No "still interested?", no "come back".',
      );
    await expect(eve.getByText('Everything is decided.')).toBeVisible();
    await eve.getByRole('button', { name: 'Save what I decided' }).click();
    await expect(eve.getByText('Decided and saved')).toBeVisible();
  });
}

test.use({ actionTimeout: 20_000 });

test('a campaign of three: written together, decided, reviewed, held back, mended, published, released', async ({
  page,
  browser,
}) => {
  test.setTimeout(180_000);
  await page.goto('/');
  const una = await somebody(browser, page, 'Una Writer', 'author');
  const ben = await somebody(browser, page, 'Ben Writer', 'author');
  const eve = await somebody(browser, page, 'Eve Editor', 'publisher');

  await test.step('Una makes the campaign', async () => {
    await una.goto('/drafts');
    await una.getByRole('button', { name: 'New draft' }).first().click();
    await una.getByRole('textbox', { name: 'Name' }).fill('Sharper answers');
    await una.getByRole('button', { name: 'Make the draft' }).click();
    await expect(una.getByRole('heading', { level: 1, name: 'Sharper answers' })).toBeVisible();
  });

  await together({ una, ben, eve, page });

  let review = '';
  await test.step('Una sends it for review', async () => {
    await una.goto(`/drafts/${encodeURIComponent(draft)}`);
    await una.getByRole('link', { name: 'Send for review' }).click();
    await una.getByRole('textbox', { name: 'What it brings' }).fill('Answer in ten words, from facts');
    await una.getByRole('combobox', { name: 'Who should look at it?' }).click();
    await una.getByRole('option', { name: 'Eve Editor' }).click();
    await una.keyboard.press('Escape');
    await una.getByRole('button', { name: 'Send for review' }).click();
    await expect(
      una.getByRole('heading', { level: 1, name: 'Answer in ten words, from facts' }),
    ).toBeVisible();
    review = new URL(una.url()).pathname;
  });

  await test.step('Eve suggests another wording; Una takes it over', async () => {
    await eve.goto(review);
    const line = eve.locator('.marked-line', { hasText: 'headline at most' });
    await line.hover();
    await line.getByRole('button', { name: /Comment on line/ }).click();
    const note = eve.getByRole('form', { name: /New discussion, Line/ });
    await note.getByRole('textbox', { name: /Your comment/ }).fill('Headlines are cut at 30.');
    await note.getByRole('checkbox', { name: 'Suggest another wording' }).check();
    await note
      .getByRole('textbox', { name: 'The wording you suggest' })
      .fill('- Primary text at most 110 characters, headline at most 30.');
    await note.getByRole('button', { name: 'Suggest' }).click();
    await expect(eve.getByText('Suggested', { exact: true })).toBeVisible();
    await una.getByRole('button', { name: 'Take it over' }).click();
    await expect(una.getByText(/Suggestion taken over by Una Writer/)).toBeVisible();
    expect(await read(una, prompt)).toContain('headline at most 30.');
  });

  const blocking = eve.getByRole('region', { name: 'What blocks publishing' });
  await test.step('a rename breaks the workflow that feeds it, and publishing is held back in words', async () => {
    const now = await read(ben, prompt);
    await open(ben, prompt);
    await type(
      ben,
      now.replace('    answer: string,', '    reply: string,').replace('{{answer}}', '{{reply}}'),
    );
    await expect(await save(ben, 'Call the answer a reply', 'The shop calls it reply')).toBeHidden();
    await eve.goto(review);
    await expect(blocking).toContainText('Lead to sequence');
    await expect(blocking).toContainText('reply');
    await expect(blocking).toContainText(/still blocks? publishing/);
    await expect(eve.getByRole('button', { name: 'Publish to library' })).toHaveCount(0);
    await expectAccessible(eve, 'a review that is held back');
  });

  await test.step('the workflow is mended in the same campaign, and it is free', async () => {
    await ben.goto(review);
    await ben.getByRole('link', { name: 'Mend it' }).first().click();
    await expect(ben).toHaveURL(new RegExp(`${encodeURIComponent(flow)}/edit`));
    await expect(ben.getByRole('region', { name: 'Problems found' })).toBeVisible();
    await type(
      ben,
      (await read(ben, flow)).replace(
        'answer: {from: attributes.buyer_question}',
        'reply: {from: attributes.buyer_question}',
      ),
    );
    await expect(ben.getByText('No problems found')).toBeVisible();
    await expect(await save(ben, 'Feed the reply', 'The input has another name')).toBeHidden();
    await expect(ben.getByText('Everything fits')).toBeVisible();
    await ben.goto(`/drafts/${encodeURIComponent(draft)}`);
    await expect(
      ben.getByRole('list', { name: 'Changed files' }).getByRole('link', { name: flow, exact: true }),
    ).toBeVisible();
    // Eve's page has heard of it by itself.
    await expect(blocking).toContainText('Nothing blocks publishing');
  });

  await test.step('Eve approves and publishes; the campaign reaches the library as one', async () => {
    await eve.getByRole('button', { name: 'Review', exact: true }).click();
    await eve.getByRole('dialog').getByRole('radio', { name: 'Approve' }).check();
    await eve.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
    await eve.getByRole('button', { name: 'Publish to library' }).click();
    await expect(eve.getByText('Published', { exact: true })).toBeVisible();
    expect(await read(eve, prompt, '')).toContain('{{reply}}');
    expect(await read(eve, flow, '')).toContain('reply: {from: attributes.buyer_question}');
    await eve.goto('/workflows/lead-to-sequence');
    await expect(eve.getByText('Everything fits')).toBeVisible();
  });

  await test.step('a release is made of it', async () => {
    await eve.goto('/releases');
    await eve.getByRole('button', { name: 'Make a release' }).click();
    await eve.getByRole('textbox', { name: 'What is it for?' }).fill('Sharper answers');
    await eve.getByRole('dialog').getByRole('button', { name: 'Make the release' }).click();
    await expect(eve.getByRole('heading', { level: 1, name: /^Release \d+$/ })).toBeVisible();
    await expect(eve.getByText('Sharper answers').first()).toBeVisible();
    await expect(eve.getByRole('link', { name: /retargeting/i }).first()).toBeVisible();
  });
  await Promise.all([una, ben, eve].map((one) => one.context().close()));
});

import { expect, type Page, test } from '@playwright/test';
import { expectAccessible, expectNoSidewaysScroll } from './axe.ts';
import { api } from './people.ts';

const prompt = 'email/service/order-confirmation';
const draft = 'campaign/clear-orders';

/** A draft under review with discussions, where the library has another wording of the same part. */
async function seed(page: Page) {
  await page.goto('/');
  const known = await api<{ name: string }[]>(page, 'GET', '/drafts');
  if (known.some((one) => one.name === draft)) return;
  const { items } = await api<{ items: { id: string; path: string }[] }>(
    page,
    'GET',
    '/prompts?folder=prompts/email/service&limit=50',
  );
  const file = items.find((one) => one.id === prompt) ?? items[0];
  if (!file) throw new Error('the sample has no service e-mail');
  const { source } = await api<{ source: string }>(page, 'GET', `/prompts/${encodeURIComponent(file.id)}`);
  const lines = source.split('\n');
  const task = lines.findIndex((line) => line.startsWith('Task:'));
  const temperature = lines.findIndex((line) => line.trim().startsWith('temperature:'));
  const write = (text: string, heat: string) =>
    lines
      .map((line, at) => (at === task ? text : at === temperature ? line.replace(/[\d.]+$/, heat) : line))
      .join('\n');
  const save = (on: string | undefined, content: string, subject: string) =>
    api(page, 'POST', '/versions', {
      draft: on,
      subject,
      record: { problem: 'Readers ask what happens next' },
      files: [{ path: file.path, content }],
    });
  await api(page, 'POST', '/drafts', { name: draft, title: 'Clear orders' });
  await save(draft, write('Task: say what happens next, and when.', '0.1'), 'Say what happens next');
  const { number } = await api<{ number: number }>(page, 'POST', '/changes', {
    draft,
    title: 'Say what happens next',
    record: { problem: 'Readers ask what happens next' },
  });
  await api(page, 'POST', `/changes/${number}/threads`, {
    anchor: { path: file.path, side: 'new', line: task + 1 },
    text: 'Can it be shorter?',
    suggestion: 'Task: say what comes next, and when.',
  });
  await api(page, 'POST', `/changes/${number}/threads`, {
    anchor: { path: file.path, field: 'config.temperature' },
    text: 'Why colder?',
  });
  await api(page, 'POST', `/changes/${number}/threads`, { text: 'Who tells the shops?' });
  await save(undefined, write('Task: thank the person, then say what happens.', '0.2'), 'Thank first');
  process.env.VARIORUM_REVIEW = String(number);
}

test.beforeAll(async ({ browser, baseURL }) => {
  const { signedIn } = await import('./paths.ts');
  const context = await browser.newContext({ baseURL, storageState: signedIn });
  await seed(await context.newPage());
  await context.close();
});

const screens = [
  '/drafts?view=table',
  `/drafts/${encodeURIComponent(draft)}`,
  `/drafts/${encodeURIComponent(draft)}/resolve`,
  '/drafts/campaign%2Fwarmer-welcome/send',
  '/reviews',
  '/reviews?tab=open',
  '/reviews?tab=done',
  'REVIEW',
];
const address = (screen: string) => screen.replace('REVIEW', `/reviews/${process.env.VARIORUM_REVIEW ?? 1}`);

async function open(page: Page, screen: string) {
  await page.goto(address(screen));
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
}

for (const scheme of ['light', 'dark'] as const) {
  test.describe(scheme, () => {
    test.use({ colorScheme: scheme });
    for (const screen of screens) {
      test(`${screen} is accessible`, async ({ page }) => {
        await open(page, screen);
        await expectAccessible(page, `${screen} in ${scheme}`);
      });
    }
    test('dialogs and views of a review are accessible', async ({ page }) => {
      await open(page, 'REVIEW');
      await page.getByText('What the model reads').first().click();
      await expect(page.getByText('Shown for')).toBeVisible();
      await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
      await expectAccessible(page, `the preview in ${scheme}`);
      await page.getByRole('button', { name: 'Say something' }).click();
      await expect(page.getByRole('dialog')).toBeVisible();
      await expectAccessible(page, `giving a review in ${scheme}`);
    });
  });
}

test.describe('narrow', () => {
  test.use({ viewport: { width: 390, height: 844 } });
  for (const screen of screens) {
    test(`${screen} fits a phone`, async ({ page }) => {
      await open(page, screen);
      await expectNoSidewaysScroll(page);
    });
  }
});

const gitWords = /\b(commits?|branch(es)?|merged?|pull request|rebase|conflicts?|repository|push(ed)?)\b/i;

test('no word of Git shows on these screens', async ({ page }) => {
  for (const screen of screens) {
    await open(page, screen);
    const text = await page.locator('main').innerText();
    expect(gitWords.exec(text)?.[0], `a word of Git on ${screen}`).toBeUndefined();
  }
});

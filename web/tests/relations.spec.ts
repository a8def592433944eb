import { expect, type Page, test } from '@playwright/test';
import { expectAccessible, expectNoSidewaysScroll } from './axe.ts';
import { api } from './people.ts';

const partial = 'prompts/partials/_house-rules.prompt';
const welcome = 'prompts/email/onboarding/welcome.prompt';
const lead = 'ads/audience/segment-lead';

type Source = { source: string };
const source = async (page: Page, id: string) =>
  (await api<Source>(page, 'GET', `/prompts/${encodeURIComponent(id)}`)).source;

test('the map draws what a prompt reaches, says why, and leads there by keyboard', async ({ page }) => {
  await page.goto(`/prompts/${encodeURIComponent('email/onboarding/welcome')}`);
  await page.getByRole('link', { name: 'What it reaches' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'What “Welcome e-mail” reaches' })).toBeVisible();
  await expect(page.getByText('It breaks nothing that others count on.')).toBeVisible();
  const map = page.getByRole('region', { name: /^Map of what is reached/ });
  const begin = map.getByRole('button', { name: /Welcome e-mail/ });
  await expect(begin).toHaveAttribute('tabindex', '0');
  await begin.focus();
  await page.keyboard.press('ArrowRight');
  await expect(begin).not.toBeFocused();
  await expect(map.locator('button:focus')).toHaveCount(1);
  await map.getByRole('button', { name: /Ad cost per order/ }).click();
  const chosen = page.getByRole('complementary', { name: 'What is chosen' });
  await expect(chosen).toContainText('Lead to sequence runs Welcome e-mail.');
  await expect(chosen).toContainText('Lead to sequence is meant to move Ad cost per order.');
  await expectAccessible(page, 'the map with something chosen');
  await map.getByRole('button', { name: /Workflow.*Lead to sequence/ }).focus();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/workflows\/lead-to-sequence/);
});

test('the map of a shared part is bounded, and narrows to kinds', async ({ page }) => {
  await page.goto(`/map?prompt=${encodeURIComponent(partial)}`);
  const map = page.getByRole('region', { name: /^Map of what is reached/ });
  const boxes = map.locator('[data-box]');
  await expect(page.getByText(/^\d+ are drawn, \d+ are not\.$/)).toBeVisible();
  const before = await boxes.count();
  await page.getByRole('button', { name: 'Show more' }).click();
  await expect.poll(() => boxes.count()).toBeGreaterThan(before);
  await page.getByRole('button', { name: /Workflow$/ }).click();
  await expect(page).toHaveURL(/kinds=workflow/);
  await expect(map.getByRole('button', { name: /Lead to sequence/ })).toBeVisible();
  await expect.poll(() => boxes.count()).toBeLessThan(5);
  await page.getByRole('tab', { name: 'Table' }).click();
  const table = page.getByRole('table', { name: 'Everything that is reached, and why' });
  await expect(table.getByRole('row')).toHaveCount(2);
  await expect(table.getByRole('row').nth(1)).toContainText('Workflow');
  await page.getByRole('button', { name: 'Show all kinds' }).click();
  const rows = await table.getByRole('row').count();
  await page.getByRole('button', { name: 'Show more' }).click();
  await expect.poll(() => table.getByRole('row').count()).toBeGreaterThan(rows);
});

test('a draft that breaks a workflow shows what breaks, where, on the map and in the workflow', async ({
  page,
}) => {
  await page.goto('/');
  const before = await source(page, lead);
  const after = before.replace('segment(enum, the one best segment)', 'group(enum, the one best group)');
  expect(after).not.toBe(before);
  const draft = 'campaign/groups-of-leads';
  await api(page, 'POST', '/drafts', { name: draft, title: 'Groups of leads' });
  await api(page, 'POST', '/versions', {
    draft,
    subject: 'Call a segment a group',
    record: { problem: 'Segment means two things' },
    files: [{ path: `prompts/${lead}.prompt`, content: after }],
  });
  await page.goto(`/drafts/${encodeURIComponent(draft)}`);
  await page.getByRole('link', { name: 'What it reaches' }).click();
  const breaks = page.getByRole('region', { name: /would break$/ });
  await expect(breaks).toContainText('“Lead segmentation”');
  const place = breaks.getByRole('link', { name: /lead-to-sequence\.workflow\.yaml, lines? \d+/ }).first();
  await expect(place).toBeVisible();
  const map = page.getByRole('region', { name: /^Map of what is reached/ });
  await expect(map.getByRole('button', { name: /Workflow \d+ broken Lead to sequence/ })).toBeVisible();
  await expectAccessible(page, 'a map with what breaks');
  await place.click();
  const problems = page.getByRole('region', { name: /^\d+ problems/ });
  await expect(problems).toContainText(/Line \d+/);
  await problems.getByRole('button', { name: 'Which welcome e-mail?' }).first().click();
  await expect(page.getByRole('complementary', { name: 'The chosen step' })).toContainText(
    'The first that holds',
  );
  await expectAccessible(page, 'a workflow with problems');
  await page.getByRole('link', { name: 'Read it as it is in the library' }).click();
  await expect(page.getByText('Everything fits')).toBeVisible();
});

test('a breaking rename is mended in the workflow, in the same campaign, while it is drawn', async ({
  page,
}) => {
  await page.goto('/');
  const draft = 'campaign/groups-with-their-flow';
  const path = 'workflows/lead-to-sequence.workflow.yaml';
  const before = await source(page, lead);
  await api(page, 'POST', '/drafts', { name: draft, title: 'Groups with their flow' });
  await api(page, 'POST', '/versions', {
    draft,
    subject: 'Call a segment a group',
    record: { problem: 'Segment means two things' },
    files: [
      {
        path: `prompts/${lead}.prompt`,
        content: before.replace('segment(enum, the one best segment)', 'group(enum, the one best group)'),
      },
    ],
  });
  await page.goto(`/workflows/lead-to-sequence?draft=${encodeURIComponent(draft)}`);
  await page.getByRole('link', { name: 'Edit' }).click();
  await expect(page.getByRole('region', { name: 'Problems found' })).toContainText('line 45');
  const drawn = page.getByRole('region', { name: 'The workflow' });
  await expect(drawn.getByRole('button', { name: /2 problems.*Which welcome e-mail/ })).toBeVisible();
  await expectAccessible(page, 'the editor of a workflow');
  const flow = await source(page, path);
  const text = page.getByRole('textbox', { name: 'Text of Lead to sequence' });
  await text.click();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText(
    flow.replaceAll('steps.segment.output.segment', 'steps.segment.output.group'),
  );
  await expect(page.getByText('No problems found')).toBeVisible();
  await expect(drawn.getByText('group is explorer')).toBeVisible();
  await page.getByRole('button', { name: 'Save version' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'What changed' }).fill('Read the group');
  await dialog.getByRole('textbox', { name: 'Problem seen' }).fill('The segment is called group now');
  await dialog.getByRole('button', { name: 'Save version' }).click();
  await expect(page).toHaveURL(/\/workflows\/lead-to-sequence\?draft=/);
  await expect(page.getByText('Everything fits')).toBeVisible();
  await page.getByRole('link', { name: 'What it reaches' }).click();
  await expect(page.getByText('It breaks nothing that others count on.')).toBeVisible();
});

test('a workflow is walked by keyboard, with typed values', async ({ page }) => {
  await page.goto('/');
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Workflows' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Workflows' })).toBeVisible();
  await expect(page.getByRole('list', { name: 'Workflows' }).getByRole('link').first()).toBeVisible();
  await page.keyboard.press('/');
  await expect(page.getByRole('textbox', { name: 'Search the workflows' })).toBeFocused();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.getByRole('list', { name: 'Workflows' }).getByRole('link').first().click();
  const steps = page.getByRole('region', { name: /^The steps/ });
  await steps.getByRole('button', { name: /It begins/ }).focus();
  await page.keyboard.press('ArrowDown');
  await expect(steps.getByRole('button', { name: /Sort the lead/ })).toBeFocused();
  const chosen = page.getByRole('complementary', { name: 'The chosen step' });
  await expect(chosen).toContainText('region one of de, uk, us');
  await expect(steps.getByText('segment is explorer')).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/prompts\/ads%2Faudience%2Fsegment-lead/);
});

test('free text in the palette goes to the search, which ranks, shows why, narrows and corrects', async ({
  page,
}) => {
  await page.goto('/');
  // The page listens for keys once it is there.
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: /Search prompts/ }).fill('starter box');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/search\?q=starter/);
  const found = page.getByRole('list', { name: 'Found' });
  await expect(found.locator('mark').first()).toHaveText(/starter/i);
  await page.getByRole('button', { name: /^Germany/ }).click();
  await expect(page).toHaveURL(/region=de/);
  await expect(found.getByRole('listitem')).toHaveCount(1);
  await page.reload();
  await expect(found.getByRole('listitem')).toHaveCount(1);
  await page.getByRole('button', { name: 'Take away Germany' }).click();
  await expect.poll(() => found.getByRole('listitem').count()).toBeGreaterThan(1);
  const field = page.getByRole('textbox', { name: 'Words to find' });
  await field.fill('wlecome');
  await expect(page.getByText('“wlecome” occurs nowhere')).toBeVisible();
  await field.press('ArrowDown');
  await expect(found.getByRole('link').first()).toBeFocused();
  await page.keyboard.press('ArrowUp');
  await expect(field).toBeFocused();
  await field.fill('');
  await expect(page.getByRole('heading', { name: 'What are you looking for?' })).toBeVisible();
});

test('a search that fails says so, and can be tried again', async ({ page }) => {
  await page.route('**/api/v1/search*', (route) =>
    route.fulfill({
      status: 400,
      contentType: 'application/problem+json',
      body: JSON.stringify({
        status: 400,
        detail: 'The index is being made.',
        hint: 'Try again in a minute.',
      }),
    }),
  );
  await page.goto('/search?q=welcome');
  await expect(page.getByRole('alert').filter({ hasText: 'The index is being made.' })).toBeVisible();
  await page.unroute('**/api/v1/search*');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('list', { name: 'Found' })).toBeVisible();
});

test.describe('a matrix', () => {
  // Colours that are still on their way from one theme to the other would be judged.
  test.use({ contextOptions: { reducedMotion: 'reduce' } });
  test('a base shows who differs from it, and how', async ({ page }) => {
    await page.goto('/');
    const draft = 'campaign/one-hello';
    const base = (await source(page, 'email/onboarding/welcome'))
      .replace('Welcome e-mail', 'Hello e-mail')
      .replace('config:\n', 'variorum.open: [config.temperature]\nconfig:\n')
      .replace(
        'Task: greet',
        '{{! slot greeting: How it opens }}\nThank them.\n{{! /slot }}\n{{! slot proof: One proof }}\nName one award.\n{{! /slot }}\nTask: greet',
      );
    const fills = (slot: string, text: string) => `{{! slot ${slot} }}\n${text}\n{{! /slot }}\n`;
    await api(page, 'POST', '/drafts', { name: draft, title: 'One hello' });
    await api(page, 'POST', '/versions', {
      draft,
      subject: 'Open two slots',
      record: { problem: 'Copies drift apart' },
      files: [
        { path: 'prompts/email/hello.prompt', content: base },
        {
          path: 'prompts/email/hello.finch.prompt',
          content: `---\nvariorum.brand: finch\nconfig:\n  temperature: 0.4\n---\n${fills('greeting', 'Good morning!')}`,
        },
        { path: 'prompts/email/hello.finch.de.prompt', content: fills('proof', 'Name the spring test.') },
      ],
    });
    const at = `/prompts/${encodeURIComponent('email/hello')}?draft=${encodeURIComponent(draft)}&tab=variations`;
    await page.goto(at);
    await expect(page.getByText('Both variations differ from the base.')).toBeVisible();
    const matrix = page.getByRole('table', { name: /^Slots and settings down/ });
    const greeting = matrix.getByRole('row', { name: /^greeting/i });
    await expect(greeting.getByRole('cell').nth(0)).toHaveText('Thank them.');
    await expect(greeting.getByRole('cell').nth(1)).toContainText('inherited from hello.finch');
    await expect(greeting.getByRole('cell').nth(2)).toContainText('own');
    await expect(
      matrix
        .getByRole('row', { name: /^proof/i })
        .getByRole('cell')
        .nth(2),
    ).toHaveText('as the base');
    for (const scheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      await expectAccessible(page, `variations in ${scheme}`);
    }
    await page.setViewportSize({ width: 390, height: 844 });
    await expectNoSidewaysScroll(page);
    await matrix.getByRole('link', { name: 'Finch · DE' }).click();
    await expect(page.getByRole('tab', { name: 'Variations' })).toBeVisible();
  });
});

test('on a phone the table comes first, and it says the same as the map', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`/map?prompt=${encodeURIComponent(welcome)}`);
  await expect(page.getByRole('tab', { name: 'Table' })).toHaveAttribute('aria-selected', 'true');
  await expect(
    page.getByText(
      /“Lead to sequence” is meant to move Ad cost per order; “Lead to sequence” runs “Welcome e-mail”\./,
    ),
  ).toBeVisible();
  await page.goto('/workflows/lead-to-sequence');
  await expect(page.getByRole('tab', { name: /^Table/ })).toHaveAttribute('aria-selected', 'true');
});

test('the drawing is fetched only where one is looked at', async ({ page }) => {
  const fetched: string[] = [];
  page.on('request', (request) => fetched.push(new URL(request.url()).pathname));
  await page.goto('/');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await page.goto('/search?q=welcome');
  await expect(page.getByRole('list', { name: 'Found' })).toBeVisible();
  expect(fetched.filter((path) => /\/Graph-/.test(path))).toEqual([]);
  await page.goto('/workflows/lead-to-sequence?view=map');
  await expect(page.getByRole('region', { name: /^The steps/ })).toBeVisible();
  expect(fetched.filter((path) => /\/Graph-.*\.js$/.test(path))).toHaveLength(1);
});

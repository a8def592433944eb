import { expect, type Page, test } from '@playwright/test';
import { expectAccessible, expectNoSidewaysScroll } from './axe.ts';

const prompt = process.env.VARIORUM_PROMPT ?? 'email/onboarding/welcome';
const at = `/prompts/${encodeURIComponent(prompt)}`;
const screens = [
  '/',
  '/library',
  at,
  `${at}?tab=rendered`,
  `${at}?tab=versions`,
  `${at}?tab=uses`,
  `${at}?tab=results`,
  `${at}?tab=source`,
  `${at}/compare`,
  `${at}/edit`,
  '/new',
  '/drafts',
  '/map',
  '/map?prompt=_house-rules',
  `/map?prompt=${encodeURIComponent(prompt)}&view=map`,
  `/map?prompt=${encodeURIComponent(prompt)}&view=table`,
  '/workflows',
  '/workflows/lead-to-sequence?view=map&step=welcome',
  '/workflows/lead-to-sequence?view=table',
  '/workflows/lead-to-sequence?view=inputs',
  '/workflows/lead-to-sequence?view=source',
  `/prompts/${encodeURIComponent('workflows/lead-to-sequence.workflow.yaml')}/edit`,
  '/search',
  '/search?q=welcome&tag=onboarding',
  '/search?q=nothinglikethis',
  '/releases',
  '/live',
  '/planner',
  '/incidents',
  '/regressions',
  '/journeys',
  '/ledger',
  '/kpis',
  '/data',
  '/data?tab=webhooks',
  '/activity',
  '/people',
  '/settings',
  '/sign-in',
  '/start',
  ...(process.env.VARIORUM_SCREENS?.split(' ') ?? []),
];

/** Names that the server marks as code are set as code; sources and texts of prompts keep their own marks. */
async function expectNoMarks(page: Page) {
  const marked = await page.locator('main').evaluate((main) => {
    const words = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
    const found: string[] = [];
    for (let node = words.nextNode(); node; node = words.nextNode()) {
      const text = node.textContent ?? '';
      const own = 'code, pre, textarea, .cm-editor, .mono, .prompt-text';
      if (/`[^`]+`/.test(text) && !node.parentElement?.closest(own)) found.push(text);
    }
    return found;
  });
  expect(marked).toEqual([]);
}

for (const scheme of ['light', 'dark'] as const) {
  test.describe(scheme, () => {
    test.use({ colorScheme: scheme });
    for (const screen of screens) {
      test(`${screen} is accessible`, async ({ page }) => {
        await page.goto(screen);
        await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
        await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
        await expectAccessible(page, `${screen} in ${scheme}`);
        if (scheme === 'light') await expectNoMarks(page);
      });
    }
  });
}

test.describe('narrow', () => {
  test.use({ viewport: { width: 390, height: 844 } });
  for (const screen of screens) {
    test(`${screen} fits a phone`, async ({ page }) => {
      await page.goto(screen);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
      await expectNoSidewaysScroll(page);
    });
  }
});

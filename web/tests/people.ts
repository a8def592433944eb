import type { Browser, Page } from '@playwright/test';

type Answer = { link: string };

/** Asks the API as whoever is signed in on the page. */
export async function api<T>(page: Page, method: string, path: string, body?: unknown): Promise<T> {
  return page.evaluate(
    async ([verb, at, sent]) => {
      const answer = await fetch(`/api/v1${at}`, {
        method: verb as string,
        headers: { 'content-type': 'application/json', 'x-variorum': '1' },
        body: sent === undefined ? undefined : JSON.stringify(sent),
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${verb} ${at}: ${answer.status} ${text}`);
      return text === '' ? undefined : JSON.parse(text);
    },
    [method, path, body] as const,
  );
}

/** Invites somebody as the person signed in on `page`, and opens a browser of their own. */
export async function somebody(browser: Browser, page: Page, name: string, role: string): Promise<Page> {
  const email = `${name.toLowerCase().replace(/ /g, '.')}@guests.example`;
  const { link } = await api<Answer>(page, 'POST', '/people', {
    name,
    email,
    grants: [{ role, prefix: '' }],
  });
  const context = await browser.newContext({ baseURL: new URL(page.url()).origin, storageState: undefined });
  const theirs = await context.newPage();
  await theirs.goto(`/sign-in#${link.split('#')[1]}`);
  await theirs.getByRole('navigation', { name: 'Main' }).waitFor();
  return theirs;
}

import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { chromium, type FullConfig } from '@playwright/test';
import { signedIn } from './paths.ts';
import { startServer } from './server.ts';

/**
 * Starts the program named by `VARIORUM_BIN`, unless `VARIORUM_URL` names a server that runs already, and signs in
 * once for all journeys: a code works a single time. Without a code the cookie jar stays empty.
 */
export default async function signInOnce(config: FullConfig) {
  const binary = process.env.VARIORUM_BIN;
  let stop = () => {};
  if (!process.env.VARIORUM_URL && binary) {
    const server = await startServer(binary);
    process.env.VARIORUM_URL = server.url;
    process.env.VARIORUM_CODE = server.code;
    stop = server.stop;
  }
  const baseURL = process.env.VARIORUM_URL ?? config.projects[0]?.use.baseURL;
  const browser = await chromium.launch(config.projects[0]?.use.launchOptions);
  const context = await browser.newContext({ baseURL });
  const code = process.env.VARIORUM_CODE;
  if (code) {
    const page = await context.newPage();
    await page.goto(`/sign-in#${code}`);
    await page.getByRole('navigation', { name: 'Main' }).waitFor();
  }
  mkdirSync(dirname(signedIn), { recursive: true });
  await context.storageState({ path: signedIn });
  await browser.close();
  return stop;
}

import { defineConfig } from '@playwright/test';
import { signedIn } from './tests/paths.ts';

/** Journeys through a running server: `VARIORUM_URL` says where, `VARIORUM_CODE` is a sign-in code for it. */
export default defineConfig({
  testDir: './tests',
  globalSetup: './tests/sign-in.ts',
  outputDir: './test-results',
  timeout: 60_000,
  // On two busy cores an answer takes longer than the five seconds that are usual.
  expect: { timeout: 10_000 },
  fullyParallel: false,
  workers: 1,
  reporter: [['list']],
  use: {
    baseURL: process.env.VARIORUM_URL ?? 'http://127.0.0.1:4870',
    storageState: signedIn,
    viewport: { width: 1400, height: 1000 },
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    },
  },
});

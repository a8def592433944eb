import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, type Page, test } from '@playwright/test';
import { expectAccessible, expectNoSidewaysScroll } from './axe.ts';
import { mirrors } from './paths.ts';
import { api } from './people.ts';

const folder = mkdtempSync(join(tmpdir(), 'variorum-keys-'));

function run(program: string, args: string[], cwd = folder): string {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** A copy of the library in which commits are signed with a new key, as its owner would make it. */
function signingCopy(url: string, token: string, name: string, email: string) {
  const key = join(folder, 'key');
  run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'laptop of mine', '-f', key]);
  const address = url.replace('http://', `http://any:${token}@`);
  run('git', ['clone', '--quiet', `${address}/git/sample.git`, 'copy']);
  const copy = join(folder, 'copy');
  for (const [setting, value] of [
    ['user.name', name],
    ['user.email', email],
    ['gpg.format', 'ssh'],
    ['user.signingkey', `${key}.pub`],
    ['commit.gpgsign', 'true'],
  ])
    run('git', ['config', setting as string, value as string], copy);
  return { copy, publicKey: readFileSync(`${key}.pub`, 'utf8') };
}

const settings = async (page: Page) => {
  await page.goto('/settings');
  await expect(page.getByRole('heading', { level: 1, name: 'Settings' })).toBeVisible();
  await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
};

test('a key is added, signs what is pushed, and tells so; the version shows it', async ({ page }) => {
  await settings(page);
  const { actor } = await api<{ actor: { name: string; email: string } }>(page, 'GET', '/session');
  const { secret } = await api<{ secret: string }>(page, 'POST', '/tokens', {
    name: 'my copy',
    role: 'administrator',
  });
  const { copy, publicKey } = signingCopy(new URL(page.url()).origin, secret, actor.name, actor.email);
  const keys = page.getByRole('region', { name: 'Signing keys' });
  await keys.getByRole('button', { name: 'Add a key' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Public key' }).fill('not a key');
  await dialog.getByRole('button', { name: 'Add the key' }).click();
  await expect(dialog.getByRole('alert')).toContainText('one line that begins like');
  await dialog.getByRole('textbox', { name: 'Public key' }).fill(publicKey);
  await dialog.getByRole('button', { name: 'Add the key' }).click();
  const row = keys.getByRole('listitem').filter({ hasText: 'laptop of mine' });
  await expect(row).toContainText('has signed nothing lately');

  run('git', ['switch', '--quiet', '-c', 'campaign/signed-by-hand'], copy);
  run('git', ['mv', 'suites/claims-check.test.yaml', 'suites/claims.test.yaml'], copy);
  const why = ['--trailer', 'Problem: the name is long'];
  run('git', ['commit', '--quiet', '-m', 'Shorten a name', ...why], copy);
  run('git', ['push', '--quiet', 'origin', 'campaign/signed-by-hand'], copy);
  await settings(page);
  await expect(row).toContainText('signed 1 version lately');
  await expect(row.getByText('Verified')).toBeVisible();
  await page.goto(`/drafts/${encodeURIComponent('campaign/signed-by-hand')}`);
  const saved = page.getByRole('complementary', { name: 'Saved here' });
  await expect(saved.getByText(`Signed by ${actor.name}, verified`)).toBeVisible();
  await page.goto(`/prompts/${encodeURIComponent('email/onboarding/welcome')}?tab=versions`);
  await expect(page.getByText(/^Signed here for/).first()).toBeVisible();

  // The file that is offered makes `git` say the same.
  await settings(page);
  await keys.getByRole('button', { name: 'Show the file' }).click();
  const file = keys.getByRole('region', { name: 'allowed-signers' });
  await expect(file).toContainText(actor.email);
  await expect(file).toContainText('variorum-server');
  for (const scheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    await expectAccessible(page, `settings with keys in ${scheme}`);
  }
  await row.getByRole('button', { name: 'Remove the key laptop of mine' }).click();
  await page.getByRole('dialog').getByRole('textbox', { name: 'Why?' }).fill('The laptop was lost');
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await expect(row).toHaveCount(0);
});

test('a mirror is added, kept in step, and leads to what waits for a person', async ({ page }) => {
  test.setTimeout(120_000);
  await settings(page);
  const section = page.getByRole('region', { name: 'Mirrors' });
  await section.getByRole('button', { name: 'Add a mirror' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Address' }).fill('https://elsewhere.example/library.git');
  await dialog.getByRole('button', { name: 'Add the mirror' }).click();
  await expect(dialog.getByRole('alert')).toContainText('his server does not go to');
  await expectAccessible(page, 'adding a mirror');
  const place = join(mirrors, 'second.git');
  run('git', ['init', '--quiet', '--bare', '--initial-branch=main', place]);
  await dialog.getByRole('textbox', { name: 'Address' }).fill(`file://${place}`);
  await dialog.getByRole('textbox', { name: 'Name here' }).fill('second');
  await dialog.getByRole('button', { name: 'Add the mirror' }).click();
  await expect(dialog).toBeHidden();
  const row = section.getByRole('listitem').filter({ hasText: 'second.git' });
  // News of the first round arrive by themselves.
  await expect(row.getByText('In step')).toBeVisible({ timeout: 40_000 });
  const tip = run('git', ['rev-parse', 'main'], place).trim();
  const { items } = await api<{ items: { commit: string }[] }>(page, 'GET', '/commits?limit=1');
  expect(tip).toBe(items[0]?.commit);

  // Somebody works there against the rules: a version without a reason.
  run('git', ['clone', '--quiet', place, 'there']);
  const there = join(folder, 'there');
  run('git', ['config', 'user.name', 'Ola Elsewhere'], there);
  run('git', ['config', 'user.email', 'ola@elsewhere.example'], there);
  run('git', ['mv', 'suites/renewal-notice.test.yaml', 'suites/renewal.test.yaml'], there);
  run('git', ['commit', '--quiet', '-m', 'Shorten a name'], there);
  run('git', ['push', '--quiet', 'origin', 'main'], there);
  await section.getByRole('button', { name: 'Sync second now' }).click();
  await expect(row.getByText('Waits for you')).toBeVisible({ timeout: 40_000 });
  const waits = row.getByRole('list', { name: 'What waits in second' });
  await expect(waits).toContainText('main');
  for (const scheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    await expectAccessible(page, `settings with a mirror in ${scheme}`);
  }
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoSidewaysScroll(page);
  await page.setViewportSize({ width: 1400, height: 1000 });
  await waits.getByRole('link', { name: /^Open CH-/ }).click();
  await expect(
    page.getByRole('heading', { level: 1, name: /Bring in what second has on main/ }),
  ).toBeVisible();

  // A place that is gone is said in words, with what last worked.
  await settings(page);
  await section.getByRole('button', { name: 'Remove the mirror second' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await expect(row).toHaveCount(0);
});

test('a token is limited to its uses, and listed with them', async ({ page }) => {
  await settings(page);
  await page.getByRole('button', { name: 'New token' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Name' }).fill('till of the shop');
  await dialog.getByRole('checkbox', { name: 'Report what happened' }).uncheck();
  await expectAccessible(page, 'making a token');
  await dialog.getByRole('button', { name: 'Make the token' }).click();
  const secret = await dialog.locator('code').innerText();
  await dialog.getByRole('button', { name: 'Done' }).click();
  const row = page.getByRole('listitem').filter({ hasText: 'till of the shop' });
  await expect(row).toContainText('Only asks for prompts');
  const asked = (path: string, body?: object) =>
    page.request.fetch(`/api/v1${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      data: body,
    });
  expect((await asked('/prompts')).status()).toBe(403);
  const refused = await asked('/events', []);
  expect(await refused.json()).toMatchObject({ status: 403, code: 'limited-token' });
  const unknown = await asked('/resolve', { prompt: 'no/such', unit: '1' });
  expect(unknown.status(), 'it may ask').toBe(404);
});

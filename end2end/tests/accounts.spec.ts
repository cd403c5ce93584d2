// Accounts and domains: made in the panel, used by a real client, changed and deleted under it.

import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, open, signIn, test } from './fixtures';
import type { Wharf } from './support/wharf';

const LOGIN = 'bob-the-client';

/** What curl is answered when it lists the home. */
const list = (wharf: Wharf, password: string) => ['--silent', '--show-error', '--user', `${LOGIN}:${password}`, wharf.ftpUrl()];

/** curl downloads a large file of the account so slowly that it outlasts the test. */
async function download(wharf: Wharf, password: string, to: string) {
  const home = join(wharf.root, LOGIN);
  await mkdir(home, { recursive: true });
  await writeFile(join(home, 'large'), '');
  await truncate(join(home, 'large'), 400 * 1024 * 1024);
  return ['--silent', '--user', `${LOGIN}:${password}`, '--limit-rate', '100k', '-o', to, wharf.ftpUrl('large')];
}

const toast = (page: Page, text: string) => page.getByTestId('toast').filter({ hasText: text });

async function fits(page: Page) {
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  await page.setViewportSize({ width: 1280, height: 800 });
}

test('an account is made, used, given a new password, disabled, deleted and brought back', async ({ page, wharf, client, complaints }, info) => {
  complaints.expect(/422 .*(add|change)_account/);
  // The page of what is deleted asks once more.
  complaints.expect(/404 .*fn\/(account|ssh_keys)/);
  await signIn(page, wharf.admin);
  await page.getByTestId('nav-accounts').click();
  await fits(page);

  await page.getByTestId('account-add').click();
  const dialog = page.getByTestId('account-dialog');
  await expect(dialog.getByTestId('account-domain')).toHaveValue(wharf.domain);
  await dialog.getByTestId('account-login').fill(LOGIN);
  await dialog.getByTestId('account-password').fill('short');
  await dialog.getByTestId('limit-quota').fill('much');
  await dialog.getByTestId('account-confirm').click();
  await expect(dialog.getByRole('alert')).toHaveText(['A number, such as 250 or 1.5.']);
  await dialog.getByTestId('limit-quota').fill('1000.5');
  await dialog.getByTestId('account-confirm').click();
  await expect(dialog.getByRole('alert')).toHaveText(['A password has at least 8 characters.']);
  await dialog.getByTestId('password-suggest').click();
  await expect(dialog.getByTestId('account-password')).toHaveValue(/^[a-z2-9]{20}$/);
  const password = await dialog.getByTestId('account-password').inputValue();
  await dialog.getByTestId('account-confirm').click();
  await expect(dialog).toBeHidden();
  await expect(toast(page, 'is added')).toBeVisible();
  expect((await client('curl', list(wharf, password)).ended).code).toBe(0);

  await page.getByTestId('account-row').filter({ hasText: LOGIN }).getByRole('link').click();
  await expect(page.getByTestId('account-name')).toHaveText(`${LOGIN}@${wharf.domain}`);
  await expect(page.getByTestId('account-used')).toContainText('of 1.0 GB');
  await fits(page);

  // A new password ends what runs with the old one.
  const address = page.url();
  const first = client('curl', await download(wharf, password, info.outputPath('first')));
  await open(page, '/sessions');
  await expect(page.getByTestId('session-row').filter({ hasText: LOGIN })).toContainText('RETR');
  await open(page, address);
  await page.getByTestId('account-password').fill('a longer password');
  await page.getByTestId('password-set').click();
  await expect(toast(page, 'The password is changed. 1 session ended.')).toBeVisible();
  expect((await first.ended).code).not.toBe(0);
  expect((await client('curl', list(wharf, password)).ended).code).toBe(67);
  expect((await client('curl', list(wharf, 'a longer password')).ended).code).toBe(0);

  // Rights and limits come back as they were set.
  await page.getByTestId('rights-read-only').click();
  await page.getByTestId('limit-download').fill('1.5');
  await page.getByTestId('rights-save').click();
  await expect(toast(page, 'The account is changed. No session ended.')).toBeVisible();
  await open(page, address);
  await expect(page.getByTestId('right-write')).not.toBeChecked();
  await expect(page.getByTestId('right-read')).toBeChecked();
  await expect(page.getByTestId('limit-download')).toHaveValue('1.5');
  await expect(page.getByTestId('limit-quota')).toHaveValue('1000.5');

  await page.getByTestId('account-switch').click();
  await expect(page.getByTestId('account-state')).toHaveText('Disabled');
  expect((await client('curl', list(wharf, 'a longer password')).ended).code).toBe(67);
  await page.getByTestId('account-switch').click();
  await expect(page.getByTestId('account-state')).toHaveText('Enabled');

  // Deleted with a preview, and undone.
  await page.getByTestId('account-delete').click();
  const asked = page.getByTestId('delete-dialog');
  await expect(asked.getByTestId('delete-names')).toHaveText(`${LOGIN}@${wharf.domain}`);
  await expect(asked).toContainText('Files on disk are not touched');
  await asked.getByTestId('delete-confirm').click();
  await expect(page.getByTestId('accounts')).toBeVisible();
  const row = page.getByTestId('account-row').filter({ hasText: LOGIN });
  await expect(row).toHaveCount(0);
  expect((await client('curl', list(wharf, 'a longer password')).ended).code).toBe(67);
  await toast(page, '1 account deleted').getByTestId('toast-action').click();
  await expect(toast(page, 'It is back.')).toBeVisible();
  await expect(row).toHaveCount(1);
  expect((await client('curl', list(wharf, 'a longer password')).ended).code).toBe(0);
});

test('many accounts are disabled and deleted at once, and restored or purged from the list', async ({ page, wharf }) => {
  for (const login of ['many-one', 'many-two']) {
    await wharf.cli(['account', 'add', wharf.domain, login, '--password-stdin'], 'a password');
  }
  await signIn(page, wharf.admin);
  await open(page, '/accounts?search=many-');
  await expect(page.getByTestId('account-row')).toHaveCount(2);
  await page.getByTestId('accounts-all').check();
  await expect(page.getByTestId('accounts-selection')).toContainText('2 selected');
  await page.getByTestId('accounts-disable').click();
  await expect(toast(page, '2 accounts disabled.')).toBeVisible();
  await expect(page.getByTestId('account-row').filter({ hasText: 'Disabled' })).toHaveCount(2);
  await open(page, '/accounts?search=many-&state=enabled');
  await expect(page.getByTestId('accounts-none')).toBeVisible();

  await open(page, '/accounts?search=many-&state=disabled');
  await page.getByTestId('accounts-all').check();
  await page.getByTestId('accounts-delete').click();
  await page.getByTestId('delete-dialog').getByTestId('delete-confirm').click();
  await expect(page.getByTestId('accounts-none')).toBeVisible();
  const deleted = (login: string) => page.getByTestId('deletion').filter({ hasText: `${login}@` });
  await deleted('many-one').getByTestId('restore').click();
  await expect(page.getByTestId('account-row')).toHaveCount(1);
  await fits(page);
  await deleted('many-two').getByTestId('purge').click();
  await page.getByTestId('purge-confirm').click();
  await expect(toast(page, 'is gone for good')).toBeVisible();
  await expect(deleted('many-two')).toHaveCount(0);
});

test('a domain is made, limited, disabled, deleted and brought back', async ({ page, wharf, complaints }) => {
  complaints.expect(/422 .*add_domain/);
  // The cards of what is deleted ask once more.
  complaints.expect(/404 .*fn\/(domain|limits)/);
  const name = 'made-in-the-panel.test';
  await wharf.cli(['person', 'add', 'owner-of-one', '--role', 'customer', '--password-stdin'], 'a password');
  await signIn(page, wharf.admin);
  await page.getByTestId('nav-domains').click();
  await page.getByTestId('domain-add').click();
  const dialog = page.getByTestId('domain-dialog');
  await dialog.getByTestId('domain-name').fill(name);
  await dialog.getByTestId('domain-root').fill('relative/path');
  await dialog.getByTestId('domain-confirm').click();
  await expect(dialog.getByRole('alert')).toContainText('The root is an absolute path');
  await dialog.getByTestId('domain-root').fill(join(wharf.root, '..', 'made').replace(/[^/]+\/\.\.\//, ''));
  await dialog.getByTestId('domain-owner').fill('owner-of-one');
  await dialog.getByTestId('domain-confirm').click();
  await expect(dialog).toBeHidden();
  const row = page.getByTestId('domain-row').filter({ hasText: name });
  await expect(row).toContainText('owner-of-one');
  await fits(page);

  await row.getByRole('link').click();
  await expect(page.getByTestId('domain-title')).toHaveText(name);
  await expect(page.getByTestId('domain-limit')).toHaveValue('');
  await page.getByTestId('domain-limit').fill('7');
  await page.getByTestId('domain-save').click();
  await expect(toast(page, 'The domain is changed.')).toBeVisible();
  await expect(page.locator('.facts')).toContainText('7 at once');
  await page.getByTestId('domain-switch').click();
  await expect(page.getByTestId('domain-state')).toHaveText('Disabled');
  await page.getByTestId('domain-switch').click();
  await expect(page.getByTestId('domain-state')).toHaveText('Enabled');
  await fits(page);

  await page.getByTestId('domain-delete').click();
  await expect(page.getByTestId('delete-names')).toHaveText(name);
  await page.getByTestId('delete-confirm').click();
  await expect(toast(page, 'Domain deleted')).toBeVisible();
  await open(page, '/domains');
  await expect(row).toHaveCount(0);
  await page.getByTestId('deletion').filter({ hasText: name }).getByTestId('restore').click();
  await expect(row).toHaveCount(1);
});

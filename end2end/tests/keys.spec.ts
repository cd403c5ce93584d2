// SSH keys of an account: added, seen, removed.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, signIn, test } from './fixtures';

/** A fresh key pair. */
function makeKey(comment: string) {
  const folder = mkdtempSync(join(tmpdir(), 'wharf-key-'));
  const file = join(folder, 'key');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', file]);
  const fingerprint = execFileSync('ssh-keygen', ['-lf', file]).toString().split(' ')[1] ?? '';
  const key = { secret: readFileSync(file, 'utf8'), line: readFileSync(`${file}.pub`, 'utf8'), fingerprint };
  rmSync(folder, { recursive: true });
  return key;
}

test('a key is added, seen and removed, and a private key goes nowhere', async ({ page, wharf, complaints }) => {
  complaints.expect(/422 .*add_ssh_key/);
  const hostile = '<img src=x onerror=alert(1)>';
  const key = makeKey(hostile);
  await signIn(page, wharf.admin);
  await page.getByTestId('nav-accounts').click();
  await page.getByTestId('accounts-search').fill('ALICE@');
  await page.getByTestId('accounts-find').click();
  const account = page.getByTestId('account-row');
  await expect(account).toHaveCount(1);
  await account.getByRole('link', { name: wharf.account.login }).click();
  await expect(page.getByTestId('account-name')).toHaveText(`${wharf.account.login}@${wharf.domain}`);
  await expect(page.getByTestId('keys-none')).toContainText('ssh-keygen -t ed25519');

  await page.getByTestId('key-add').click();
  const dialog = page.getByTestId('key-dialog');
  const sent: string[] = [];
  page.on('request', (request) => sent.push(request.postData() ?? ''));
  await dialog.getByTestId('key-line').fill(key.secret);
  await dialog.getByTestId('key-confirm').click();
  await expect(dialog.getByRole('alert')).toContainText('This is a private key');
  await expect(dialog.getByTestId('key-line')).toHaveValue('');
  expect(sent.filter((body) => body.includes('PRIVATE'))).toEqual([]);
  await dialog.getByTestId('key-line').fill('no key');
  await dialog.getByTestId('key-confirm').click();
  await expect(dialog.getByRole('alert')).toContainText('Not a public key');
  await dialog.getByTestId('key-line').fill(key.line);
  await dialog.getByTestId('key-confirm').click();
  await expect(dialog).toBeHidden();

  const row = page.getByTestId('key');
  await expect(row.getByTestId('key-fingerprint')).toHaveText(key.fingerprint);
  await expect(row).toContainText(hostile);
  await expect(row.getByTestId('key-used')).toHaveText('never');
  await page.setViewportSize({ width: 360, height: 740 });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(wide).toBeLessThanOrEqual(360);

  await row.getByTestId('key-remove').click();
  await expect(page.getByTestId('key-remove-dialog')).toContainText('Sessions that run go on');
  await page.getByTestId('key-remove-confirm').click();
  await expect(page.getByTestId('keys-none')).toBeVisible();
});

// The file client: signing in, finding one's way, changing files.

import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { entry, expect, list, openFiles, signInToFiles, test } from './support/files';

test('a stranger is asked who it is, and told what was wrong', async ({ page, wharf, complaints }) => {
  complaints.expect(/401 .*sign_in/);
  await openFiles(page, wharf);
  await page.getByTestId('signin-login').fill(wharf.account.login);
  await page.getByTestId('signin-password').fill('not it');
  await page.getByTestId('signin-submit').click();
  await expect(page.getByTestId('signin-error')).toContainText('not right');
  await page.getByTestId('signin-password').fill(wharf.account.password);
  await page.getByTestId('signin-submit').click();
  await expect(page.getByTestId('who')).toHaveText(wharf.account.login);
  await expect(page.getByTestId('domain')).toHaveText(wharf.domain);
  await page.getByTestId('account-menu').click();
  await page.getByTestId('sign-out').click();
  await expect(page.getByTestId('files-signin')).toBeVisible();
});

test('folders open by click, by their address and by the browser, and a download has every byte', async ({ page, wharf }) => {
  const content = Buffer.from(Array.from({ length: 100_000 }, (_, at) => (at * 7) % 251));
  const folder = join(wharf.home, 'Grüße & mehr');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'a <b>bold<b>.bin'), content);
  await signInToFiles(page, wharf);
  await entry(page, 'Grüße & mehr').getByTestId('entry-name').click();
  await expect(page).toHaveURL(/\?path=\/Gr%C3%BC%C3%9Fe%20%26%20mehr$/);
  const file = entry(page, 'a <b>bold<b>.bin');
  await expect(file).toContainText('100.0 kB');
  await page.reload();
  await expect(file).toBeVisible();
  await file.getByTestId('entry-check').check();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId('download').click()]);
  const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
  expect(hash(await readFile(await download.path()))).toBe(hash(content));
  await page.goBack();
  await expect(entry(page, 'Grüße & mehr')).toBeVisible();
  await rm(folder, { recursive: true });
});

test('a folder is made, renamed and deleted with what is in it', async ({ page, wharf, complaints }) => {
  complaints.expect(/409 .*make_folder/);
  await signInToFiles(page, wharf);
  await page.getByTestId('new-folder').click();
  await page.getByTestId('name').fill('made here');
  await page.getByTestId('naming-confirm').click();
  await expect(entry(page, 'made here')).toBeVisible();
  await page.getByTestId('new-folder').click();
  await page.getByTestId('name').fill('made here');
  await page.getByTestId('naming-confirm').click();
  await expect(page.getByTestId('naming-dialog')).toContainText('has this name already');
  await page.getByTestId('cancel').click();

  await entry(page, 'made here').getByTestId('entry-check').check();
  await page.getByTestId('rename').click();
  await page.getByTestId('name').fill('renamed');
  await page.getByTestId('naming-confirm').click();
  await expect(entry(page, 'renamed')).toBeVisible();
  await expect(entry(page, 'made here')).toHaveCount(0);

  await writeFile(join(wharf.home, 'renamed', 'within.txt'), 'x');
  await entry(page, 'renamed').getByTestId('entry-check').check();
  await page.getByTestId('delete').click();
  await expect(page.getByTestId('delete-folders')).toContainText('everything in it');
  await page.getByTestId('delete-confirm').click();
  await expect(entry(page, 'renamed')).toHaveCount(0);
  await expect(stat(join(wharf.home, 'renamed'))).rejects.toThrow(/ENOENT/);
});

test('the keyboard is enough', async ({ page, wharf }) => {
  const folder = join(wharf.home, 'keys');
  await mkdir(join(folder, 'sub'), { recursive: true });
  for (const name of ['a.txt', 'b.txt', 'c.txt']) await writeFile(join(folder, name), name);
  await signInToFiles(page, wharf, '/?path=/keys');
  const selected = page.locator('[data-testid=entry][aria-selected=true]');
  await list(page).focus();
  await page.keyboard.press('ArrowDown');
  await expect(selected).toHaveText(/sub/);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/keys\/sub$/);
  await expect(page.getByTestId('folder-empty')).toBeVisible();
  await page.keyboard.press('Backspace');
  await expect(page).toHaveURL(/\/keys$/);
  await expect(entry(page, 'a.txt')).toBeVisible();
  await page.keyboard.press('End');
  await page.keyboard.press('Shift+ArrowUp');
  await expect(selected).toHaveCount(2);
  await page.keyboard.press('Escape');
  await expect(selected).toHaveCount(0);
  await page.keyboard.press('Control+a');
  await expect(selected).toHaveCount(4);
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('F2');
  await page.getByTestId('name').fill('first.txt');
  await page.keyboard.press('Enter');
  await expect(entry(page, 'first.txt')).toBeVisible();
  await list(page).focus();
  await page.keyboard.press('End');
  await page.keyboard.press('Delete');
  await page.getByTestId('delete-confirm').press('Enter');
  await expect(entry(page, 'first.txt')).toHaveCount(0);
  await rm(folder, { recursive: true });
});

test('what the account may not do is disabled and says why', async ({ page, wharf }) => {
  await wharf.cli(['account', 'add', wharf.domain, 'reader', '--password-stdin', '--read-only'], 'a long password of reader\n');
  await signInToFiles(page, wharf, '/', { login: 'reader', password: 'a long password of reader' });
  for (const button of ['upload-files', 'upload-folder', 'new-folder']) {
    await expect(page.getByTestId(button)).toBeDisabled();
    await expect(page.getByTestId(button)).toContainText('may not');
  }
});

// What is in files, and where they are: previews, the editor, moving, copying, searching; and the own sessions.

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { entry, expect, openFiles, signInToFiles, test } from './support/files';
import type { Wharf } from './support/wharf';

/** A folder of this test alone, and the page in it. */
async function within(page: Page, wharf: Wharf, name: string, files: Record<string, string | Buffer>): Promise<string> {
  const folder = join(wharf.home, name);
  await mkdir(folder, { recursive: true });
  for (const [file, content] of Object.entries(files)) await writeFile(join(folder, file), content);
  await signInToFiles(page, wharf, `/?path=/${name}`);
  return folder;
}

// One pixel.
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

test('pictures are looked at, and what could run does not', async ({ page, wharf }) => {
  const folder = await within(page, wharf, 'look', { 'dot.png': PNG, 'page.html': '<script>alert(1)</script>' });
  await entry(page, 'dot.png').getByTestId('entry-name').click();
  const image = page.getByTestId('look-image');
  await expect.poll(() => image.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(1);
  await page.keyboard.press('Escape');
  await entry(page, 'page.html').getByTestId('entry-name').click();
  await expect(page.getByTestId('edit-text')).toHaveValue('<script>alert(1)</script>');
  await rm(folder, { recursive: true });
});

test('a text is edited, and what somebody else wrote meanwhile is not lost', async ({ page, wharf }) => {
  const folder = await within(page, wharf, 'edit', { 'notes.txt': 'one' });
  const file = join(folder, 'notes.txt');
  await entry(page, 'notes.txt').getByTestId('entry-name').click();
  const text = page.getByTestId('edit-text');
  await expect(text).toHaveValue('one');
  await text.fill('one\nGrüße');
  await page.getByTestId('edit-save').click();
  await expect(page.getByTestId('toast')).toContainText('Saved');
  expect(await readFile(file, 'utf8')).toBe('one\nGrüße');

  await writeFile(file, 'theirs');
  await text.fill('mine');
  await text.press('Control+s');
  await expect(page.getByTestId('edit-changed')).toBeVisible();
  expect(await readFile(file, 'utf8')).toBe('theirs');
  await page.getByTestId('edit-overwrite').click();
  await expect(page.getByTestId('edit-changed')).toHaveCount(0);
  expect(await readFile(file, 'utf8')).toBe('mine');

  await text.fill('unsaved');
  await page.getByTestId('edit-close').click();
  await expect(page.getByTestId('edit-unsaved')).toBeVisible();
  await expect(text).toHaveValue('unsaved');
  await page.getByTestId('edit-close').click();
  await expect(page.getByTestId('edit-dialog')).toBeHidden();
  await rm(folder, { recursive: true });
});

test('files are moved, copied and found', async ({ page, wharf }) => {
  const folder = await within(page, wharf, 'places', { 'a.txt': 'a', 'b.txt': 'b' });
  await mkdir(join(folder, 'target'));
  await page.getByTestId('refresh').click();
  await entry(page, 'a.txt').getByTestId('entry-check').check();
  await page.getByTestId('move').click();
  await expect(page.getByTestId('transfer-confirm')).toBeDisabled();
  await page.getByTestId('transfer-folder').filter({ hasText: 'target' }).click();
  await page.getByTestId('transfer-confirm').click();
  await expect(entry(page, 'a.txt')).toHaveCount(0);
  await entry(page, 'b.txt').getByTestId('entry-check').check();
  await page.getByTestId('copy').click();
  await page.getByTestId('transfer-folder').filter({ hasText: 'target' }).click();
  await page.getByTestId('transfer-confirm').click();
  await expect(page.getByTestId('toast').filter({ hasText: 'copied' })).toBeVisible();
  expect(await readFile(join(folder, 'target', 'a.txt'), 'utf8')).toBe('a');
  expect(await readFile(join(folder, 'target', 'b.txt'), 'utf8')).toBe('b');

  await page.getByTestId('search').fill('B.T');
  await page.getByTestId('search').press('Enter');
  await expect(page.getByTestId('found-count')).toHaveText('2 found');
  await expect(entry(page, 'target/b.txt')).toBeVisible();
  await page.getByTestId('search-leave').click();
  await expect(entry(page, 'target')).toBeVisible();
  await rm(folder, { recursive: true });
});

test('another session of the account is ended from here', async ({ page, wharf, browser }) => {
  const other = await (await browser.newContext({ ignoreHTTPSErrors: true })).newPage();
  await signInToFiles(page, wharf);
  await signInToFiles(other, wharf);
  await page.getByTestId('account-menu').click();
  await page.getByTestId('own-sessions').click();
  await page.getByTestId('own-session').last().getByTestId('session-end').click();
  await expect(other.getByTestId('ended-why')).toContainText('You ended this session');
  await expect(page.getByTestId('files')).toBeVisible();
  await other.context().close();
});

test('the page is in the language that was chosen', async ({ page, wharf }) => {
  await openFiles(page, wharf, '/?language=de');
  await expect(page.getByTestId('signin-submit')).toHaveText('Anmelden');
  await signInToFiles(page, wharf);
  await expect(page.getByTestId('upload-files')).toContainText('Dateien hochladen');
  await page.getByTestId('grid').click();
  await page.reload();
  await expect(page.getByTestId('grid')).toHaveAttribute('aria-pressed', 'true');
});

// Share links: made in the file client, used by somebody without an account, taken back.

import { readFile, readdir, writeFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from '@playwright/test';
import { alive } from './fixtures';
import { entry, expect, signInToFiles, test } from './support/files';
import type { Wharf } from './support/wharf';

async function shared(wharf: Wharf) {
  const folder = join(wharf.home, 'public <b>');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'hello.txt'), 'hello visitor');
  return folder;
}

/** Makes a link to the folder with the dialog; its address. */
async function share(page: Page, fill: () => Promise<void> = async () => undefined): Promise<string> {
  await entry(page, 'public <b>').getByTestId('entry-check').check();
  await page.getByTestId('share').click();
  await fill();
  await page.getByTestId('link-make').click();
  await expect(page.getByTestId('link-code').locator('path')).toHaveAttribute('d', /^M/);
  const address = await page.getByTestId('link-address').inputValue();
  await page.getByTestId('link-done').click();
  await expect(page.getByTestId('share-dialog')).toBeHidden();
  return address;
}

/** Another person's browser. */
async function stranger(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  return context.newPage();
}

test('a link opens a folder to somebody without an account, until it is taken back', async ({ page, wharf, browser }) => {
  await shared(wharf);
  await signInToFiles(page, wharf);
  const address = await share(page, async () => {
    await page.getByTestId('link-password').fill('open it');
    await page.getByTestId('link-uses').fill('2');
  });
  expect(address).toMatch(new RegExp(`^${wharf.filesUrl}/s/[0-9a-f]{32}$`));

  const visitor = await stranger(browser);
  await visitor.goto(address);
  await alive(visitor);
  await expect(visitor.getByTestId('visit')).not.toContainText('public');
  await visitor.getByTestId('visit-password').fill('wrong');
  await visitor.getByTestId('visit-open').click();
  await expect(visitor.getByTestId('visit-error')).toContainText('not right');
  await visitor.getByTestId('visit-password').fill('open it');
  await visitor.getByTestId('visit-open').click();
  await expect(entry(visitor, 'hello.txt')).toBeVisible();
  await alive(visitor);
  await expect(visitor.getByTestId('way')).toHaveText('public <b>');
  await expect(visitor.getByTestId('upload-files')).toHaveCount(0);
  await expect(visitor.getByTestId('storage')).toHaveCount(0);

  await entry(visitor, 'hello.txt').getByTestId('entry-check').check();
  for (const tool of ['share', 'rename', 'delete']) await expect(visitor.getByTestId(tool)).toHaveCount(0);
  const [download] = await Promise.all([visitor.waitForEvent('download'), visitor.getByTestId('download').click()]);
  expect(await readFile(await download.path(), 'utf8')).toBe('hello visitor');

  await page.getByTestId('account-menu').click();
  await page.getByTestId('own-links').click();
  const link = page.getByTestId('link').filter({ hasText: 'public <b>' });
  await expect(link.getByTestId('link-used')).toContainText('used 1 of 2 times');
  await link.getByTestId('revoke').click();
  await link.getByTestId('revoke-confirm').click();
  await expect(link).toHaveCount(0);
  await expect(visitor.getByTestId('ended-why')).toContainText('does not work any more');
  await visitor.getByTestId('ended-signin').click();
  await expect(visitor.getByTestId('visit-gone')).toBeVisible();
});

test('a visitor of an upload link sends files and sees none', async ({ page, wharf, browser }) => {
  const folder = await shared(wharf);
  await signInToFiles(page, wharf);
  const address = await share(page, () => page.getByTestId('link-upload').check());
  const visitor = await stranger(browser);
  await visitor.goto(address);
  await alive(visitor);
  await visitor.getByTestId('visit-open').click();
  await expect(visitor.getByTestId('folder-hidden')).toBeVisible();
  await alive(visitor);
  const files = ['hello.txt', 'new.txt'].map((name) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(`sent ${name}`) }));
  await visitor.getByTestId('pick-files').setInputFiles(files);
  await expect(async () => {
    expect((await readdir(folder)).filter((name) => !name.startsWith('.')).sort()).toEqual(['hello (2).txt', 'hello.txt', 'new.txt']);
  }).toPass();
  expect(await readFile(join(folder, 'hello.txt'), 'utf8')).toBe('hello visitor');
  expect(await readFile(join(folder, 'hello (2).txt'), 'utf8')).toBe('sent hello.txt');
  await expect(visitor.getByTestId('entry')).toHaveCount(0);
});

// Uploads of the file client: checksums, folders, names that are taken, pauses.

import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { entry, expect, signInToFiles, test } from './support/files';

const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

test('several files arrive as they were', async ({ page, wharf }) => {
  const files = [3 * 1024 * 1024, 17, 0].map((size, at) => ({
    name: `upload ${at} Ü.bin`,
    mimeType: 'application/octet-stream',
    buffer: randomBytes(size),
  }));
  await signInToFiles(page, wharf);
  await page.getByTestId('pick-files').setInputFiles(files);
  await expect(page.getByTestId('uploads-state')).toHaveText('3 uploaded');
  for (const { name, buffer } of files) {
    await expect(entry(page, name)).toBeVisible();
    const path = join(wharf.home, name);
    expect(hash(await readFile(path))).toBe(hash(buffer));
    await rm(path);
  }
});

test('a folder arrives with the folders in it', async ({ page, wharf }, info) => {
  const folder = info.outputPath('site');
  await mkdir(join(folder, 'css', 'deep'), { recursive: true });
  await writeFile(join(folder, 'index.html'), '<h1>hello</h1>');
  await writeFile(join(folder, 'css', 'deep', 'main.css'), 'h1 {}');
  await signInToFiles(page, wharf);
  await page.getByTestId('pick-folder').setInputFiles(folder);
  await expect(page.getByTestId('uploads-state')).toHaveText('2 uploaded');
  await expect(entry(page, 'site')).toBeVisible();
  expect(await readFile(join(wharf.home, 'site', 'css', 'deep', 'main.css'), 'utf8')).toBe('h1 {}');
  await rm(join(wharf.home, 'site'), { recursive: true });
});

test('a name that is taken is asked about', async ({ page, wharf, complaints }) => {
  complaints.expect(/409 .*uploads/);
  const names = ['one.txt', 'two.txt', 'three.txt'];
  for (const name of names) await writeFile(join(wharf.home, name), 'old');
  await signInToFiles(page, wharf);
  await page.getByTestId('pick-files').setInputFiles(
    names.map((name) => ({ name, mimeType: 'text/plain', buffer: Buffer.from('new') })),
  );
  const dialog = page.getByTestId('exists-dialog');
  await expect(dialog).toContainText('one.txt');
  await page.getByTestId('exists-replace').click();
  await expect(dialog).toContainText('two.txt');
  await page.getByTestId('exists-all').check();
  await page.getByTestId('exists-keep').click();
  await expect(page.getByTestId('uploads-state')).toHaveText('3 uploaded');
  const content = (name: string) => readFile(join(wharf.home, name), 'utf8');
  expect(await content('one.txt')).toBe('new');
  expect(await content('two.txt')).toBe('old');
  expect(await content('two (2).txt')).toBe('new');
  expect(await content('three (2).txt')).toBe('new');
  for (const name of [...names, 'two (2).txt', 'three (2).txt']) await rm(join(wharf.home, name));
});

test('an upload is paused, goes on after a reload, and is whole', async ({ page, wharf }, info) => {
  const content = randomBytes(24 * 1024 * 1024);
  const file = info.outputPath('long.bin');
  await writeFile(file, content);
  await signInToFiles(page, wharf);
  const line = await page.context().newCDPSession(page);
  const throttle = (bytes: number) =>
    line.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: bytes });
  await line.send('Network.enable');
  await throttle(4 * 1024 * 1024);
  await page.getByTestId('pick-files').setInputFiles(file);
  const upload = page.getByTestId('upload');
  await expect(upload.getByTestId('upload-state')).toContainText(/[2-9]\.\d MB of/);
  await page.getByTestId('upload-pause').click();
  await expect(upload).toHaveAttribute('data-state', 'paused');
  await throttle(-1);
  page.on('dialog', (dialog) => void dialog.accept());
  await page.reload();
  await expect(page.getByTestId('files')).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('data-hydrated');
  const asked = page.waitForRequest((request) => request.method() === 'PATCH');
  await page.getByTestId('pick-files').setInputFiles(file);
  expect(Number((await asked).headers()['upload-offset'])).toBeGreaterThan(0);
  await expect(page.getByTestId('uploads-state')).toHaveText('1 uploaded');
  expect(hash(await readFile(join(wharf.home, 'long.bin')))).toBe(hash(content));
  await rm(join(wharf.home, 'long.bin'));
});

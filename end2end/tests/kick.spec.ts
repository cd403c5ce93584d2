// Ending sessions and transfers on a click, with real clients at the other end.

import { open as openFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Page } from '@playwright/test';
import { expect, open, signIn, test } from './fixtures';
import type { Client } from './support/client';
import type { Wharf } from './support/wharf';

const MIB = 1024 * 1024;

/** A file of that size in the account's home; it takes no room. */
async function file(wharf: Wharf, name: string, size: number): Promise<void> {
  const handle = await openFile(join(wharf.home, name), 'w');
  await handle.truncate(size);
  await handle.close();
}

const curl = (wharf: Wharf, ...args: string[]) => ['--silent', '--show-error', '--user', wharf.curlUser, ...args];

function row(page: Page, file: string) {
  return page.getByTestId('session-row').filter({ hasText: file });
}

async function percent(page: Page, file: string): Promise<number> {
  const text = (await row(page, file).locator('[data-col="progress"]').textContent()) ?? '';
  return Number(/(\d+)\s*%/.exec(text)?.[1] ?? Number.NaN);
}

/** Kicks the row's session through the selection bar and the dialog. */
async function kick(page: Page, file: string): Promise<void> {
  await row(page, file).getByTestId('row-check').check();
  await page.getByTestId('kick').click();
  const dialog = page.getByTestId('kick-dialog');
  await expect(dialog).toContainText(file);
  await dialog.getByTestId('kick-confirm').click();
}

async function endsWithin(client: Client, ms: number): Promise<number | null> {
  const late = new Promise<'late'>((resolve) => setTimeout(() => resolve('late'), ms));
  const end = await Promise.race([client.ended, late]);
  expect(end, 'the client noticed').not.toBe('late');
  return (await client.ended).code;
}

test('a download moves in the table, a kick ends its client with an error, others go on', async ({ page, wharf, client }, info) => {
  // Much more than socket buffers hold, or all is sent before the client has read it.
  await file(wharf, 'kicked.bin', 400 * MIB);
  await file(wharf, 'spared.bin', 40 * MIB);
  await signIn(page, wharf.admin);
  await open(page, '/sessions');
  const kicked = client('curl', curl(wharf, '--limit-rate', '10M', '-o', info.outputPath('kicked.bin'), wharf.ftpUrl('kicked.bin')));
  const spared = client('curl', curl(wharf, '--limit-rate', '4M', '-o', info.outputPath('spared.bin'), wharf.ftpUrl('spared.bin')));
  await expect(row(page, 'kicked.bin')).toContainText('RETR');
  await expect(row(page, 'spared.bin')).toBeVisible();
  const before = await percent(page, 'kicked.bin');
  await expect.poll(() => percent(page, 'kicked.bin')).toBeGreaterThan(before);

  await kick(page, 'kicked.bin');
  expect(await endsWithin(kicked, 5_000)).not.toBe(0);
  await expect(row(page, 'kicked.bin')).toHaveCount(0);
  await expect(page.getByTestId('toast')).toContainText(/ended/i);
  expect((await stat(info.outputPath('kicked.bin'))).size).toBeLessThan(400 * MIB);

  expect((await spared.ended).code).toBe(0);
  expect((await stat(info.outputPath('spared.bin'))).size).toBe(40 * MIB);
});

test('a kick during an upload leaves nothing under the final name', async ({ page, wharf, client }, info) => {
  const source = info.outputPath('source.bin');
  const handle = await openFile(source, 'w');
  await handle.truncate(20 * MIB);
  await handle.close();
  await signIn(page, wharf.admin);
  await open(page, '/sessions');
  const upload = client('curl', curl(wharf, '--limit-rate', '1M', '--upload-file', source, wharf.ftpUrl('arriving.bin')));
  await expect(row(page, 'arriving.bin')).toContainText('STOR');
  await kick(page, 'arriving.bin');
  expect(await endsWithin(upload, 5_000)).not.toBe(0);
  await expect(row(page, 'arriving.bin')).toHaveCount(0);
  await expect(stat(join(wharf.home, 'arriving.bin'))).rejects.toThrow(/ENOENT/);
});

test('abort stops the transfer and the session goes on', async ({ page, wharf, client }) => {
  await file(wharf, 'stopped.bin', 40 * MIB);
  await signIn(page, wharf.admin);
  await open(page, '/sessions');
  const script = `
import ftplib, sys, time
ftp = ftplib.FTP()
ftp.connect('${wharf.host}', ${wharf.ports.ftp})
ftp.login('${wharf.account.login}', '${wharf.account.password}')
try:
    ftp.retrbinary('RETR stopped.bin', lambda piece: time.sleep(0.05), blocksize=65536)
except (ftplib.error_temp, OSError) as error:
    try:
        print(error if isinstance(error, ftplib.error_temp) else ftp.getresp())
    except ftplib.error_temp as reply:
        print(reply)
print(ftp.pwd())
ftp.quit()
`;
  const session = client('python3', ['-c', script]);
  await row(page, 'stopped.bin').getByTestId('row-check').check();
  await page.getByTestId('abort').click();
  const { code, stdout, stderr } = await session.ended;
  expect(stderr).toBe('');
  expect(stdout).toContain('426 Transfer aborted by administrator');
  expect(stdout.trim().split('\n').at(-1)).toBe('/');
  expect(code).toBe(0);
});

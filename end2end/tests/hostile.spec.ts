// Whatever a client controls is text, wherever it shows.

import { mkdir, open as openFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, open, signIn, test } from './fixtures';
import { ftplib } from './support/ftplib';

const IMG = '<img src=x onerror="window.pwned=1">';
const SCRIPT = '"><script>window.pwned=1</script>';

test('no field of a client becomes markup', async ({ page, wharf, client }) => {
  // Logins have no spaces; an element needs none.
  const nasty = { login: 'x<img>=y', password: 'pw of nasty' };
  await wharf.cli(['account', 'add', wharf.domain, nasty.login, '--password-stdin', '--home', 'alice'], nasty.password);
  await mkdir(join(wharf.home, `dir ${SCRIPT.replaceAll('/', '')}`), { recursive: true });
  const name = `file ${IMG}.bin`;
  const handle = await openFile(join(wharf.home, name), 'w');
  await handle.truncate(200_000_000);
  await handle.close();
  await signIn(page, wharf.admin);
  await open(page, '/sessions');

  client('python3', ftplib(wharf, {
    ...nasty,
    commands: [`CLNT ${IMG}`, `CWD dir ${SCRIPT.replaceAll('/', '')}`, `SITE MSG ${SCRIPT}${IMG}`],
  }));
  client('curl', [
    '--silent', '--globoff', '--user', wharf.curlUser, '--limit-rate', '20k', '-o', '/dev/null', wharf.ftpUrl(encodeURIComponent(name)),
  ]);
  const talking = page.getByTestId('session-row').filter({ hasText: '127.0.0.2' });
  await expect(page.getByTestId('session-row').filter({ hasText: name })).toBeVisible();
  await expect(page.getByTestId('toast').filter({ hasText: SCRIPT })).toBeVisible();
  await expect(talking).toContainText(nasty.login);
  await talking.dblclick();
  await expect(page.getByTestId('drawer')).toContainText(IMG);
  await page.getByTestId('tab-chat').click();
  await expect(page.getByTestId('chat-message')).toContainText(`${SCRIPT}${IMG}`);
  await page.getByTestId('tab-log').click();
  await page.getByTestId('log-search').fill('CLNT');
  await expect(page.getByTestId('log-line').filter({ hasText: `CLNT ${IMG}` })).toHaveCount(1);
  const [log] = await Promise.all([page.waitForEvent('download'), page.getByTestId('log-download').click()]);
  expect(await readFile(await log.path(), 'utf8')).toContain(`CLNT ${IMG}`);
  await open(page, '/messages');
  await expect(page.getByTestId('conversation').filter({ hasText: SCRIPT }).first()).toBeVisible();

  await expect(page.locator('img')).toHaveCount(0);
  expect(await page.evaluate(() => 'pwned' in window)).toBe(false);
});

test('the log shows control and direction characters instead of obeying them', async ({ page, wharf, client }) => {
  await signIn(page, wharf.admin);
  await open(page, '/sessions');
  client('python3', ftplib(wharf, { from: '127.0.0.2', commands: ['SITE MSG \u202egnp.exe \u001b[31mred'] }));
  await page.getByTestId('session-row').filter({ hasText: '127.0.0.2' }).dblclick();
  await page.getByTestId('tab-log').click();
  const line = page.getByTestId('log-line').filter({ hasText: 'gnp.exe' }).first();
  await expect(line).toBeVisible();
  expect(await line.textContent()).not.toMatch(/[\u202e\u001b]/);
});

// Users whom a domain does not know itself: anonymous ones, and those of a web service.

import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, open, signIn, test } from './fixtures';
import type { Wharf } from './support/wharf';

const toast = (page: Page, text: string) => page.getByTestId('toast').filter({ hasText: text });

/** The page of the domain, with the cards there. */
async function openDomain(page: Page, wharf: Wharf) {
  await open(page, '/domains');
  await page.getByTestId('domain-row').filter({ hasText: wharf.domain }).getByRole('link').first().click();
  await expect(page.getByTestId('anonymous')).toBeVisible();
}

async function fits(page: Page) {
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  await page.setViewportSize({ width: 1280, height: 800 });
}

test('anonymous FTP is switched on, seen in the live table, and switched off', async ({ page, wharf, client, complaints }, info) => {
  complaints.expect(/422 .*set_anonymous/);
  const folder = join(wharf.root, 'pub');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'large'), '');
  await truncate(join(folder, 'large'), 400 * 1024 * 1024);
  await signIn(page, wharf.admin);
  await openDomain(page, wharf);
  await expect(page.getByTestId('anonymous-off')).toBeChecked();
  await fits(page);
  await page.getByTestId('anonymous-incoming').check();
  await page.getByTestId('anonymous-folder').fill('/');
  await page.getByTestId('anonymous-save').click();
  await expect(page.getByTestId('anonymous').getByRole('alert')).toContainText('below the directory of the domain');
  await page.getByTestId('anonymous-folder').fill('pub');
  await page.getByTestId('anonymous-sessions').fill('3');
  await page.getByTestId('anonymous-save').click();
  await expect(toast(page, 'Anonymous FTP is set.')).toBeVisible();
  await expect(page.getByTestId('anonymous-account')).toBeVisible();
  const address = page.url();

  // curl without a login is anonymous.
  const user = client('curl', ['--silent', '--limit-rate', '100k', '-o', info.outputPath('large'), wharf.ftpUrl('large')]);
  await open(page, '/sessions');
  const row = page.getByTestId('session-row').filter({ hasText: 'anonymous' });
  await expect(row).toContainText('Anonymous');
  await expect(row).toContainText('RETR');
  const file = info.outputPath('file');
  await writeFile(file, 'content');
  expect((await client('curl', ['--silent', '-T', file, wharf.ftpUrl('incoming/file')]).ended).code).toBe(0);
  expect((await client('curl', ['--silent', wharf.ftpUrl('incoming/file')]).ended).code).not.toBe(0);

  await open(page, address);
  await page.getByTestId('anonymous-account').click();
  await expect(page.getByTestId('account-name')).toHaveText(`anonymous@${wharf.domain}`);
  await expect(page.getByTestId('rights-save')).toHaveCount(0);
  await expect(page.getByTestId('password-set')).toHaveCount(0);
  await open(page, address);
  await expect(page.getByTestId('anonymous-sessions')).toHaveValue('3');
  await page.getByTestId('anonymous-off').check();
  await page.getByTestId('anonymous-save').click();
  await expect(toast(page, '1 session')).toBeVisible();
  expect((await user.ended).code).not.toBe(0);
});

test('a web service is tried, asked, and taken away', async ({ page, wharf, client, complaints }) => {
  complaints.expect(/422 .*set_outside_users/);
  const service = createServer((request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => (body += piece.toString()));
    request.on('end', () => response.end(JSON.stringify({ allowed: JSON.parse(body).password === 'from elsewhere' })));
  });
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  const { port } = service.address() as AddressInfo;
  await signIn(page, wharf.admin);
  await openDomain(page, wharf);
  await page.getByTestId('outside-kind').selectOption('a web service (REST)');
  await page.getByTestId('outside-url').fill('https://a.example/?p={password}');
  await page.getByTestId('outside-save').click();
  await expect(page.getByTestId('outside').getByRole('alert')).toContainText('A password has no place in an address');
  await page.getByTestId('outside-url').fill(`http://127.0.0.1:${port}/check`);
  await page.getByTestId('outside-field').fill('allowed');
  await page.getByTestId('outside-test-login').fill('visitor');
  await page.getByTestId('outside-test-password').fill('wrong');
  await page.getByTestId('outside-test').click();
  await expect(page.getByTestId('outside-told')).toContainText('No: ');
  await page.getByTestId('outside-test-password').fill('from elsewhere');
  await page.getByTestId('outside-test').click();
  await expect(page.getByTestId('outside-told')).toContainText('Yes');
  await fits(page);
  await page.getByTestId('outside-save').click();
  await expect(toast(page, 'Users from elsewhere are set.')).toBeVisible();

  const login = ['--silent', '--user', `visitor@${wharf.domain}:from elsewhere`, wharf.ftpUrl()];
  expect((await client('curl', login).ended).code).toBe(0);
  await open(page, '/accounts?search=visitor');
  await expect(page.getByTestId('account-row')).toContainText('Not registered');

  // Without the service nobody is let in, and the page can say why.
  await new Promise((resolve) => service.close(resolve));
  expect((await client('curl', login).ended).code).toBe(67);
  await openDomain(page, wharf);
  await expect(page.getByTestId('outside-field')).toHaveValue('allowed');
  await page.getByTestId('outside-test-login').fill('visitor');
  await page.getByTestId('outside-test-password').fill('from elsewhere');
  await page.getByTestId('outside-test').click();
  await expect(page.getByTestId('outside-told')).toContainText('no connection');
  await page.getByTestId('outside-kind').selectOption('nobody');
  await page.getByTestId('outside-save').click();
  await expect(toast(page, 'Users from elsewhere are set.').last()).toBeVisible();
});

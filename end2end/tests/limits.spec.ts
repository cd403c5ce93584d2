// Limits that come from above, and the mailbox owner who has the least of all sights.

import type { Page } from '@playwright/test';
import { expect, open, signIn, test } from './fixtures';
import { ftplib } from './support/ftplib';

const toast = (page: Page, text: string) => page.getByTestId('toast').filter({ hasText: text });

async function fits(page: Page) {
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  await page.setViewportSize({ width: 1280, height: 800 });
}

test('each field says what holds and where it is set', async ({ page, wharf, complaints }) => {
  complaints.expect(/422 .*set_limits/);
  await signIn(page, wharf.admin);
  await open(page, '/accounts');
  await page.getByTestId('limits-of-all').click();
  await expect(page.getByTestId('limit-quota-hint')).toHaveText('no limit');
  await page.getByTestId('limit-idle').fill('5');
  await page.getByTestId('limit-quota').fill('900');
  await page.getByTestId('limits-save').click();
  await expect(page.getByRole('alert')).toContainText('At least 10 seconds');
  await page.getByTestId('limit-idle').fill('');
  await page.getByTestId('limits-save').click();
  await expect(toast(page, 'The limits are saved.')).toBeVisible();
  await fits(page);

  await open(page, '/domains');
  await page.getByRole('link', { name: wharf.domain, exact: true }).click();
  await expect(page.getByTestId('limit-quota-hint')).toHaveText('900 holds, set for the server');
  await page.getByTestId('limit-quota').fill('1000');
  await expect(page.getByTestId('limit-quota-hint')).toHaveText('900 holds, set for the server');
  await page.getByTestId('limit-quota').fill('500');
  await expect(page.getByTestId('limit-quota-hint')).toHaveText('');
  await page.getByTestId('limits-save').click();
  await expect(toast(page, 'The limits are saved.')).toBeVisible();
  await fits(page);

  const domain = page.url();
  await page.getByTestId('domain-accounts').click();
  await page.getByTestId('account-row').first().getByRole('link').click();
  await expect(page.getByTestId('limit-quota-hint')).toHaveText(`500 holds, set for the domain ${wharf.domain}`);
  await expect(page.getByTestId('account-used')).toContainText('of 500.0 MB');

  // Other tests share the server.
  for (const path of ['/accounts/limits', domain]) {
    await open(page, path);
    await page.getByTestId('limit-quota').fill('');
    await page.getByTestId('limits-save').click();
    await expect(toast(page, 'The limits are saved.').first()).toBeVisible();
  }
});

test('a mailbox owner signs in with the address, sees own sessions and ends them', async ({ page, wharf, client }) => {
  const password = 'one for everything';
  await wharf.cli(['account', 'add', wharf.domain, 'info', '--mailbox', '--quota', '5000000', '--password-stdin'], `${password}\n`);
  const stranger = client('python3', ftplib(wharf));
  const address = `info@${wharf.domain}`;
  await signIn(page, { login: address, password });
  await expect(page.getByTestId('own-space')).toContainText('of 5.0 MB');
  for (const hidden of ['nav-messages', 'nav-bans', 'nav-accounts', 'nav-domains', 'nav-people', 'nav-audit', 'nav-webhooks']) {
    await expect(page.getByTestId(hidden)).toHaveCount(0);
  }
  await fits(page);
  const own = client('python3', ftplib(wharf, { login: address, password }));
  await page.getByTestId('nav-sessions').click();
  const rows = page.getByTestId('session-row');
  await expect(rows).toHaveCount(1);
  await expect(rows).toContainText('info');
  await page.getByTestId('nav-panel-sessions').click();
  await expect(page.getByTestId('panel-session')).toHaveCount(1);
  await expect(page.getByTestId('panel-session')).toContainText('Mailbox owner');
  await open(page, '/profile');
  await expect(page.getByTestId('nav-overview')).toBeVisible();
  await own.stop();
  await stranger.stop();
});

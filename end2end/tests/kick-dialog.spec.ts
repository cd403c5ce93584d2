// The kick dialog: what else is to happen, what it says, what it did, and the way back.

import type { Page } from '@playwright/test';
import { expect, open, signIn, test } from './fixtures';
import { ftplib, login } from './support/ftplib';

const rows = (page: Page, ip: string) => page.getByTestId('session-row').filter({ hasText: ip });

async function ask(page: Page, ip: string) {
  await rows(page, ip).first().getByTestId('row-check').check();
  await page.getByTestId('kick').click();
  const dialog = page.getByTestId('kick-dialog');
  await expect(dialog.getByTestId('kick-preview')).toContainText(/ends 1 session/i);
  return dialog;
}

test('a ban keeps the client out until it is undone', async ({ page, wharf, client }) => {
  await signIn(page, wharf.admin);
  await open(page, '/sessions');
  const banned = client('python3', ftplib(wharf));
  const other = client('python3', ftplib(wharf));
  await expect(rows(page, '127.0.0.2')).toHaveCount(2);
  const dialog = await ask(page, '127.0.0.2');
  await dialog.getByTestId('kick-ban').check();
  await expect(dialog.getByTestId('kick-minutes')).toHaveValue('30');
  await expect(dialog.getByTestId('kick-address')).toHaveValue('127.0.0.2');
  await expect(dialog.getByTestId('kick-preview')).toContainText('Turns 127.0.0.2 away for 30 minutes');
  await expect(dialog.getByTestId('kick-preview')).toContainText('1 further');
  await dialog.getByTestId('kick-message').fill('Please come back <tomorrow>\r\n226 OK');
  await dialog.getByTestId('kick-reason').fill('too many tries');
  await dialog.getByTestId('kick-confirm').click();

  // A ban ends every session it matches, not only the chosen one.
  for (const gone of [banned, other]) expect((await gone.ended).code).not.toBe(0);
  await expect(rows(page, '127.0.0.2')).toHaveCount(0);
  const toast = page.getByTestId('toast').filter({ hasText: 'banned' });
  await expect(toast).toContainText('127.0.0.2 is banned for 30 minutes');
  expect((await client('python3', login(wharf)).ended).code).not.toBe(0);

  await toast.getByTestId('toast-action').click();
  await expect(page.getByTestId('toast').filter({ hasText: 'Undone' })).toBeVisible();
  expect((await client('python3', login(wharf)).ended).code).toBe(0);
});

test('the message is shown before the end', async ({ page, wharf, client }) => {
  await signIn(page, wharf.admin);
  await open(page, '/sessions');
  const told = client('python3', ftplib(wharf));
  const dialog = await ask(page, '127.0.0.2');
  await dialog.getByTestId('kick-message').fill('maintenance\n226 all is well');
  await dialog.getByTestId('kick-confirm').click();
  const { stderr } = await told.ended;
  expect(stderr).toContain('421');
  expect(stderr).toContain('maintenance');
  expect(stderr).not.toMatch(/^226/m);
});

test('what is never banned is refused, and said so before', async ({ page, wharf, client }) => {
  await signIn(page, wharf.admin);
  await open(page, '/sessions');
  client('python3', ftplib(wharf, { from: '127.0.0.1' }));
  const dialog = await ask(page, '127.0.0.1');
  await dialog.getByTestId('kick-ban').check();
  await expect(dialog.getByTestId('kick-preview')).toContainText(/never banned/);
  await expect(dialog.getByTestId('kick-confirm')).toBeDisabled();
  await dialog.getByTestId('kick-disconnect').check();
  await expect(dialog.getByTestId('kick-confirm')).toBeEnabled();
});

test('a disabled account lets nobody in until it is undone', async ({ page, wharf, client }) => {
  await signIn(page, wharf.admin);
  await open(page, '/sessions');
  const disabled = client('python3', ftplib(wharf));
  const dialog = await ask(page, '127.0.0.2');
  await dialog.getByTestId('kick-disable').check();
  await expect(dialog.getByTestId('kick-preview')).toContainText('Disables alice@example.test');
  await dialog.getByTestId('kick-confirm').click();
  expect((await disabled.ended).code).not.toBe(0);
  const toast = page.getByTestId('toast').filter({ hasText: 'disabled' });
  await expect(toast).toBeVisible();
  expect((await client('python3', login(wharf, '127.0.0.3')).ended).code).not.toBe(0);
  await toast.getByTestId('toast-action').click();
  await expect(page.getByTestId('toast').filter({ hasText: 'Undone' })).toBeVisible();
  expect((await client('python3', login(wharf, '127.0.0.3')).ended).code).toBe(0);
});

test('an address that is none is pointed out, and the focus comes back', async ({ page, wharf, client }) => {
  await signIn(page, wharf.admin);
  await open(page, '/sessions');
  client('python3', ftplib(wharf));
  const row = rows(page, '127.0.0.2');
  await row.focus();
  await page.keyboard.press('k');
  const dialog = page.getByTestId('kick-dialog');
  await expect(dialog.getByTestId('kick-disconnect')).toBeFocused();
  await dialog.getByTestId('kick-block').check();
  await dialog.getByTestId('kick-address').fill('not an address');
  await expect(dialog.getByRole('alert')).toContainText(/no IP address/);
  await expect(dialog.getByTestId('kick-confirm')).toBeDisabled();
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(row).toBeFocused();
});

test('kick all asks twice and ends what was counted', async ({ page, wharf, client }) => {
  await signIn(page, wharf.admin);
  await open(page, '/sessions');
  const all = ['127.0.0.2', '127.0.0.3'].map((from) => client('python3', ftplib(wharf, { from })));
  await expect(page.getByTestId('session-row')).toHaveCount(2);
  await page.getByTestId('kick-all').click();
  const dialog = page.getByTestId('kick-all-dialog');
  await dialog.getByTestId('filter-anonymous').check();
  await expect(dialog.getByTestId('kick-all-preview')).toContainText('No session matches');
  await expect(dialog.getByTestId('kick-all-confirm')).toBeDisabled();
  await dialog.getByTestId('filter-all').check();
  await expect(dialog.getByTestId('kick-all-preview')).toContainText('Ends 2 sessions');
  await dialog.getByTestId('kick-all-confirm').click();
  await expect(dialog.getByTestId('kick-all-sure')).toContainText('2 sessions will end');
  await expect(page.getByTestId('session-row')).toHaveCount(2);
  await dialog.getByTestId('kick-all-confirm').click();
  for (const gone of all) expect((await gone.ended).code).not.toBe(0);
  await expect(page.getByTestId('session-row')).toHaveCount(0);
  await expect(page.getByTestId('toast').filter({ hasText: '2 sessions ended' })).toBeVisible();
  await expect(page.getByTestId('live-state')).toContainText('live');
});

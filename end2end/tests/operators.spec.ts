// Two operators at once see the same.

import { expect, open, signIn, test } from './fixtures';
import { ftplib } from './support/ftplib';

/** Waits until the other one sees it, and writes down how long that took: on a busy machine nothing is quick. */
async function seen(what: string, look: Promise<void>) {
  const start = Date.now();
  await look;
  test.info().annotations.push({ type: what, description: `seen by the other after ${Date.now() - start} ms` });
}

test('what one operator says and does, the other sees at once', async ({ page, wharf, client, browser, complaints }) => {
  const context = await browser.newContext({ baseURL: wharf.url, ignoreHTTPSErrors: true });
  const other = await context.newPage();
  complaints.watch(other);
  await signIn(page, wharf.admin);
  await signIn(other, wharf.admin);
  await open(page, '/sessions');
  await open(other, '/sessions');
  const user = client('python3', ftplib(wharf, { from: '127.0.0.5' }));
  for (const one of [page, other]) {
    await one.getByTestId('session-row').filter({ hasText: '127.0.0.5' }).dblclick();
    await one.getByTestId('tab-chat').click();
    await expect(one.getByTestId('chat-text')).toBeVisible();
  }
  await page.getByTestId('chat-text').fill('from the first');
  await page.getByTestId('chat-send').click();
  await expect(page.getByTestId('chat-message').filter({ hasText: 'from the first' })).toBeVisible();
  await seen('message', expect(other.getByTestId('chat-message').filter({ hasText: 'from the first' })).toBeVisible());

  await open(other, '/bans');
  await expect(other.getByTestId('ban-add')).toBeVisible();
  await expect(other.getByTestId('bans').or(other.getByTestId('bans-none'))).toBeVisible();
  await page.getByTestId('drawer-kick').click();
  await page.getByTestId('kick-ban').check();
  await expect(page.getByTestId('kick-preview')).toContainText('Turns 127.0.0.5 away');
  await page.getByTestId('kick-confirm').click();
  const toast = page.getByTestId('toast').filter({ hasText: 'banned' });
  await expect(toast).toBeVisible();
  await seen('ban', expect(other.getByTestId('ban-row').filter({ hasText: '127.0.0.5' })).toBeVisible());
  await toast.getByTestId('toast-action').click();
  await expect(page.getByTestId('toast').filter({ hasText: 'Undone' })).toBeVisible();
  await seen('unban', expect(other.getByTestId('ban-row').filter({ hasText: '127.0.0.5' })).toHaveCount(0));
  expect((await user.ended).code).not.toBe(0);
  await context.close();
});

// Chat with the user of a session, and messages to many.

import { expect, open, signIn, test } from './fixtures';
import { ftplib } from './support/ftplib';

test('a conversation goes both ways and the client stays in step', async ({ page, wharf, client }) => {
  await signIn(page, wharf.admin);
  await open(page, '/sessions');
  const user = client('python3', ftplib(wharf, { commands: ['SITE MSG it <b>hangs</b>'] }));
  const row = page.getByTestId('session-row').filter({ hasText: '127.0.0.2' });
  await expect(row.getByTestId('row-unread')).toContainText('1');
  await expect(page.getByTestId('unread')).toContainText('1');
  await expect(page.getByTestId('toast').filter({ hasText: 'it <b>hangs</b>' })).toBeVisible();

  await row.focus();
  await page.keyboard.press('m');
  const chat = page.getByTestId('chat');
  await expect(chat.getByTestId('chat-message')).toHaveText(/it <b>hangs<\/b>/);
  await expect(page.getByTestId('unread')).toHaveCount(0);

  await chat.getByTestId('chat-text').fill('try again\nnow');
  await chat.getByTestId('chat-text').press('Enter');
  const answer = chat.getByTestId('chat-message').filter({ hasText: 'try again' });
  await expect(answer.getByTestId('chat-state')).toHaveText('delivered');
  await expect.poll(() => user.stdout).toMatch(/NOOP -> 200-.*try again/);
  expect(user.running).toBe(true);
  await expect(chat.getByTestId('chat-text')).toHaveValue('');
});

test('what nobody could be told is shown as undelivered', async ({ page, wharf, client, complaints }) => {
  // The drawer may ask once more about a session that has just ended.
  complaints.expect(/404 .*session_detail/);
  await signIn(page, wharf.admin);
  await open(page, '/sessions');
  const user = client('python3', ftplib(wharf, { busy: false }));
  const row = page.getByTestId('session-row').filter({ hasText: '127.0.0.2' });
  await row.dblclick();
  await page.getByTestId('tab-chat').click();
  const chat = page.getByTestId('chat');
  await chat.getByTestId('chat-text').fill('are you there?');
  await chat.getByTestId('chat-send').click();
  await expect(chat.getByTestId('chat-state')).toContainText('queued');
  await user.stop();
  await expect(chat.getByTestId('chat-state')).toContainText('undelivered');
  await expect(chat.getByTestId('chat-closed')).toBeVisible();
});

test('messages of all sessions are listed, searched and deleted', async ({ page, wharf, client }) => {
  await signIn(page, wharf.admin);
  const user = client('python3', ftplib(wharf, { commands: ['SITE MSG where is invoice 4711'] }));
  await expect.poll(() => user.stdout).toContain('ready');
  await open(page, '/messages');
  await page.getByTestId('messages-search').fill('no such words');
  await expect(page.getByTestId('messages-none')).toBeVisible();
  await page.getByTestId('messages-search').fill('4711');
  const entry = page.getByTestId('conversation');
  await expect(entry).toHaveCount(1);
  await entry.click();
  await expect(page.getByTestId('chat-message')).toContainText('invoice 4711');
  await page.getByTestId('chat-delete').click();
  await page.getByTestId('delete-confirm').click();
  await expect(page).toHaveURL(/\/messages$/);
  await expect(page.getByTestId('conversation')).toHaveCount(0);
});

test('a broadcast says whom it reaches and how far it came', async ({ page, wharf, client }) => {
  await signIn(page, wharf.admin);
  await open(page, '/sessions');
  const busy = client('python3', ftplib(wharf));
  client('python3', ftplib(wharf, { busy: false }));
  await expect(page.getByTestId('session-row')).toHaveCount(2);
  await page.getByTestId('broadcast').click();
  const dialog = page.getByTestId('broadcast-dialog');
  await expect(dialog.getByTestId('broadcast-preview')).toContainText('Reaches 2 FTP sessions');
  await dialog.getByTestId('broadcast-text').fill('restart at noon');
  await dialog.getByTestId('broadcast-confirm').click();
  const receipt = dialog.getByTestId('broadcast-receipt').locator('dd');
  await expect(receipt).toHaveText(['1', '1', '0', '0']);
  await expect.poll(() => busy.stdout).toContain('restart at noon');
  expect(busy.running).toBe(true);
});

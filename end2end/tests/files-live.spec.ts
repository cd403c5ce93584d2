// What operators and the users of the file client see of each other.

import { expect, open, signIn } from './fixtures';
import { signInToFiles, test } from './support/files';

test('a message of an operator appears and is answered', async ({ page, wharf, browser, complaints }) => {
  const panel = await (await browser.newContext({ ignoreHTTPSErrors: true, baseURL: wharf.url })).newPage();
  complaints.watch(panel);
  await signIn(panel, wharf.admin);
  await open(panel, '/sessions');
  await signInToFiles(page, wharf);
  const row = panel.getByTestId('session-row').filter({ hasText: 'HTTPS' });
  await row.focus();
  await panel.keyboard.press('m');
  await panel.getByTestId('chat-text').fill('please <b>stop</b> soon');
  await panel.getByTestId('chat-send').click();

  await expect(page.getByTestId('toast')).toContainText('please <b>stop</b> soon');
  await expect(page.getByTestId('unread')).toContainText('1');
  await page.getByTestId('messages').click();
  await expect(page.getByTestId('chat-message')).toContainText('please <b>stop</b> soon');
  await page.getByTestId('chat-text').fill('five minutes more');
  await page.getByTestId('chat-text').press('Enter');
  await expect(page.getByTestId('chat-message').filter({ hasText: 'five minutes more' })).toBeVisible();
  await expect(panel.getByTestId('chat-message').filter({ hasText: 'five minutes more' })).toBeVisible();
  await panel.context().close();
});

test('a kick ends the page with the text of the operator', async ({ page, wharf, request }) => {
  await signInToFiles(page, wharf);
  const headers = { Authorization: `Bearer ${wharf.token}` };
  const sessions = await (await request.get(`${wharf.url}/api/v1/sessions`, { headers })).json();
  // Earlier tests did not sign out.
  const mine = sessions.items.filter((session: { protocol: string }) => session.protocol === 'http').at(-1);
  await request.post(`${wharf.url}/api/v1/sessions/${mine.id}/kick`, {
    headers,
    data: { action: 'disconnect', message: 'Back at <noon>.' },
  });
  await expect(page.getByTestId('ended-why')).toHaveText('Back at <noon>.');
  await page.getByTestId('ended-signin').click();
  await expect(page.getByTestId('signin-over')).toHaveText('Back at <noon>.');
});

test('an operator comes in from the panel as the account, and the page says so', async ({ page, wharf, browser, complaints }) => {
  const panel = await (await browser.newContext({ ignoreHTTPSErrors: true, baseURL: wharf.url })).newPage();
  complaints.watch(panel);
  await signIn(panel, wharf.admin);
  await open(panel, '/accounts');
  await panel.getByRole('link', { name: wharf.account.login }).first().click();
  const [files] = await Promise.all([panel.context().waitForEvent('page'), panel.getByTestId('open-files').click()]);
  complaints.watch(files);
  await expect(files.getByTestId('acting')).toContainText('You are admin and act as alice');
  await expect(files).toHaveURL(`${wharf.filesUrl}/`);
  await panel.context().close();
  await page.close();
});

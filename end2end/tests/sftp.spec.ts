// Sessions over SSH are sessions like all others.

import { expect, open, signIn, test } from './fixtures';
import { sftp } from './support/openssh';

test('an SFTP session has its row, its detail and its log, and is told why it ends', async ({ page, wharf, client, complaints }) => {
  // The drawer may ask once more about a session that has just ended.
  complaints.expect(/404 .*session_detail/);
  await signIn(page, wharf.admin);
  await open(page, '/sessions');
  const user = client('sshpass', sftp(wharf));
  const row = page.getByTestId('session-row').filter({ hasText: 'SFTP' });
  await expect(row).toContainText('alice');
  await expect(row).toContainText('logged in');
  await page.getByTestId('chip-sftp').click();
  await row.dblclick();
  const drawer = page.getByTestId('drawer');
  await expect(drawer).toContainText(/OpenSSH \d/);
  await expect(drawer).toContainText(/SSH, \S+25519\S*, \S+@openssh\.com/);
  await expect(drawer.getByTestId('tab-chat')).toHaveCount(0);
  await page.getByTestId('tab-log').click();
  await expect(page.getByTestId('log-line').filter({ hasText: 'accepted for alice: password' })).toHaveCount(1);

  await page.getByTestId('drawer-kick').click();
  const dialog = page.getByTestId('kick-dialog');
  await dialog.getByTestId('kick-message').fill('back at noon');
  await dialog.getByTestId('kick-confirm').click();
  const { stderr } = await user.ended;
  expect(stderr).toContain('back at noon - Session closed by administrator');
});

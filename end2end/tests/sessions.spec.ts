// The sessions page.

import { expect, open, signIn, test } from './fixtures';

test('a client that is connected is a row of the sessions page', async ({ page, wharf, client }) => {
  await signIn(page, wharf.admin);
  await open(page, '/sessions');
  // The login stays open while the upload waits for input that comes slowly.
  const upload = client('curl', [
    '--silent', '--show-error', '--user', wharf.curlUser, '--limit-rate', '1k', '--upload-file', '-', wharf.ftpUrl('slow.bin'),
  ], { input: 'x'.repeat(200_000) });
  const row = page.getByTestId('session-row').filter({ hasText: wharf.account.login });
  await expect(row).toBeVisible();
  await upload.stop();
  await expect(row).toHaveCount(0);
});

// Bans and IP rules.

import { expect, open, signIn, test } from './fixtures';
import { ftplib, login } from './support/ftplib';

test('a ban by hand ends sessions, can be lifted, and put back', async ({ page, wharf, client }) => {
  await signIn(page, wharf.admin);
  const session = client('python3', ftplib(wharf, { from: '127.0.0.4' }));
  await expect.poll(() => session.stdout).toContain('ready');
  await open(page, '/bans');
  await page.getByTestId('ban-add').click();
  const dialog = page.getByTestId('ban-dialog');
  await dialog.getByTestId('ban-address').fill('127.0.0.300');
  await dialog.getByTestId('ban-confirm').click();
  await expect(dialog.getByRole('alert')).toBeVisible();
  await dialog.getByTestId('ban-address').fill('127.0.0.4');
  await dialog.getByTestId('ban-minutes').fill('120');
  await dialog.getByTestId('ban-reason').fill('=cmd|calc <i>');
  await dialog.getByTestId('ban-confirm').click();
  await expect(dialog).toBeHidden();
  expect((await session.ended).code).not.toBe(0);
  const row = page.getByTestId('ban-row').filter({ hasText: '127.0.0.4' });
  await expect(row).toContainText('=cmd|calc <i>');
  await expect(row).toContainText('by hand');
  const left = row.getByTestId('ban-left');
  await expect(left).toHaveText(/^1:59:\d\d$/);
  const before = await left.textContent();
  await expect(left).not.toHaveText(before ?? '');
  expect((await client('python3', login(wharf, '127.0.0.4')).ended).code).not.toBe(0);

  await row.getByTestId('unban').click();
  await expect(row).toHaveCount(0);
  expect((await client('python3', login(wharf, '127.0.0.4')).ended).code).toBe(0);
  await page.getByTestId('toast').filter({ hasText: 'no longer banned' }).getByTestId('toast-action').click();
  await expect(row).toHaveCount(1);
  await row.getByTestId('unban').click();
  await expect(row).toHaveCount(0);
});

test('rules are added, tested, moved, removed, and say what they mean', async ({ page, wharf, client }) => {
  await signIn(page, wharf.admin);
  await open(page, '/bans/rules');
  await expect(page.getByTestId('rules-none')).toBeVisible();
  const add = async (kind: 'rule-deny' | 'rule-allow', address: string, comment: string) => {
    await page.getByTestId('rule-add').click();
    const dialog = page.getByTestId('rule-dialog');
    await dialog.getByTestId(kind).check();
    await dialog.getByTestId('rule-address').fill(address);
    await dialog.getByTestId('rule-comment').fill(comment);
    await dialog.getByTestId('rule-confirm').click();
    await expect(dialog).toBeHidden();
  };
  const rows = page.getByTestId('rule-row');
  await add('rule-deny', '127.0.0.6', 'a bot <script>');
  await expect(rows).toHaveCount(1);
  const meaning = page.getByTestId('rules-meaning');
  const denying = await meaning.textContent();
  // Blocking one locks nobody else out.
  expect((await client('python3', login(wharf, '127.0.0.6')).ended).code).not.toBe(0);
  expect((await client('python3', login(wharf, '127.0.0.7')).ended).code).toBe(0);

  await add('rule-allow', '127.0.0.0/8', 'this machine');
  await expect(rows).toHaveCount(2);
  await expect(meaning).not.toHaveText(denying ?? '');
  await expect(meaning).toContainText(/everyone else is refused/i);

  const verdict = async (address: string) => {
    await page.getByTestId('test-address').fill(address);
    await page.getByTestId('test-submit').click();
    return page.getByTestId('test-verdict');
  };
  await expect(await verdict('127.0.0.6')).toContainText('Refused');
  await expect(await verdict('127.0.0.7')).toContainText('Let in');
  await expect(await verdict('198.51.100.1')).toContainText('Refused');

  // The first that matches decides: moved up, the network lets the bot in again.
  await rows.nth(1).getByTestId('rule-up').click();
  await expect(rows.first()).toContainText('127.0.0.0/8');
  await expect(await verdict('127.0.0.6')).toContainText('Let in');

  await rows.nth(1).getByTestId('rule-edit').click();
  await page.getByTestId('rule-dialog').getByTestId('rule-comment').fill('changed');
  await page.getByTestId('rule-confirm').click();
  await expect(rows.nth(1)).toContainText('changed');

  const file = page.waitForEvent('download');
  await page.getByTestId('rules-export').click();
  expect((await file).suggestedFilename()).toBe('wharf-rules.txt');

  await rows.filter({ hasText: '127.0.0.6' }).getByTestId('rule-remove').click();
  await expect(rows).toHaveCount(1);
  await page.getByTestId('toast').filter({ hasText: 'removed' }).getByTestId('toast-action').click();
  await expect(rows).toHaveCount(2);
  // Without the bot first: the last allowing rule must not lock out the clients of other tests.
  await rows.filter({ hasText: '127.0.0.0/8' }).getByTestId('rule-remove').click();
  await expect(rows).toHaveCount(1);
  await rows.filter({ hasText: '127.0.0.6' }).getByTestId('rule-remove').click();
  await expect(page.getByTestId('rules-none')).toBeVisible();
});

test('an import with a wrong line adds nothing and names the line', async ({ page, wharf }) => {
  await signIn(page, wharf.admin);
  await open(page, '/bans/rules');
  await page.getByTestId('rules-import').click();
  await page.getByTestId('import-text').fill('deny 203.0.113.0/24 # a network\nrefuse everybody');
  await page.getByTestId('import-confirm').click();
  await expect(page.getByTestId('import-wrong')).toContainText('Line 2');
  await page.getByTestId('import-text').fill('deny 203.0.113.0/24 # a network');
  await page.getByTestId('import-confirm').click();
  const rows = page.getByTestId('rule-row');
  await expect(rows).toHaveCount(1);
  await expect(rows).toContainText('a network');
  await rows.getByTestId('rule-remove').click();
  await expect(rows).toHaveCount(0);
});

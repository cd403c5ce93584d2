// The log of a session: live in the drawer and on its page, readable after the end.

import { expect, open, signIn, test } from './fixtures';
import { ftplib } from './support/ftplib';

test('the log follows the session, can be searched, held and saved', async ({ page, wharf, client }) => {
  await signIn(page, wharf.admin);
  await open(page, '/sessions');
  client('python3', ftplib(wharf, { commands: ['SYST', 'PWD'] }));
  const row = page.getByTestId('session-row').filter({ hasText: '127.0.0.2' });
  await row.focus();
  await page.keyboard.press('l');
  const log = page.getByTestId('log');
  const lines = log.getByTestId('log-line');
  await expect(lines.filter({ hasText: 'USER alice' })).toHaveAttribute('data-kind', 'client');
  await expect(lines.filter({ hasText: 'PASS ***' })).toHaveCount(1);
  await expect(log).not.toContainText(wharf.account.password);
  await expect(lines.first().locator('time')).toHaveText(/^\d\d:\d\d:\d\d\.\d{3}$/);
  const before = await lines.count();
  await expect.poll(() => lines.count()).toBeGreaterThan(before);

  await log.getByTestId('log-pause').click();
  const held = await lines.count();
  await expect(log.getByTestId('log-pause')).toContainText(/\(\d+ new\)/);
  expect(await lines.count()).toBe(held);
  await log.getByTestId('log-pause').click();
  await expect.poll(() => lines.count()).toBeGreaterThan(held);

  await log.getByTestId('log-search').fill('syst');
  await expect(lines.filter({ hasText: 'SYST' })).toHaveCount(1);
  await expect(lines.filter({ hasText: 'USER' })).toHaveCount(0);
  await log.getByTestId('log-search').fill('');

  const file = page.waitForEvent('download');
  await log.getByTestId('log-download').click();
  expect((await file).suggestedFilename()).toMatch(/^wharf-session-.*\.log$/);
});

test('the log of a session that is over is found among the recently ended', async ({ page, wharf, client }) => {
  await signIn(page, wharf.admin);
  await open(page, '/sessions');
  const session = client('python3', ftplib(wharf, { from: '127.0.0.9', commands: ['STAT'] }));
  await expect(page.getByTestId('session-row').filter({ hasText: '127.0.0.9' })).toBeVisible();
  await page.getByTestId('chip-ended').click();
  await session.stop();
  // The list that is already open takes it in.
  const ended = page.getByTestId('ended-row').filter({ hasText: '127.0.0.9' });
  await expect(ended.first()).toContainText('alice');
  await ended.first().getByTestId('ended-log').click();
  await expect(page).toHaveURL(/\/sessions\/[0-9a-f-]+\/log$/);
  await expect(page.getByTestId('log-line').filter({ hasText: 'client: STAT' })).toHaveCount(1);
  await expect(page.getByTestId('log-ended')).toBeVisible();
});

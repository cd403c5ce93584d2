// The live table as a tool: reading, filtering, keyboard, hostile texts, states.

import { open as openFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Wharf } from './support/wharf';
import { expect, open, signIn, test } from './fixtures';

const slow = (wharf: Wharf, name: string) => [
  '--silent', '--show-error', '--globoff', '--user', wharf.curlUser, '--limit-rate', '20k', '-o', '/dev/null',
  wharf.ftpUrl(encodeURIComponent(name)),
];

/** A file that takes no room, and more than socket buffers hold: a small one is sent before its client has read it. */
async function file(wharf: Wharf, name: string): Promise<void> {
  const handle = await openFile(join(wharf.home, name), 'w');
  await handle.truncate(200_000_000);
  await handle.close();
}

test('nobody is connected: the page says so and how to connect', async ({ page, wharf }) => {
  await signIn(page, wharf.admin);
  await open(page, '/sessions');
  await expect(page.getByTestId('empty')).toBeVisible();
  await expect(page.getByTestId('live-state')).toContainText(/live/i);
});

test('the first picture comes from the server, before any script has run', async ({ page, wharf, client, browser }) => {
  await file(wharf, 'early.bin');
  client('curl', slow(wharf, 'early.bin'));
  await signIn(page, wharf.admin);
  await open(page, '/sessions');
  await expect(page.getByTestId('session-row').filter({ hasText: 'early.bin' })).toBeVisible();
  const plain = await browser.newContext({
    baseURL: wharf.url,
    ignoreHTTPSErrors: true,
    javaScriptEnabled: false,
    storageState: await page.context().storageState(),
  });
  const still = await plain.newPage();
  await still.goto('/sessions');
  await expect(still.getByTestId('session-row').filter({ hasText: 'early.bin' })).toBeVisible();
  await plain.close();
});

test('a file name that looks like markup is text', async ({ page, wharf, client }) => {
  const name = '<img src=x onerror="document.title=1">&amp;.bin';
  await file(wharf, name);
  client('curl', slow(wharf, name));
  await signIn(page, wharf.admin);
  await open(page, '/sessions');
  const row = page.getByTestId('session-row').filter({ hasText: name });
  await expect(row).toBeVisible();
  await row.dblclick();
  await expect(page.getByTestId('drawer')).toContainText(name);
  await expect(page.locator('img[src="x"]')).toHaveCount(0);
});

test('the keyboard reaches a row, its detail, and comes back', async ({ page, wharf, client }) => {
  await file(wharf, 'keys.bin');
  client('curl', slow(wharf, 'keys.bin'));
  await signIn(page, wharf.admin);
  await open(page, '/sessions');
  const row = page.getByTestId('session-row').filter({ hasText: 'keys.bin' });
  await row.focus();
  await page.keyboard.press('Space');
  await expect(row.getByTestId('row-check')).toBeChecked();
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('drawer')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('drawer')).toBeHidden();
  await expect(row).toBeFocused();
  await page.keyboard.press('k');
  await expect(page.getByTestId('kick-dialog')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('kick-dialog')).toBeHidden();
});

test('a filter narrows the table, and says when nothing is left', async ({ page, wharf, client }) => {
  await file(wharf, 'one.bin');
  await file(wharf, 'two.bin');
  client('curl', slow(wharf, 'one.bin'));
  client('curl', slow(wharf, 'two.bin'));
  await signIn(page, wharf.admin);
  await open(page, '/sessions');
  const rows = page.getByTestId('session-row');
  await expect(rows).toHaveCount(2);
  await page.getByTestId('sessions-filter').fill('two.b');
  await expect(rows).toHaveCount(1);
  await expect(rows).toContainText('two.bin');
  await page.getByTestId('sessions-filter').fill('no such thing');
  await expect(rows).toHaveCount(0);
  await page.getByTestId('sessions-filter').fill('');
  await expect(rows).toHaveCount(2);
});

test('pause holds the picture still until it is lifted', async ({ page, wharf, client }) => {
  await signIn(page, wharf.admin);
  await open(page, '/sessions');
  await expect(page.getByTestId('live-state')).toContainText(/live/i);
  await page.getByTestId('sessions-pause').click();
  await expect(page.getByTestId('live-state')).toContainText(/paused/i);
  await file(wharf, 'late.bin');
  client('curl', slow(wharf, 'late.bin'));
  const online = async () => {
    const answer = await page.request.get('/api/v1/sessions', { headers: { authorization: `Bearer ${wharf.token}` } });
    return ((await answer.json()) as { total: number }).total;
  };
  await expect.poll(online).toBe(1);
  await expect(page.getByTestId('session-row')).toHaveCount(0);
  await page.getByTestId('sessions-pause').click();
  await expect(page.getByTestId('session-row')).toHaveCount(1);
});

test('signing out in one tab leads the other to the sign-in page', async ({ page, wharf, context }) => {
  await signIn(page, wharf.admin);
  await open(page, '/sessions');
  await expect(page.getByTestId('live-state')).toContainText(/live/i);
  const other = await context.newPage();
  await open(other, '/');
  await other.getByTestId('account-menu').click();
  await other.getByTestId('sign-out').click();
  await expect(other).toHaveURL(/\/signin/);
  // Nothing of the session stays on the screen.
  await expect(page).toHaveURL(/\/signin\?next=\/sessions$/);
});

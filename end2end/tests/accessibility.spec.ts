// What axe finds on the pages of the panel and of the file client, in light and in dark: nothing.

import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, open, signIn, test } from './fixtures';
import { entry, openFiles, signInToFiles } from './support/files';
import { ftplib } from './support/ftplib';

/** Pages, and the buttons there that open dialogs. */
const PAGES: [path: string, dialogs: string[]][] = [
  ['/', []],
  ['/sessions', ['kick-all', 'broadcast', 'keys']],
  ['/messages', []],
  ['/bans', ['ban-add']],
  ['/bans/rules', ['rule-add']],
  ['/domains', ['domain-add']],
  ['/accounts', ['account-add']],
  ['/accounts/limits', []],
  ['/people', ['person-add']],
  ['/panel-sessions', []],
  ['/panel-sessions/settings', []],
  ['/audit', []],
  ['/webhooks', ['webhook-add']],
  ['/profile', ['profile-password', 'token-add']],
  ['/nowhere', []],
];

/** Links of the lists that lead to pages of one thing. */
const DETAILS: [path: string, link: string][] = [
  ['/accounts', 'a[href^="/accounts/"]:not([href$="/limits"])'],
  ['/domains', 'a[href^="/domains/"]'],
  ['/people', 'a[href^="/people/"]'],
];

/** What axe finds, as one line each. */
async function violations(page: Page): Promise<string[]> {
  // Half faded in, nothing has its contrast.
  await page.evaluate(() => Promise.allSettled(document.getAnimations().map((animation) => animation.finished)));
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.html}`));
}

/** Opens the dialog behind a button, looks at it, and closes it. */
async function dialog(page: Page, button: string): Promise<void> {
  await page.getByTestId(button).click();
  const shown = page.locator('dialog[open]');
  await expect(shown).toBeVisible();
  expect.soft(await violations(page), button).toEqual([]);
  await page.keyboard.press('Escape');
  await expect(shown).toHaveCount(0);
}

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });
    test.slow();

    test('every page of the panel and its dialogs', async ({ page, wharf, complaints }) => {
      complaints.expect(/status of 404/);
      await open(page, '/signin');
      expect.soft(await violations(page), '/signin').toEqual([]);
      await signIn(page, wharf.admin);
      for (const [path, dialogs] of PAGES) {
        await open(page, path);
        await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
        await expect(page.getByText('Loading…')).toHaveCount(0);
        expect.soft(await violations(page), path).toEqual([]);
        for (const button of dialogs) await dialog(page, button);
      }
      for (const [path, link] of DETAILS) {
        await open(page, path);
        await page.locator('main').locator(link).first().click();
        await page.waitForURL((url) => url.pathname !== path);
        await expect(page.getByText('Loading…')).toHaveCount(0);
        expect.soft(await violations(page), page.url()).toEqual([]);
      }
    });

    test('a session with its drawer, its log and the kick dialog', async ({ page, wharf, client }) => {
      await signIn(page, wharf.admin);
      await open(page, '/sessions');
      client('python3', ftplib(wharf, { commands: ['SITE MSG hello'] }));
      const row = page.getByTestId('session-row').filter({ hasText: '127.0.0.2' });
      await row.dblclick();
      for (const tab of ['tab-details', 'tab-log', 'tab-chat']) {
        await page.getByTestId(tab).click();
        expect.soft(await violations(page), tab).toEqual([]);
      }
      await page.getByTestId('drawer-close').click();
      await row.getByTestId('row-check').check();
      await dialog(page, 'kick');
      await open(page, '/messages');
      await page.getByTestId('conversation').first().click();
      await expect(page.getByTestId('chat-message').first()).toBeVisible();
      expect.soft(await violations(page), 'a conversation').toEqual([]);
    });

    test('the file client and its dialogs', async ({ page, wharf }) => {
      const folder = join(wharf.home, 'seen');
      await mkdir(join(folder, 'sub'), { recursive: true });
      await writeFile(join(folder, 'a.txt'), 'text');
      await openFiles(page, wharf);
      expect.soft(await violations(page), 'sign-in').toEqual([]);
      await signInToFiles(page, wharf, '/?path=/seen');
      await expect(entry(page, 'a.txt')).toBeVisible();
      expect.soft(await violations(page), 'list').toEqual([]);
      await page.getByTestId('grid').click();
      expect.soft(await violations(page), 'grid').toEqual([]);
      await dialog(page, 'new-folder');
      await entry(page, 'a.txt').getByTestId('entry-check').check();
      expect.soft(await violations(page), 'selected').toEqual([]);
      for (const button of ['rename', 'move', 'share', 'delete']) await dialog(page, button);
      await entry(page, 'a.txt').getByTestId('entry-name').click();
      await expect(page.getByTestId('edit-text')).toHaveValue('text');
      expect.soft(await violations(page), 'editor').toEqual([]);
      await page.keyboard.press('Escape');
      await page.getByTestId('account-menu').click();
      await dialog(page, 'own-links');
      await page.setViewportSize({ width: 360, height: 740 });
      expect.soft(await violations(page), 'narrow').toEqual([]);
      await page.getByTestId('messages').click();
      await expect(page.getByTestId('chat')).toBeVisible();
      expect.soft(await violations(page), 'chat').toEqual([]);
      await rm(folder, { recursive: true });
    });
  });
}

// The file client, as the tests use it.

import type { Page } from '@playwright/test';
import { alive, expect } from '../fixtures';
import type { Login, Wharf } from './wharf';

export { expect, test } from '../fixtures';

/** Opens a page of the file client and waits until it is alive. */
export async function openFiles(page: Page, wharf: Pick<Wharf, 'filesUrl'>, path = '/'): Promise<void> {
  await page.goto(`${wharf.filesUrl}${path}`);
  await alive(page);
}

/** Signs in to the file client and waits for the list. */
export async function signInToFiles(page: Page, wharf: Pick<Wharf, 'filesUrl' | 'account'>, path = '/', who: Login = wharf.account): Promise<void> {
  await openFiles(page, wharf, path);
  await page.getByTestId('signin-login').fill(who.login);
  await page.getByTestId('signin-password').fill(who.password);
  await page.getByTestId('signin-submit').click();
  await expect(page.getByTestId('files')).toBeVisible();
  await alive(page);
}

/** What the folder shows. */
export const list = (page: Page) => page.getByTestId('entries');

/** One entry of it, by its whole name. */
export const entry = (page: Page, name: string) =>
  page.getByTestId('entry').filter({ has: page.getByTestId('entry-name').getByText(name, { exact: true }) });

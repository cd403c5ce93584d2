// The way in.

import { alive, expect, open, signIn, test } from './fixtures';

test('a wrong password shows an error and lets nobody in', async ({ page, wharf, complaints }) => {
  complaints.expect(/status of 401/);
  await open(page, '/signin');
  await page.getByTestId('signin-login').fill(wharf.admin.login);
  await page.getByTestId('signin-password').fill('not the password');
  await page.getByTestId('signin-submit').click();
  await expect(page.getByTestId('signin-error')).not.toBeEmpty();
  await expect(page).toHaveURL(/\/signin/);
});

test('the right password leads to the overview', async ({ page, wharf }) => {
  await signIn(page, wharf.admin);
  await expect(page).toHaveURL(`${wharf.url}/`);
});

test('who is not signed in is asked to, and then gets the page they wanted', async ({ page, wharf }) => {
  await page.goto('/sessions');
  await expect(page).toHaveURL(/\/signin\?next=\/sessions$/);
  await alive(page);
  await page.getByTestId('signin-login').fill(wharf.admin.login);
  await page.getByTestId('signin-password').fill(wharf.admin.password);
  await page.getByTestId('signin-submit').click();
  await expect(page).toHaveURL(`${wharf.url}/sessions`);
});

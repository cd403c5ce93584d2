// Passkeys: an authenticator in software, in the real browser.

import type { Page } from '@playwright/test';
import { alive, expect, open, signIn, test } from './fixtures';
import type { Wharf } from './support/wharf';

const GOOD = 'a good enough password';

/** The panel by its name: browsers make no passkeys for an address. */
const named = (wharf: Wharf, path: string) => `https://localhost:${wharf.ports.panel}${path}`;

/** Gives the browser a device that knows its owner. */
async function authenticator(page: Page): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
}

/** Signs in by the password and adds a passkey. */
async function addPasskey(page: Page, wharf: Wharf, login: string): Promise<void> {
  await wharf.cli(['person', 'add', login, '--role', 'customer', '--password-stdin'], `${GOOD}\n`);
  await authenticator(page);
  await signIn(page, { login, password: GOOD }, named(wharf, '/signin'));
  await open(page, named(wharf, '/profile'));
  await page.getByTestId('passkey-add').click();
  await page.getByTestId('passkey-name').fill('laptop');
  await page.getByTestId('passkey-password').fill('a guess');
  await page.getByTestId('passkey-confirm').click();
  await expect(page.getByRole('alert')).toContainText('not your password');
  await page.getByTestId('passkey-password').fill(GOOD);
  await page.getByTestId('passkey-confirm').click();
  await expect(page.getByTestId('passkey-dialog')).toBeHidden();
  await expect(page.getByTestId('passkey')).toContainText('laptop');
  await expect(page.getByTestId('passkey')).toContainText('never');
}

async function signOut(page: Page): Promise<void> {
  await page.getByTestId('account-menu').click();
  await page.getByTestId('sign-out').click();
  await expect(page).toHaveURL(/\/signin/);
}

test('a passkey is added, signs in, is renamed and removed, and then signs nobody in', async ({ page, wharf, complaints }) => {
  complaints.expect(/status of 4(01|22)/);
  await addPasskey(page, wharf, 'keyholder');
  await signOut(page);

  await open(page, named(wharf, '/signin?next=/sessions'));
  await page.getByTestId('signin-passkey').click();
  await expect(page).toHaveURL(named(wharf, '/sessions'));
  await alive(page);
  await open(page, named(wharf, '/profile'));
  await expect(page.getByTestId('profile-login')).toHaveText('keyholder');
  await expect(page.getByTestId('sign-in').first()).toContainText('with a passkey');
  await expect(page.getByTestId('passkey')).not.toContainText('never');

  await page.getByTestId('passkey-add').click();
  await page.getByTestId('passkey-name').fill('the same again');
  await page.getByTestId('passkey-password').fill(GOOD);
  await page.getByTestId('passkey-confirm').click();
  await expect(page.getByRole('alert')).toContainText('has one of your passkeys');
  await page.getByTestId('cancel').click();
  await page.getByTestId('passkey-rename').click();
  await expect(page.getByTestId('passkey-name')).toHaveValue('laptop');
  await page.getByTestId('passkey-name').fill('old laptop');
  await page.getByTestId('passkey-confirm').click();
  await expect(page.getByTestId('passkey')).toContainText('old laptop');
  await page.getByTestId('passkey-remove').click();
  await expect(page.getByTestId('passkey-dialog')).toContainText('Remove old laptop?');
  await page.getByTestId('passkey-confirm').click();
  await expect(page.getByTestId('passkeys-none')).toBeVisible();
  await signOut(page);

  await alive(page);
  await page.getByTestId('signin-passkey').click();
  await expect(page.getByTestId('signin-error')).toContainText('not accepted');
  await page.getByTestId('signin-login').fill('keyholder');
  await page.getByTestId('signin-password').fill('a guess');
  await page.getByTestId('signin-submit').click();
  await expect(page.getByTestId('signin-error')).toContainText('password is not right');
  await page.getByTestId('signin-password').fill(GOOD);
  await page.getByTestId('signin-submit').click();
  await expect(page.getByTestId('account-menu')).toBeVisible();
});

test('an administrator removes the passkeys of who has lost the device', async ({ page, wharf, browser, complaints }) => {
  complaints.expect(/status of 4(01|22)/);
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const other = await context.newPage();
  complaints.watch(other);
  await addPasskey(other, wharf, 'loser');
  await signOut(other);
  await alive(other);
  await other.getByTestId('signin-passkey').click();
  await expect(other.getByTestId('account-menu')).toBeVisible();
  await open(other, named(wharf, '/sessions'));
  await expect(other.getByTestId('live-state')).toHaveText('live');

  await open(page, '/signin');
  await expect(page.getByTestId('signin-passkey'), 'an address has no passkeys').toHaveCount(0);
  await signIn(page, wharf.admin);
  await open(page, '/people?search=loser');
  await page.getByTestId('person-row').getByRole('link').click();
  await expect(page.getByTestId('person-passkeys')).toHaveText('1');
  await page.getByTestId('person-passkeys-off').click();
  await page.getByTestId('person-confirm').click();
  await expect(page.getByTestId('toast')).toContainText('1 panel session ended');
  await expect(page.getByTestId('person-passkeys')).toHaveText('0');
  await expect(page.getByTestId('person-passkeys-off')).toHaveCount(0);

  await expect(other.getByTestId('signin-over')).toContainText('passkey that began it was removed');
  await other.getByTestId('signin-passkey').click();
  await expect(other.getByTestId('signin-error')).toContainText('not accepted');
  await context.close();
});

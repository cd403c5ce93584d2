// Who is signed in to the panel: seeing it, ending it, and being ended.

import type { Page } from '@playwright/test';
import { expect, open, signIn, test } from './fixtures';
import type { Complaints } from './support/complaints';
import { ftplib } from './support/ftplib';
import type { Wharf } from './support/wharf';

const GOOD = 'a good enough password';

/** A second browser. */
async function another(browser: import('@playwright/test').Browser, wharf: Wharf, complaints: Complaints): Promise<Page> {
  const context = await browser.newContext({ baseURL: wharf.url, ignoreHTTPSErrors: true });
  const page = await context.newPage();
  complaints.watch(page);
  return page;
}

async function person(wharf: Wharf, login: string, role: string, ...more: string[]): Promise<void> {
  await wharf.cli(['person', 'add', login, '--role', role, '--password-stdin', ...more], `${GOOD}\n`);
}

const rowOf = (page: Page, login: string) => page.getByTestId('panel-session').and(page.locator(`[data-login="${login}"]`));

test('a signed-in browser is listed, removed, and told', async ({ page, wharf, browser, complaints }) => {
  complaints.expect(/status of 401/);
  await person(wharf, 'removed', 'customer');
  await signIn(page, wharf.admin);
  await open(page, '/panel-sessions');
  await expect(page.getByTestId('panel-session-yours')).toHaveCount(1);
  const own = page.getByTestId('panel-session').filter({ has: page.getByTestId('panel-session-yours') });
  await expect(own).toContainText('Server administrator');
  await expect(own.getByTestId('panel-session-check')).toHaveCount(0);

  const other = await another(browser, wharf, complaints);
  await signIn(other, { login: 'removed', password: GOOD });
  await open(other, '/sessions');
  await expect(other.getByTestId('live-state')).toHaveText('live');
  const row = rowOf(page, 'removed');
  await expect(row, 'it shows without a click').toHaveCount(1);
  await expect(row).toContainText('Customer');
  await expect(row).toContainText('Chrome');
  await expect(row.getByTestId('panel-session-idle')).toHaveText(/^0:\d\d$/);
  await row.getByTestId('panel-session-check').check();
  await page.getByTestId('panel-sessions-remove').click();
  await expect(page.getByTestId('panel-remove-dialog')).toContainText('removed');
  await page.getByTestId('panel-remove-confirm').click();
  await expect(page.getByTestId('toast')).toContainText('1 session removed');
  await expect(row).toHaveCount(0);

  await expect(other.getByTestId('signin-over')).toContainText('ended by an administrator');
  await expect(other).toHaveURL(/\/signin\?next=\/sessions$/);
  await signIn(other, { login: 'removed', password: GOOD });
  await other.context().close();
});

test('who does nothing is warned, then signed out, though the live page is open', async ({ page, wharf, complaints }) => {
  complaints.expect(/status of 401/);
  await person(wharf, 'idler', 'customer');
  await signIn(page, { login: 'idler', password: GOOD });
  await open(page, '/sessions');
  await expect(page.getByTestId('live-state')).toHaveText('live');
  await wharf.idle('idler', 29);
  await page.reload();
  await expect(page.getByTestId('idle-warning'), 'to open a page is to do something').toHaveCount(0);
  await open(page, '/sessions');
  await wharf.idle('idler', 29);
  // Somebody comes back to a page whose timers may have slept.
  await page.evaluate(() => window.dispatchEvent(new Event('focus')));
  await expect(page.getByTestId('idle-warning')).toContainText('signed out in');
  await page.getByTestId('idle-stay').click();
  await expect(page.getByTestId('idle-warning')).toHaveCount(0);
  await wharf.idle('idler', 31);
  await expect(page.getByTestId('signin-over')).toContainText('nothing was done', { timeout: 30_000 });
});

test('settings hold at once, and nobody locks oneself out', async ({ page, wharf, complaints }) => {
  complaints.expect(/status of 422/);
  await signIn(page, wharf.admin);
  await open(page, '/panel-sessions/settings');
  await page.getByTestId('access-denied').check();
  await page.getByTestId('settings-save').click();
  await expect(page.getByRole('alert')).toContainText('no administrator could sign in');
  await page.getByTestId('settings-networks').fill('10.0.0.0/8');
  await page.getByTestId('settings-save').click();
  await expect(page.getByRole('alert')).toContainText('your own address is 127.0.0.1');
  await page.getByTestId('settings-networks').fill('10.0.0.0/8\n127.0.*.*\nnonsense');
  await page.getByTestId('settings-save').click();
  await expect(page.getByRole('alert')).toContainText('nonsense');
  await page.getByTestId('access-allowed').check();
  await page.getByTestId('settings-networks').fill('10.0.0.0/8');
  await page.getByTestId('settings-idle').fill('0');
  await page.getByTestId('settings-save').click();
  await expect(page.getByRole('alert')).toContainText('1 to 99999');
  await page.getByTestId('settings-idle-default').click();
  await expect(page.getByTestId('settings-idle')).toHaveValue('30');
  await page.getByTestId('settings-save').click();
  await expect(page.getByTestId('toast')).toContainText('saved');
});

test('two resellers see nothing of each other, and act for their own customers', async ({ page, wharf, client, complaints }) => {
  // Of foreign people; and a page that looks again just when somebody else is signed in.
  complaints.expect(/status of 40[34]/);
  for (const reseller of ['eastern', 'western']) {
    await person(wharf, reseller, 'reseller');
    for (const n of [1, 2]) await person(wharf, `${reseller}-${n}`, 'customer', '--reseller', reseller);
  }
  // Somebody of the west is busy all the time.
  await wharf.cli(['domain', 'add', 'western.test', '--root', `${wharf.root}-western`, '--owner', 'western-1']);
  await wharf.cli(['account', 'add', 'western.test', 'westerner', '--password-stdin'], `${GOOD}\n`);
  const busy = client('python3', ftplib(wharf, { login: 'westerner', password: GOOD, commands: ['MKD busy-file'] }));
  await signIn(page, wharf.admin);
  await open(page, '/people?search=western-1');
  const foreign = await page.getByTestId('person-row').getByRole('link').getAttribute('href');
  await page.context().clearCookies();

  const frames: string[] = [];
  page.on('websocket', (socket) => socket.on('framereceived', (frame) => frames.push(String(frame.payload))));
  await signIn(page, { login: 'eastern', password: GOOD });
  await open(page, '/people');
  await expect(page.getByTestId('people-total')).toHaveText('3 people');
  await expect(page.getByTestId('people')).not.toContainText('western');
  await open(page, foreign ?? '');
  await expect(page.getByRole('heading', { level: 1 })).not.toContainText('western');
  await open(page, '/panel-sessions');
  await expect(page.getByTestId('panel-sessions')).not.toContainText('western');
  await expect(page.getByTestId('panel-settings')).toHaveCount(0);

  await open(page, '/people?search=eastern-2');
  await page.getByTestId('person-row').getByRole('link').click();
  await page.getByTestId('person-sign-in-as').click();
  await expect(page.getByTestId('acting')).toContainText('eastern, signed in as eastern-2');
  await expect(page.getByTestId('nav-people')).toHaveCount(0);
  await page.getByTestId('nav-panel-sessions').click();
  await expect(page.getByTestId('panel-session')).toContainText('eastern signed in as');
  await page.getByTestId('acting-return').click();
  await expect(page.getByTestId('acting')).toHaveCount(0);
  await expect(page).toHaveURL(/\/people$/);
  await expect(page.getByTestId('people-total')).toHaveText('3 people');
  for (const path of ['/', '/sessions', '/messages', '/bans', '/accounts', '/domains', '/audit', '/profile']) {
    await open(page, path);
    await expect(page.locator('body')).not.toContainText('western');
  }
  expect(frames.length).toBeGreaterThan(0);
  expect(frames.filter((frame) => frame.includes('western') || frame.includes('busy-file'))).toEqual([]);
  expect(busy.running, busy.stderr).toBe(true);
});

test('a person is added, given a new password, disabled and enabled', async ({ page, wharf, browser, complaints }) => {
  // The page of a person may look once more when that is deleted already.
  complaints.expect(/status of 4(01|04|22)/);
  await signIn(page, wharf.admin);
  await open(page, '/people');
  await page.getByTestId('person-add').click();
  await page.getByTestId('person-login').fill('fresh person');
  await page.getByTestId('person-password').fill('short');
  await page.getByTestId('person-confirm').click();
  await expect(page.getByRole('alert')).toContainText('at least 8 characters');
  await page.getByTestId('password-suggest').click();
  await expect(page.getByTestId('person-password')).toHaveValue(/^[a-z2-9]{20}$/);
  await page.getByTestId('person-confirm').click();
  await expect(page.getByRole('alert')).toContainText('A login has letters');
  await page.getByTestId('person-login').fill('fresh');
  const password = await page.getByTestId('person-password').inputValue();
  await page.getByTestId('person-confirm').click();
  await expect(page.getByTestId('toast')).toContainText('fresh is added');
  await page.getByTestId('person-row').filter({ hasText: 'fresh' }).getByRole('link').click();
  await expect(page.getByTestId('person-state')).toContainText('Enabled');

  const other = await another(browser, wharf, complaints);
  await signIn(other, { login: 'fresh', password });
  await open(other, '/sessions');
  await page.getByTestId('person-set-password').click();
  await page.getByTestId('person-password').fill(GOOD);
  await page.getByTestId('person-confirm').click();
  await expect(page.getByTestId('toast').filter({ hasText: '1 panel session ended' })).toBeVisible();
  await expect(other.getByTestId('signin-over')).toContainText('password was changed');
  await signIn(other, { login: 'fresh', password: GOOD });
  await open(other, '/sessions');

  await page.getByTestId('person-disable').click();
  await page.getByTestId('person-confirm').click();
  await expect(page.getByTestId('person-state')).toContainText('Disabled');
  await expect(other.getByTestId('signin-over')).toContainText('rights were changed');
  await page.getByTestId('person-enable').click();
  await expect(page.getByTestId('person-state')).toContainText('Enabled');
  await expect(page.getByTestId('sign-in')).toHaveCount(2);

  await page.getByTestId('person-delete').click();
  await expect(page.getByTestId('delete-names')).toHaveText('fresh');
  await page.getByTestId('delete-confirm').click();
  await expect(page).toHaveURL(/\/people$/);
  await expect(page.getByTestId('deletion').filter({ hasText: 'fresh' })).toHaveCount(1);
  await expect(page.getByTestId('person-row').filter({ hasText: 'fresh' })).toHaveCount(0);
  await page.getByTestId('toast').filter({ hasText: 'Deleted' }).getByTestId('toast-action').click();
  await expect(page.getByTestId('person-row').filter({ hasText: 'fresh' })).toHaveCount(1);
  await other.context().close();
});

test('one-time codes: switched on, asked for, a recovery code helps', async ({ page, wharf, client, complaints }) => {
  complaints.expect(/status of 4(01|22)/);
  await person(wharf, 'careful', 'customer');
  await signIn(page, { login: 'careful', password: GOOD });
  await open(page, '/profile');
  await page.getByTestId('codes-switch').click();
  await page.getByTestId('codes-password').fill(GOOD);
  await page.getByTestId('codes-go-on').click();
  const secret = (await page.getByTestId('codes-secret').innerText()).trim();
  await page.getByTestId('codes-code').fill('000000');
  await page.getByTestId('codes-confirm').click();
  await expect(page.getByRole('alert')).toContainText('not the code');
  const { stdout } = await client('python3', ['-c', CODE, secret]).ended;
  await page.getByTestId('codes-code').fill(stdout.trim());
  await page.getByTestId('codes-confirm').click();
  const [recovery] = (await page.getByTestId('recovery-codes').innerText()).split(' ');
  await page.getByTestId('recovery-done').click();
  await expect(page.getByTestId('codes-state')).toContainText('10 recovery codes');
  await page.getByTestId('account-menu').click();
  await page.getByTestId('sign-out').click();

  await expect(page).toHaveURL(/\/signin/);
  await open(page, '/signin');
  await page.getByTestId('signin-login').fill('careful');
  await page.getByTestId('signin-password').fill(GOOD);
  await page.getByTestId('signin-submit').click();
  await page.getByTestId('signin-code').fill('111111');
  await page.getByTestId('signin-submit').click();
  await expect(page.getByTestId('signin-error')).toContainText('code is not right');
  await page.getByTestId('signin-code').fill(recovery ?? '');
  await page.getByTestId('signin-submit').click();
  await expect(page.getByTestId('account-menu')).toBeVisible();
});

/** The code of an authenticator app (RFC 6238), by Python's own library. */
const CODE = `
import base64, hashlib, hmac, struct, sys, time
secret = sys.argv[1]
key = base64.b32decode(secret + '=' * (-len(secret) % 8))
digest = hmac.new(key, struct.pack('>Q', int(time.time()) // 30), hashlib.sha1).digest()
start = digest[-1] & 15
print('%06d' % ((struct.unpack('>I', digest[start:start + 4])[0] & 0x7fffffff) % 1000000))
`;

test('a token made in the profile has the rights of the person, until it is revoked', async ({ page, wharf, client, complaints }) => {
  complaints.expect(/status of 422/);
  await person(wharf, 'programmer', 'customer');
  await signIn(page, { login: 'programmer', password: GOOD });
  await open(page, '/profile');
  await page.getByTestId('token-add').click();
  await page.getByTestId('token-name').fill('backup');
  await page.getByTestId('token-password').fill('a guess');
  await page.getByTestId('token-confirm').click();
  await expect(page.getByRole('alert')).toContainText('not your password');
  await page.getByTestId('token-password').fill(GOOD);
  await page.getByTestId('token-confirm').click();
  const secret = (await page.getByTestId('token-secret').innerText()).trim();
  await page.getByTestId('token-close').click();
  const ask = (path: string) =>
    client('curl', ['-sSk', '-o', '/dev/null', '-w', '%{http_code}', '-H', `authorization: Bearer ${secret}`, `${wharf.url}/api/v1${path}`]).ended;
  expect((await ask('/sessions')).stdout).toBe('200');
  expect((await ask('/people')).stdout).toBe('403');
  await page.getByTestId('token-revoke').click();
  await expect(page.getByTestId('tokens-none')).toBeVisible();
  expect((await ask('/sessions')).stdout).toBe('401');
});

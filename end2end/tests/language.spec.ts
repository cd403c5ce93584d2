// The panel in German: what a German browser gets, and how one chooses.

import type { Page } from '@playwright/test';
import { alive, expect, open, signIn, test } from './fixtures';

test.use({ locale: 'de-DE', timezoneId: 'Europe/Berlin' });

/** Headings of the main pages. */
const PAGES: [path: string, heading: string][] = [
  ['/', 'Übersicht'],
  ['/sessions', 'Sitzungen'],
  ['/messages', 'Nachrichten'],
  ['/bans', 'Sperren und IP-Regeln'],
  ['/bans/rules', 'Sperren und IP-Regeln'],
  ['/domains', 'Domains'],
  ['/accounts', 'Konten'],
  ['/people', 'Personen'],
  ['/panel-sessions', 'Aktive Panel-Sitzungen'],
  ['/panel-sessions/settings', 'Panel-Einstellungen'],
  ['/audit', 'Prüfprotokoll'],
  ['/webhooks', 'Webhooks'],
  ['/profile', 'Ihr Profil'],
  ['/nowhere', 'Hier ist nichts'],
];

/** Texts on the page that the German catalogue has another word for: they were not looked up. */
async function english(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const words = document.querySelector<HTMLLinkElement>('link[rel=preload][href*="words-de"]');
    if (!words) return ['no words of the page'];
    const entries: string[][] = await (await fetch(words.href)).json();
    const other = new Set(entries.filter(([key, text]) => key !== text).map(([key]) => key!.trim()));
    const german = new Set(entries.flatMap(([, ...texts]) => texts.map((text) => text.trim())));
    const seen: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node instanceof Element) {
        for (const name of ['aria-label', 'title', 'placeholder', 'data-label']) seen.push(node.getAttribute(name) ?? '');
      } else if (!node.parentElement?.closest('.mono, code, script, [data-testid=audit-row]')) {
        seen.push(node.textContent ?? '');
      }
    }
    return seen.map((text) => text.trim()).filter((text) => other.has(text) && !german.has(text));
  });
}

test('a German browser gets a German panel on every page', async ({ page, wharf, complaints }) => {
  complaints.expect(/status of 404/);
  await page.goto('/signin');
  await expect(page.locator('html')).toHaveAttribute('lang', 'de');
  await expect(page.getByTestId('signin-submit')).toHaveText('Anmelden');
  await signIn(page, wharf.admin);
  for (const [path, heading] of PAGES) {
    await open(page, path);
    await expect(page.locator('html')).toHaveAttribute('lang', 'de');
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(heading);
    await expect(page.getByText('Wird geladen …')).toHaveCount(0);
    expect(await english(page), path).toEqual([]);
  }
});

test('times and numbers are written as in Germany', async ({ page, wharf }) => {
  await signIn(page, wharf.admin, '/signin?next=/panel-sessions');
  const own = page.getByTestId('panel-session').filter({ has: page.getByTestId('panel-session-yours') });
  await expect(own.getByRole('time').or(own.locator('time')).first()).toHaveText(
    /^\d\d\.\d\d\.\d{4} \d\d:\d\d:\d\d UTC\+0[12]:00$/,
  );
  await open(page, '/');
  await expect(page.getByTestId('kpi-download')).toContainText(/\d(,\d [kMG]B| B)\/s/);
});

test('what the server refuses is told in German', async ({ page, wharf, complaints }) => {
  complaints.expect(/status of 4(01|22)/);
  await open(page, '/signin');
  await page.getByTestId('signin-login').fill(wharf.admin.login);
  await page.getByTestId('signin-password').fill('not the password');
  await page.getByTestId('signin-submit').click();
  await expect(page.getByTestId('signin-error')).toHaveText('Der Name oder das Passwort ist nicht richtig.');
  await signIn(page, wharf.admin, '/signin?next=/profile');
  await page.getByTestId('profile-name').fill('');
  await page.getByTestId('profile-name-save').click();
  await expect(page.getByRole('alert')).toHaveText('Ein Name wird gebraucht.');
});

test('the sign-in page changes the language of this browser', async ({ page, wharf }) => {
  await open(page, '/signin?next=/sessions');
  await page.getByTestId('signin-language').getByRole('link', { name: 'English' }).click();
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
  await alive(page);
  await expect(page.getByTestId('signin-submit')).toHaveText('Sign in');
  await signIn(page, wharf.admin, page.url());
  await expect(page).toHaveURL(`${wharf.url}/sessions`);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Sessions');
});

test('a person chooses language and time zone, everywhere', async ({ page, wharf, browser }) => {
  await signIn(page, wharf.admin, '/signin?next=/profile');
  await page.getByTestId('preferences-language').selectOption({ label: 'English' });
  await page.getByTestId('preferences-zone').selectOption('Asia/Tokyo');
  await page.getByTestId('preferences-save').click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Your profile');
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
  await alive(page);
  await expect(page.getByTestId('preferences-zone')).toHaveValue('Asia/Tokyo');
  await open(page, '/panel-sessions');
  await expect(page.getByTestId('panel-session').first().locator('time').first()).toHaveText(/ UTC\+09:00$/);

  // Another browser of the same person: its page becomes English with the sign-in.
  const other = await browser.newContext({ baseURL: wharf.url, ignoreHTTPSErrors: true, locale: 'de-DE' });
  const elsewhere = await other.newPage();
  await signIn(elsewhere, wharf.admin, '/signin?next=/profile');
  await expect(elsewhere.locator('html')).toHaveAttribute('lang', 'en');
  await alive(elsewhere);
  await expect(elsewhere.getByRole('heading', { level: 1 })).toHaveText('Your profile');
  // And back, for the tests that follow.
  await elsewhere.getByTestId('preferences-language').selectOption({ index: 0 });
  await elsewhere.getByTestId('preferences-zone').selectOption({ index: 0 });
  await elsewhere.getByTestId('preferences-save').click();
  await expect(elsewhere.locator('html')).toHaveAttribute('lang', 'de');
  await other.close();
});

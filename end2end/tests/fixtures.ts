// What the tests start from: a server for each worker, a page that must not complain, real clients.

import { type Page, test as base, expect } from '@playwright/test';
import { Client } from './support/client';
import { Complaints } from './support/complaints';
import { type Login, Wharf } from './support/wharf';

interface TestFixtures {
  /** What the page complained about; `complaints.expect(/../)` allows one. */
  complaints: Complaints;
  /** Starts a client; those that still run at the end of the test are ended. */
  client: (command: string, args: string[], options?: { input?: string; cwd?: string }) => Client;
  /** Adds the server's log to a failed test. */
  serverLog: void;
  /** Leaves the server of this worker without sessions. */
  noSessions: void;
}

interface WorkerFixtures {
  /** The server of this worker. Tests of one worker share it, one after the other. */
  wharf: Wharf;
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  wharf: [
    // Playwright reads the pattern: this one needs nothing.
    async ({}, use, worker) => {
      const wharf = await Wharf.start(worker.parallelIndex);
      await use(wharf);
      await wharf.stop();
    },
    { scope: 'worker', timeout: 90_000 },
  ],

  baseURL: async ({ wharf }, use) => use(wharf.url),

  serverLog: [
    async ({ wharf }, use, test) => {
      const before = wharf.log.length;
      await use();
      if (test.status === test.expectedStatus) return;
      const log = wharf.log.slice(before);
      await test.attach('server log', { body: log, contentType: 'text/plain' });
      console.log(`the server's log during "${test.title}":\n${log}`);
    },
    { auto: true },
  ],

  // Before a test, not after it: what its own clients do at its end is still to be theirs.
  noSessions: [
    async ({ wharf }, use) => {
      await wharf.endSessions();
      await use();
    },
    { auto: true },
  ],

  complaints: async ({}, use) => use(new Complaints()),

  page: async ({ page, complaints }, use) => {
    complaints.watch(page);
    await use(page);
    expect(complaints.unexpected, 'the page complained').toEqual([]);
  },

  client: async ({}, use) => {
    const clients: Client[] = [];
    await use((command, args, options) => {
      const client = new Client(command, args, options);
      clients.push(client);
      return client;
    });
    await Promise.all(clients.map((client) => client.stop()));
  },
});

export { expect };

/** Opens a page of the panel and waits until it is alive: before that, a click is lost. */
export async function open(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await alive(page);
}

/** Waits until the page is hydrated. */
export async function alive(page: Page): Promise<void> {
  await expect(page.locator('html')).toHaveAttribute('data-hydrated');
}

/** Signs in and waits for the page behind. */
export async function signIn(page: Page, who: Login, path = '/signin'): Promise<void> {
  await open(page, path);
  await page.getByTestId('signin-login').fill(who.login);
  await page.getByTestId('signin-password').fill(who.password);
  await page.getByTestId('signin-submit').click();
  await page.waitForURL((url) => url.pathname !== '/signin');
  await alive(page);
}

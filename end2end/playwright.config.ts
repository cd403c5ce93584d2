// How the browser tests run. `cargo xtask test --only e2e` builds what they need first; by hand, after
// `cargo xtask build`, `npx playwright test` here does it too.

import { defineConfig } from '@playwright/test';

const isRoot = process.getuid?.() === 0;

export default defineConfig({
  testDir: 'tests',
  // Each worker has a server of its own (tests/fixtures.ts), so they do not meet.
  workers: 2,
  // A test that fails now and then is broken, and so it is to be seen.
  retries: 0,
  forbidOnly: Boolean(process.env.CI),
  // Several browsers and a debug build of the server share the machine.
  timeout: 120_000,
  expect: { timeout: 10_000 },
  reporter: [['list']],
  // Tests download large files.
  preserveOutput: 'failures-only',
  use: {
    browserName: 'chromium',
    // The server makes its own certificate.
    ignoreHTTPSErrors: true,
    locale: 'en-GB',
    timezoneId: 'UTC',
    viewport: { width: 1440, height: 900 },
    testIdAttribute: 'data-testid',
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    launchOptions: {
      // The distribution's browser: nothing is downloaded.
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-gpu',
        '--disable-quic',
        '--disable-sync',
        '--no-first-run',
        // Chromium's sandbox refuses to work for root.
        ...(isRoot ? ['--no-sandbox'] : []),
      ],
    },
  },
});

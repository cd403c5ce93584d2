// What a page complains about. A panel that works complains about nothing.

import type { Page } from '@playwright/test';

/** Leptos and the browser say it in many ways when the server's HTML and the browser's view differ. */
const HYDRATION = /hydrat|mismatch|unreachable|panicked/i;

export class Complaints {
  readonly #found: string[] = [];
  readonly #expected: RegExp[] = [];

  /** Watches `page` from now on. Violations of the content security policy are errors on the console of Chromium. */
  watch(page: Page): void {
    page.on('pageerror', (error) => this.#found.push(`uncaught: ${error.stack ?? error.message}`));
    page.on('crash', () => this.#found.push('the page crashed'));
    page.on('console', (message) => {
      const bad = message.type() === 'error' || (message.type() === 'warning' && HYDRATION.test(message.text()));
      if (bad) this.#found.push(`${message.type()}: ${message.text()} (${message.location().url})`);
    });
  }

  /** A test that provokes a complaint, such as a refused request, says so. */
  expect(complaint: RegExp): void {
    this.#expected.push(complaint);
  }

  /** What nobody expected. */
  get unexpected(): string[] {
    return this.#found.filter((complaint) => !this.#expected.some((expected) => expected.test(complaint)));
  }
}

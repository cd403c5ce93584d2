// The audit log.

import { readFile } from 'node:fs/promises';
import { alive, expect, open, signIn, test } from './fixtures';
import { ftplib } from './support/ftplib';

test('what an operator did is found, read and saved', async ({ page, wharf, client }) => {
  await signIn(page, wharf.admin);
  await open(page, '/sessions');
  client('python3', ftplib(wharf, { from: '127.0.0.8' }));
  await page.getByTestId('session-row').filter({ hasText: '127.0.0.8' }).getByTestId('row-check').check();
  await page.getByTestId('kick').click();
  await page.getByTestId('kick-reason').fill('=audited <b>reason</b>');
  await page.getByTestId('kick-confirm').click();
  await expect(page.getByTestId('toast').filter({ hasText: 'ended' })).toBeVisible();

  await open(page, '/audit');
  const rows = page.getByTestId('audit-row');
  const entry = rows.filter({ hasText: '=audited <b>reason</b>' });
  await expect(entry).toHaveCount(1);
  await expect(entry).toContainText('session.kick');
  await expect(entry).toContainText('admin');
  await expect(entry).toContainText('127.0.0.1');

  await page.getByTestId('audit-text').fill('audited');
  await page.getByTestId('audit-filter').click();
  await expect(page).toHaveURL(/text=audited/);
  await alive(page);
  await expect(rows).toHaveCount(1);
  await expect(page.getByTestId('audit-text')).toHaveValue('audited');

  const saved = page.waitForEvent('download');
  await page.getByTestId('audit-csv').click();
  const csv = await readFile(await (await saved).path(), 'utf8');
  expect(csv).toContain("'=audited");

  await open(page, '/audit?actor=nobody-of-that-name');
  await expect(page.getByTestId('audit-none')).toBeVisible();
});

// Other programs that are told what happens.

import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, signIn, test } from './fixtures';
import { login } from './support/ftplib';

interface Told {
  headers: IncomingHttpHeaders;
  body: string;
}

/** Something to tell; it answers as `status` says at that moment. */
async function receiver() {
  const told: Told[] = [];
  const state = { status: 204 };
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      told.push({ headers: request.headers, body });
      response.writeHead(state.status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/hook`, told, state, close: () => server.close() };
}

test('a webhook is made, tested, told what happens, and removed', async ({ page, wharf, client, complaints }) => {
  complaints.expect(/422 .*add_webhook/);
  const there = await receiver();
  await signIn(page, wharf.admin);
  await page.getByTestId('nav-webhooks').click();
  await expect(page.getByTestId('webhooks-none')).toBeVisible();
  await page.getByTestId('webhook-add').click();
  const dialog = page.getByTestId('webhook-dialog');
  await dialog.getByTestId('webhook-url').fill('http://10.0.0.1/');
  await dialog.getByTestId('webhook-confirm').click();
  await expect(dialog.getByRole('alert')).toContainText('not on the internet');
  await dialog.getByTestId('webhook-url').fill(there.url);
  await dialog.getByTestId('session.opened').check();
  await dialog.getByTestId('webhook-confirm').click();
  const secret = (await dialog.getByTestId('webhook-secret').textContent()) ?? '';
  expect(secret).toMatch(/^whsec_/);
  await dialog.getByTestId('webhook-close').click();

  const row = page.getByTestId('webhook');
  await expect(row).toContainText('session.opened');
  await expect(page.locator('body')).not.toContainText(secret);
  await row.getByTestId('webhook-test').click();
  await expect(page.getByTestId('delivery-state')).toHaveText(['delivered']);
  expect((await client('python3', login(wharf)).ended).code).toBe(0);
  await expect(page.getByTestId('delivery-state')).toHaveText(['delivered', 'delivered']);
  for (const { headers, body } of there.told) {
    const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
    const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
    expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`);
  }

  there.state.status = 500;
  await row.getByTestId('webhook-test').click();
  await expect(page.getByTestId('delivery-state').first()).toHaveText('to be tried again');
  await expect(row.getByTestId('webhook-state')).toContainText('Failing since');
  await row.getByTestId('webhook-switch').click();
  await expect(row.getByTestId('webhook-state')).toHaveText('Off');
  await row.getByTestId('webhook-remove').click();
  await page.getByTestId('webhook-remove-confirm').click();
  await expect(page.getByTestId('webhooks-none')).toBeVisible();
  there.close();
});

// Uploads as people do them: many files at once, dropped on the page, over a network that comes and goes.

import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { appendFile, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { entry, expect, signInToFiles, test } from './support/files';
import type { Wharf } from './support/wharf';

const MIB = 1024 * 1024;
/** Of the file whose upload is interrupted; 3072 is worth a try by hand. */
const LONG = Number(process.env.WHARF_LONG_UPLOAD_MIB ?? 48) * MIB;

async function hash(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest('hex');
}

test('five hundred files of all sizes and names arrive whole', async ({ page, wharf }, info) => {
  test.slow();
  const odd = ['100% #1 & more?.txt', "it's \"quoted\" <b>.txt", 'Grüße 日本語 🎉.txt', '.hidden', ' spaces  inside ', 'semi;colon=x.txt', 'עברית.txt'];
  const folder = info.outputPath('many');
  await mkdir(join(folder, 'below'), { recursive: true });
  const names = Array.from({ length: 500 }, (_, at) => odd[at] ?? (at % 5 ? `file ${at}.bin` : `below/file ${at}.bin`));
  for (const [at, name] of names.entries()) await writeFile(join(folder, name), randomBytes((at * at * 7919) % 150_000));
  await signInToFiles(page, wharf);
  await page.getByTestId('pick-folder').setInputFiles(folder);
  await expect(page.getByTestId('uploads-state')).toHaveText('500 uploaded', { timeout: 240_000 });
  const arrived = join(wharf.home, 'many');
  expect((await readdir(arrived)).length).toBe((await readdir(folder)).length);
  for (const name of names) expect(await hash(join(arrived, name)), name).toBe(await hash(join(folder, name)));
  await rm(arrived, { recursive: true });
});

test('what is dropped on the page is uploaded', async ({ page, wharf }) => {
  await signInToFiles(page, wharf);
  const dropped = await page.evaluateHandle(() => {
    const data = new DataTransfer();
    data.items.add(new File(['dropped'], 'dropped.txt', { type: 'text/plain' }));
    return data;
  });
  for (const event of ['dragenter', 'dragover', 'drop']) {
    await page.getByTestId('files').dispatchEvent(event, { dataTransfer: dropped });
  }
  await expect(entry(page, 'dropped.txt')).toBeVisible();
  await rm(join(wharf.home, 'dropped.txt'));
});

/** A network that can be lost: what stands between the browser and the file client. */
class Network {
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  #up = true;

  private constructor(to: number, host: string) {
    this.#server = createServer((near) => {
      if (!this.#up) {
        near.destroy();
        return;
      }
      const far = connect(to, host);
      for (const [one, other] of [[near, far], [far, near]] as const) {
        this.#sockets.add(one);
        one.on('error', () => other.destroy()).on('close', () => {
          this.#sockets.delete(one);
          other.destroy();
        });
        one.pipe(other);
      }
    });
  }

  static async to(wharf: Wharf): Promise<Network> {
    const network = new Network(wharf.ports.web, wharf.host);
    await new Promise<void>((resolve) => network.#server.listen(0, wharf.host, resolve));
    return network;
  }

  get url(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  lose(): void {
    this.#up = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  back(): void {
    this.#up = true;
  }

  close(): void {
    this.lose();
    this.#server.close();
  }
}

test('an upload whose network is lost twice goes on by itself and arrives whole', async ({ page, wharf, complaints }, info) => {
  test.slow();
  complaints.expect(/ERR_|WebSocket/);
  const file = info.outputPath('long.bin');
  for (let written = 0; written < LONG; written += 16 * MIB) await appendFile(file, randomBytes(16 * MIB));
  const network = await Network.to(wharf);
  await signInToFiles(page, { filesUrl: network.url, account: wharf.account });
  const line = await page.context().newCDPSession(page);
  await line.send('Network.enable');
  const rate = (bytes: number) =>
    line.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: bytes });
  await rate(LONG / 12);
  await page.getByTestId('pick-files').setInputFiles(file);
  const upload = page.getByTestId('upload');
  const part = async () => {
    const parts = (await readdir(wharf.home)).filter((name) => name.startsWith('.wharf'));
    return Math.max(0, ...(await Promise.all(parts.map(async (name) => (await stat(join(wharf.home, name))).size))));
  };
  for (const share of [0.2, 0.5]) {
    await expect.poll(part, { timeout: 120_000 }).toBeGreaterThan(LONG * share);
    network.lose();
    await expect(upload).toHaveAttribute('data-state', 'lost');
    network.back();
    await expect(upload).toHaveAttribute('data-state', 'sending', { timeout: 60_000 });
  }
  await rate(-1);
  await expect(upload).toHaveAttribute('data-state', 'done', { timeout: 240_000 });
  expect(await hash(join(wharf.home, 'long.bin'))).toBe(await hash(file));
  await rm(join(wharf.home, 'long.bin'));
  network.close();
});

// A Wharf server of one's own: temporary data, free ports, one domain with one account.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type Outcome } from './client';
import { freePorts } from './ports';

/** Who may enter, and how. */
export interface Login {
  login: string;
  password: string;
}

const target = resolve(process.env.CARGO_TARGET_DIR ?? '../target');
const binary = process.env.WHARF_BINARY ?? join(target, 'debug/wharf');
const site = process.env.WHARF_SITE_DIR ?? join(target, 'site');

type Five = [number, number, number, number, number];

/** How long a debug build may take to answer on a slow machine. */
const PATIENCE_MS = 60_000;

export class Wharf {
  readonly host = '127.0.0.1';
  readonly admin: Login = { login: 'admin', password: 'correct horse battery staple' };
  readonly domain = 'example.test';
  readonly account: Login = { login: 'alice', password: 'a long password of alice' };
  /** Bearer token of an administrator, for `/api/v1`. */
  token = '';

  /** The first of the ports of this server; the others follow it in the order of `ports`. */
  readonly #firstPort: number;
  /** Everything of this server lies below it. */
  readonly #folder: string;
  #server: Client | undefined;

  private constructor(folder: string, firstPort: number) {
    this.#folder = folder;
    this.#firstPort = firstPort;
  }

  /** Starts a server and fills it. `worker` keeps servers of several workers apart. */
  static async start(worker: number): Promise<Wharf> {
    const wharf = new Wharf(await mkdtemp(join(tmpdir(), 'wharf-e2e-')), await freePorts(worker));
    try {
      await wharf.#run();
      await wharf.#fill();
    } catch (error) {
      const log = wharf.log;
      await wharf.stop();
      throw new Error(`${String(error)}\n\nthe server's log:\n${log}`, { cause: error });
    }
    return wharf;
  }

  get ports() {
    const [panel, ftp, ftps, sftp, web] = [0, 1, 2, 3, 4].map((offset) => this.#firstPort + offset) as Five;
    return { panel, ftp, ftps, sftp, web, passive: `${this.#firstPort + 20}-${this.#firstPort + 99}` };
  }

  /** Where the panel is. */
  get url(): string {
    return `https://${this.host}:${this.ports.panel}`;
  }

  /** Where the file client is. */
  get filesUrl(): string {
    return `https://${this.host}:${this.ports.web}`;
  }

  /** Where the domain's files are on the disk. */
  get root(): string {
    return join(this.#folder, 'files');
  }

  /** Where the account's files are on the disk. */
  get home(): string {
    return join(this.root, this.account.login);
  }

  /** Everything the server has printed. */
  get log(): string {
    return this.#server ? this.#server.stdout + this.#server.stderr : '';
  }

  /** A file by FTP, without login: curl gets that by `--user`. */
  ftpUrl(path = ''): string {
    return `ftp://${this.host}:${this.ports.ftp}/${path}`;
  }

  /** The account as curl's `--user` wants it. */
  get curlUser(): string {
    return `${this.account.login}:${this.account.password}`;
  }

  /** Runs `wharf` with these words on this server's data; fails unless it succeeds. */
  async cli(args: string[], input?: string): Promise<string> {
    const { code, stdout, stderr }: Outcome = await new Client(binary, args, { input, env: this.#environment }).ended;
    if (code !== 0) throw new Error(`wharf ${args.join(' ')} ended with ${code}: ${stderr}${stdout}`);
    return stdout.trim();
  }

  /** Makes it look as if a person had done nothing for some minutes more; waiting for it would take too long. */
  async idle(login: string, minutes: number): Promise<void> {
    const script = `
import sqlite3, sys
store = sqlite3.connect(sys.argv[1], timeout=20)
store.execute("update panel_session set last_active_at = last_active_at - ? where person_id = (select id from person where login = ?)",
              (int(sys.argv[3]) * 60000, sys.argv[2]))
store.commit()
`;
    const { code, stderr } = await new Client('python3', ['-c', script, join(this.#folder, 'data', 'wharf.db'), login, String(minutes)]).ended;
    if (code !== 0) throw new Error(stderr);
  }

  /** Ends every session: a browser's lasts until it signs out, and the next test is to start with none. */
  async endSessions(): Promise<void> {
    const status = await post(`${this.url}/api/v1/sessions/kick-all`, this.token, { reason: 'the end of a test' });
    if (status !== 200) throw new Error(`the sessions of a test were not ended: status ${status}`);
  }

  /** Ends the server and removes what it wrote. */
  async stop(): Promise<void> {
    await this.#server?.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Nothing of the caller's environment that could configure this server. */
  get #environment(): NodeJS.ProcessEnv {
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('WHARF_'));
    return {
      ...Object.fromEntries(inherited),
      WHARF_SITE_DIR: site,
      WHARF_CONFIG: this.#config,
      WHARF_ADMIN_PASSWORD: this.admin.password,
      RUST_BACKTRACE: '1',
    };
  }

  get #config(): string {
    return join(this.#folder, 'wharf.toml');
  }

  async #run(): Promise<void> {
    const { panel, ftp, ftps, sftp, web, passive } = this.ports;
    await writeFile(
      this.#config,
      `data_dir = "${join(this.#folder, 'data')}"

[panel]
listen = "${this.host}:${panel}"

[ftp]
listen = "${this.host}:${ftp}"
implicit_listen = "${this.host}:${ftps}"
passive_ports = "${passive}"

[sftp]
listen = "${this.host}:${sftp}"

[web]
listen = "${this.host}:${web}"

# Wrong passwords are part of the tests, and all of them come from one address.
[logins]
attempts = 1000

# What the webhooks of the tests tell is on this machine.
[webhooks]
allowed = "127.0.0.1"

[shutdown]
grace_seconds = 1
`,
    );
    this.#server = new Client(binary, ['serve', '--config', this.#config], { env: this.#environment, cwd: this.#folder });
    const end = Date.now() + PATIENCE_MS;
    while (!(await answers(`${this.url}/signin`))) {
      if (!this.#server.running) {
        const { code } = await this.#server.ended;
        throw new Error(`the server ended with ${code}`);
      }
      if (Date.now() > end) throw new Error(`the panel did not answer within ${PATIENCE_MS} ms`);
      await sleep(100);
    }
  }

  async #fill(): Promise<void> {
    await mkdir(this.root, { recursive: true });
    await this.cli(['domain', 'add', this.domain, '--root', this.root]);
    const { login, password } = this.account;
    await this.cli(['account', 'add', this.domain, login, '--password-stdin'], `${password}\n`);
    this.token = await this.cli(['token', 'add', 'end2end', '--role', 'administrator']);
  }
}

/** Whether `url` gives a page. */
function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(url, { rejectUnauthorized: false, timeout: 2_000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.once('error', () => resolve(false));
    request.once('timeout', () => request.destroy());
  });
}

/** Posts JSON with a bearer token; the status of the answer. */
function post(url: string, token: string, body: object): Promise<number | undefined> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    request(url, { method: 'POST', headers, rejectUnauthorized: false, timeout: PATIENCE_MS }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode));
    })
      .once('error', reject)
      .end(JSON.stringify(body));
  });
}

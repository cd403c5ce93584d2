// Real clients (curl, lftp, ..) as child processes.

import { type ChildProcess, spawn } from 'node:child_process';

/** How a process ended. */
export interface Outcome {
  /** Exit code; null if a signal ended it. */
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A client that runs. */
export class Client {
  /** Resolves at its end, however that comes. */
  readonly ended: Promise<Outcome>;
  readonly #process: ChildProcess;
  #stdout = '';
  #stderr = '';

  constructor(command: string, args: string[], options: { input?: string; env?: NodeJS.ProcessEnv; cwd?: string } = {}) {
    const { input, env, cwd } = options;
    this.#process = spawn(command, args, { env: env ?? process.env, cwd, stdio: 'pipe' });
    this.#process.stdout?.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text));
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    // A client that ends before it has read its input is not an error of its own; its exit code tells.
    this.#process.stdin?.on('error', () => undefined).end(input ?? '');
    this.ended = new Promise((resolve, reject) => {
      this.#process.once('error', reject);
      this.#process.once('close', (code) => resolve({ code, stdout: this.#stdout, stderr: this.#stderr }));
    });
    // Whoever awaits it gets the error; unawaited it must not end the test run.
    this.ended.catch(() => undefined);
  }

  get running(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** What it has printed so far. */
  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Ends it and waits until it is gone. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.running) this.#process.kill(signal);
    const patience = setTimeout(() => this.#process.kill('SIGKILL'), 5_000);
    await this.ended.catch(() => undefined);
    clearTimeout(patience);
  }
}

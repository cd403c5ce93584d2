// Ports that nobody uses.

import { createServer } from 'node:net';

// Below the range from which Linux gives ports to outgoing connections (32768 and up), or a client of one test could
// sit on the port that the server of another is about to take.
const FIRST = 20_000;
const BLOCKS = 120;
const BLOCK = 100;

/** A block of `BLOCK` free ports on 127.0.0.1; returns the first. Workers and test runs look from different places. */
export async function freePorts(worker: number): Promise<number> {
  const start = process.pid + worker * 37;
  for (let step = 0; step < BLOCKS; step++) {
    const first = FIRST + ((start + step) % BLOCKS) * BLOCK;
    const ports = Array.from({ length: BLOCK }, (_, offset) => first + offset);
    const free = await Promise.all(ports.map(isFree));
    if (free.every(Boolean)) return first;
  }
  throw new Error(`no ${BLOCK} free ports in a row from ${FIRST}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

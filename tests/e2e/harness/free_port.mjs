// SPDX-License-Identifier: GPL-3.0-or-later
import { randomInt } from 'node:crypto';
import net from 'node:net';

function isFree(port) {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/**
 * A port for a program that must be told one. Below those that the system hands out by itself, so that nobody else
 * gets it meanwhile.
 */
export async function freePort() {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = randomInt(10240, 32000);
    if (await isFree(port)) return port;
  }
  throw new Error('no port is free');
}

// SPDX-License-Identifier: GPL-3.0-or-later
// A server in between that signs requests with a token, for clients that know none.
import http from 'node:http';
import { afterwards } from './clean_up.mjs';

/** The header with the proxy's own host and port as those of the target; what names any other host stays as it is. */
function readdressed(headers, own, target) {
  const changed = { ...headers };
  if (headers.host === own) changed.host = target;
  if (headers.origin === `http://${own}`) changed.origin = `http://${target}`;
  return changed;
}

/**
 * Passes every request on to `origin` with the bearer `token`, and every answer back piece by piece, until the test is
 * over; its own origin. A request for a foreign Host or from a foreign Origin arrives as such: refusing it is the
 * target's task.
 */
export async function startBearerProxy(t, origin, token) {
  const target = new URL(origin);
  const server = http.createServer((incoming, outgoing) => {
    const own = `localhost:${server.address().port}`;
    const upstream = http.request({
      host: target.hostname,
      port: target.port,
      method: incoming.method,
      path: incoming.url,
      headers: { ...readdressed(incoming.headers, own, target.host), authorization: `Bearer ${token}` },
      agent: false,
    });
    upstream.once('error', () => outgoing.destroy());
    upstream.once('response', (answer) => {
      answer.once('error', () => outgoing.destroy());
      outgoing.writeHead(answer.statusCode, answer.rawHeaders);
      outgoing.flushHeaders();
      answer.pipe(outgoing);
    });
    // A client that leaves a stream must be seen to leave it.
    outgoing.once('close', () => upstream.destroy());
    incoming.pipe(upstream);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterwards(t, () => {
    server.closeAllConnections();
    server.close();
  });
  return `http://localhost:${server.address().port}`;
}

// SPDX-License-Identifier: GPL-3.0-or-later
// A tenant for tests: `provider.mjs OPTIONS`, with the options of tenant.mjs as JSON. Prints one line of JSON,
// {"port", "control"}, once both serve on loopback, and ends with its standard input: it never outlives a test.
//
// The control port takes POST with a JSON object and answers one:
//   /reset {}                everyone is signed out, settings and counts as at the start
//   /settings {…}            some of kSettings in tenant.mjs
//   /clock {"now": MS}       the tenant's time from now on, in milliseconds since 1970
//   /rotate-keys {}          signs with a new key
//   /revoke {"user"}         ends the refresh tokens of this person; {"revoked": N}
//   /counts {}               requests for each path since the start or the last reset
import http from 'node:http';
import { Tenant } from './tenant.mjs';

const systemNow = Date.now;
const tenant = new Tenant(JSON.parse(process.argv[2]));

function setClock(now) {
  const ahead = now - systemNow();
  Date.now = () => systemNow() + ahead;
}

const kControls = {
  '/reset': () => tenant.reset(),
  '/settings': (settings) => tenant.configure(settings),
  '/clock': ({ now }) => setClock(now),
  '/rotate-keys': () => tenant.rotateKeys(),
  '/revoke': ({ user }) => ({ revoked: tenant.revokeRefreshTokens(user) }),
  '/counts': () => tenant.counts,
};

async function control(request, response) {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  try {
    const answer = kControls[request.url](JSON.parse(Buffer.concat(pieces).toString()));
    const text = JSON.stringify(answer ?? {});
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }).end(text);
  } catch (error) {
    console.error(error);
    response.writeHead(400).end();
  }
}

/** Serves on a free port of loopback; the port. */
function serve(handler) {
  return new Promise((resolve) => {
    const server = http.createServer(handler);
    server.listen(0, '127.0.0.1', () => resolve(server.address().port));
  });
}

process.stdin.resume().once('end', () => process.exit(0));
const port = await serve((request, response) => tenant.handle(request, response));
console.log(JSON.stringify({ port, control: await serve(control) }));

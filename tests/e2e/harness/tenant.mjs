// SPDX-License-Identifier: GPL-3.0-or-later
// A tenant that is not ours: oidc-provider, set up as an Auth0 tenant (tests/support/provider), and APIs of it.
import { spawn } from 'node:child_process';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterwards } from './clean_up.mjs';
import { repository } from './gatehouse.mjs';
import { until } from './waiting.mjs';

const program = path.join(repository, 'tests/support/provider/provider.mjs');

/** Serves on a free port of loopback until the test is over; the port. */
function serve(t, handler) {
  return new Promise((resolve) => {
    const server = http.createServer(handler);
    afterwards(t, () => server.close().closeAllConnections());
    server.listen(0, '127.0.0.1', () => resolve(server.address().port));
  });
}

const isFree = (port) => new Promise((resolve) => {
  const server = net.createServer();
  server.once('error', () => resolve(false));
  server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
});

/** A port that nobody serves on, and that no outgoing connection gets by chance. */
export function freePort() {
  return until('a port is free', async () => {
    const port = 10240 + Math.floor(Math.random() * 20000);
    return (await isFree(port)) && port;
  });
}

/**
 * Starts the tenant. `apis`: {audience: [scope, …]}; the application "gatehouse" comes back to `callback`, and has a
 * `secret` or none. `issuer`, and `configure()` for the settings of provider.mjs.
 */
export async function startTenant(t, { apis, callback, secret, settings }) {
  let port;
  // The issuer's port is known before the program is: a relay stands before it.
  const relay = await serve(t, (request, response) => {
    const { method, url, headers } = request;
    const onward = http.request({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    onward.once('error', () => response.destroy());
    request.pipe(onward);
  });
  const issuer = `http://127.0.0.1:${relay}/`;
  const client = {
    client_id: 'gatehouse',
    redirect_uris: [callback],
    token_endpoint_auth_method: secret ? 'client_secret_post' : 'none',
    ...(secret ? { client_secret: secret } : {}),
  };
  const options = { issuer, clients: [client], apis, settings };
  const child = spawn(process.execPath, [program, JSON.stringify(options)], { stdio: ['pipe', 'pipe', 'inherit'] });
  afterwards(t, () => child.kill());
  const [line] = await new Promise((resolve) => createInterface(child.stdout).once('line', (text) => resolve([text])));
  const ports = JSON.parse(line);
  port = ports.port;
  const control = (what, body) =>
    fetch(`http://127.0.0.1:${ports.control}${what}`, { method: 'POST', body: JSON.stringify(body) }).then((answer) => answer.json());
  return { issuer, control, configure: (changes) => control('/settings', changes) };
}

// What an API may say of its answers, and some clients do not understand: they take no tool at all then.
const kAnswer = {
  $id: 'urn:x', $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object',
  properties: { anything: true, nothing: false, scope: { type: 'string', pattern: '(?i)read', minLength: '1' } },
  patternProperties: { '(?<name>a)\\k<name>': {} }, required: ['scope', 'scope'], enum: [], 'x-internal': 1,
};

/** An API that answers with the claims of the token it was called with; its description for Gatehouse, and its address. */
export async function startApi(t, { title, operation, scope }) {
  const port = await serve(t, (request, response) => {
    const token = (request.headers.authorization ?? '').replace(/^Bearer /, '');
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString() || '{}');
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(claims));
  });
  const responses = { 200: { description: 'The claims', content: { 'application/json': { schema: kAnswer } } } };
  const document = {
    openapi: '3.1.0',
    info: { title, version: '1' },
    paths: { '/who': { get: { operationId: operation, security: [{ tenant: [scope] }], responses } } },
    components: { securitySchemes: { tenant: { type: 'oauth2', flows: {} } } },
  };
  return { document, baseUrl: `http://127.0.0.1:${port}` };
}

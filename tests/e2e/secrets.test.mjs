// SPDX-License-Identifier: GPL-3.0-or-later
// No secret of a run is left on the disk: not in the data directory, not in a log.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { allow } from './harness/browser.mjs';
import { Gatehouse } from './harness/gatehouse.mjs';
import { SdkClient } from './harness/sdk_client.mjs';
import { titles } from './harness/todos.mjs';

/** Every file below `directory`, with what it holds. */
function filesBelow(directory) {
  return fs.readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .map((name) => ({ name: path.basename(name), content: fs.readFileSync(name) }));
}

/** The kinds of secrets that files below `directory` hold; values also in base64 or hexadecimal. */
function leaks(directory, secrets) {
  const files = filesBelow(directory);
  const known = secrets.flatMap(([kind, value]) => {
    const forms = [value, Buffer.from(value).toString('base64').replace(/=+$/, ''), Buffer.from(value).toString('hex')];
    return files.filter(({ content }) => forms.some((form) => content.includes(form))).map(({ name }) => `${kind} in ${name}`);
  });
  // The tenant's access and ID tokens never leave the process, but look alike: two JSON objects in base64url.
  const tenants = files.filter(({ content }) => /eyJ[\w-]{8,}\.eyJ[\w-]{8,}\./.test(content.toString('latin1')))
    .map(({ name }) => `a JWT in ${name}`);
  return [...known, ...tenants];
}

/** What the keychain of this session holds, as [name, value]. */
function keychainSecrets() {
  const text = execFileSync('secret-tool', ['search', '--all', '--unlock', 'xdg:schema', 'org.qt.keychain'],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  return [...text.matchAll(/^secret = (\S+)$/gm)].map(([, value]) => ['keychain secret', Buffer.from(value, 'base64').toString()])
    .filter(([, value]) => value.length >= 16);
}

/** Uses a new client for a while, its tokens refreshed once; every secret that it saw. */
async function useClient(t, gatehouse, transport) {
  const sdk = await new SdkClient(t, gatehouse, { transport, name: `SDK over ${transport}` }).signIn(allow);
  assert.equal(titles(await sdk.callTool('list-todos')).length, 5);
  await sdk.close();
  sdk.provider.saved = { ...sdk.provider.saved, access_token: 'expired' };
  await sdk.connect();
  assert.equal(titles(await sdk.callTool('list-todos')).length, 5);
  const callbacks = sdk.browser.visited.map((address) => new URL(address))
    .filter((url) => url.pathname === '/callback' && url.port === String(gatehouse.port));
  return [
    ...sdk.provider.seen,
    ...sdk.browser.cookieValues.map((value) => ['cookie', value]),
    ...callbacks.flatMap(({ searchParams: answer }) => [['tenant code', answer.get('code')], ['tenant state', answer.get('state')]]),
  ];
}

test('Tokens, codes, verifiers and cookies are nowhere in data and logs', async (t) => {
  const gatehouse = await new Gatehouse(t).start();
  const secrets = [...await useClient(t, gatehouse, 'http'), ...await useClient(t, gatehouse, 'sse')];
  const kinds = new Set(secrets.map(([kind]) => kind));
  for (const kind of ['access token', 'refresh token', 'code verifier', 'authorization code', 'tenant code', 'tenant state', 'cookie'])
    assert.ok(kinds.has(kind), `the run never saw a secret of the kind: ${kind}`);
  assert.ok(secrets.every(([, value]) => value?.length >= 16), 'a value too short to look for');
  assert.ok(filesBelow(gatehouse.dataDirectory).some(({ name }) => name.endsWith('-wal')), 'there is no WAL to look at');
  assert.ok(gatehouse.log().length > 1000, 'there is no log to look at');

  assert.deepEqual(leaks(gatehouse.directory, secrets), [], 'while it runs');
  await gatehouse.stop();
  assert.deepEqual(leaks(gatehouse.directory, secrets), [], 'after it ended');

  // And the search does find what is there.
  const [kind, value] = secrets[0];
  fs.writeFileSync(path.join(gatehouse.dataDirectory, 'planted'), `\0${Buffer.from(value).toString('base64')}\0`);
  fs.writeFileSync(path.join(gatehouse.dataDirectory, 'token'), '\0eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl\0');
  assert.deepEqual(leaks(gatehouse.directory, secrets), [`${kind} in planted`, 'a JWT in token']);
});

test('What the keychain keeps is kept nowhere else', async (t) => {
  const gatehouse = await new Gatehouse(t, { secretStore: 'keychain' }).start();
  await useClient(t, gatehouse, 'http');
  const secrets = keychainSecrets();
  assert.ok(secrets.length >= 2, 'the keychain holds no instance key or no refresh token of the tenant');
  assert.deepEqual(leaks(gatehouse.directory, secrets), []);
  await gatehouse.restart();
  assert.deepEqual(leaks(gatehouse.directory, [...secrets, ...keychainSecrets()]), []);
});

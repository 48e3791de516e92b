// SPDX-License-Identifier: GPL-3.0-or-later
// No secret of a run is left on the disk: not in the data directory, not in a log, not in a setting.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { allow, shownCode } from './harness/browser.mjs';
import { Desktop } from './harness/desktop.mjs';
import { Gatehouse } from './harness/gatehouse.mjs';
import { SdkClient } from './harness/sdk_client.mjs';
import { titles } from './harness/todos.mjs';
import { until } from './harness/waiting.mjs';

/** A desktop whose person answers in the window. */
class AnsweringDesktop extends Desktop {
  answer = async (gatehouse, url, { person = 'Alice', browser }) => {
    await browser.open(url);
    await this.allow(shownCode(browser.page.text));
    await until('the page goes on', async () => {
      await browser.reload();
      return !browser.page?.text.includes('Waiting for your answer');
    });
    if (browser.page?.text.includes('Who do you want to be')) await browser.press(person);
  };
}

/**
 * The program without windows, and with them: how it is made, who answers, and where it could leave something. The
 * home of a desktop is its own, so that settings and logs of everything on it are looked at.
 */
const programs = {
  headless: async (t, options) => {
    const gatehouse = await new Gatehouse(t, options).start();
    return { gatehouse, answer: allow, directories: [gatehouse.directory] };
  },
  'with windows': async (t, options) => {
    const desktop = await new AnsweringDesktop(t).start();
    const gatehouse = await new Gatehouse(t, { desktop, ...options }).start();
    return { gatehouse, answer: desktop.answer, directories: [gatehouse.directory, desktop.environment.HOME], desktop };
  },
};

/** Every file below `directories`, with what it holds; but for the keychain's own. */
function filesBelow(...directories) {
  return directories.flatMap((directory) => fs.readdirSync(directory, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((name) => path.basename(path.dirname(name)) !== 'keyrings')
    .map((name) => ({ name: path.basename(name), content: fs.readFileSync(name) }));
}

/** The kinds of secrets that files below `directories` hold; values also in base64 or hexadecimal. */
function leaks(directories, secrets) {
  const files = filesBelow(...directories);
  const known = secrets.flatMap(([kind, value]) => {
    const forms = [value, Buffer.from(value).toString('base64').replace(/=+$/, ''), Buffer.from(value).toString('hex')];
    return files.filter(({ content }) => forms.some((form) => content.includes(form))).map(({ name }) => `${kind} in ${name}`);
  });
  // The tenant's access and ID tokens never leave the process, but look alike: two JSON objects in base64url.
  const tenants = files.filter(({ content }) => /eyJ[\w-]{8,}\.eyJ[\w-]{8,}\./.test(content.toString('latin1')))
    .map(({ name }) => `a JWT in ${name}`);
  return [...known, ...tenants];
}

/** What the keychain of this session, or that of a desktop, holds, as [name, value]. */
function keychainSecrets(desktop) {
  const text = execFileSync('secret-tool', ['search', '--all', '--unlock', 'xdg:schema', 'org.qt.keychain'],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], env: desktop?.environment ?? process.env });
  return [...text.matchAll(/^secret = (\S+)$/gm)].map(([, value]) => ['keychain secret', Buffer.from(value, 'base64').toString()])
    .filter(([, value]) => value.length >= 16);
}

/** Uses a new client for a while, its tokens refreshed once; every secret that it saw. */
async function useClient(t, { gatehouse, answer }, transport) {
  const sdk = await new SdkClient(t, gatehouse, { transport, name: `SDK over ${transport}` }).signIn(answer);
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
    ...callbacks.flatMap(({ searchParams: sent }) => [['tenant code', sent.get('code')], ['tenant state', sent.get('state')]]),
  ];
}

for (const [program, setUp] of Object.entries(programs)) {
  test(`Tokens, codes, verifiers and cookies are nowhere in data, logs and settings, ${program}`, async (t) => {
    const world = await setUp(t);
    const { gatehouse, directories, desktop } = world;
    const secrets = [...await useClient(t, world, 'http'), ...await useClient(t, world, 'sse')];
    const kinds = new Set(secrets.map(([kind]) => kind));
    for (const kind of ['access token', 'refresh token', 'code verifier', 'authorization code', 'tenant code', 'tenant state', 'cookie'])
      assert.ok(kinds.has(kind), `the run never saw a secret of the kind: ${kind}`);
    assert.ok(secrets.every(([, value]) => value?.length >= 16), 'a value too short to look for');
    assert.ok(filesBelow(gatehouse.dataDirectory).some(({ name }) => name.endsWith('-wal')), 'there is no WAL to look at');
    assert.ok(gatehouse.log().length > 1000, 'there is no log to look at');
    if (desktop) {
      await gatehouse.run(); // A second start shows the list of clients.
      await desktop.windowWith({ name: /^SDK over sse, Alice Martin/ });
    }

    assert.deepEqual(leaks(directories, secrets), [], 'while it runs');
    await gatehouse.stop();
    assert.deepEqual(leaks(directories, secrets), [], 'after it ended');

    // And the search does find what is there.
    const [kind, value] = secrets[0];
    fs.writeFileSync(path.join(gatehouse.dataDirectory, 'planted'), `\0${Buffer.from(value).toString('base64')}\0`);
    fs.writeFileSync(path.join(directories.at(-1), 'token'), '\0eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl\0');
    assert.deepEqual(leaks(directories, secrets), [`${kind} in planted`, 'a JWT in token']);
  });

  test(`What the keychain keeps is kept nowhere else, ${program}`, async (t) => {
    const world = await setUp(t, { secretStore: 'keychain' });
    const { gatehouse, directories, desktop } = world;
    await useClient(t, world, 'http');
    const secrets = keychainSecrets(desktop);
    assert.ok(secrets.length >= 2, 'the keychain holds no instance key or no refresh token of the tenant');
    assert.deepEqual(leaks(directories, secrets), []);
    await gatehouse.restart();
    assert.deepEqual(leaks(directories, [...secrets, ...keychainSecrets(desktop)]), []);
  });
}

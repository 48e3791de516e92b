// SPDX-License-Identifier: GPL-3.0-or-later
// Accounts at the tenant: signing out and in again, several APIs, an application with a secret.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { allow, Browser, pendingApproval, shownCode } from './harness/browser.mjs';
import { Gatehouse } from './harness/gatehouse.mjs';
import { rpcResult } from './harness/http.mjs';
import { Keychain } from './harness/keychain.mjs';
import { PlainClient } from './harness/plain_client.mjs';
import { SdkClient } from './harness/sdk_client.mjs';
import { freePort, startApi, startTenant } from './harness/tenant.mjs';

const kDone = 0;
const kRefused = 1;

/** The text of a tool call's result, which must be an error or not. */
async function toolText(client, name, { isError = false } = {}) {
  const answer = await client.callTool(name);
  assert.equal(answer.status, 200, answer.text);
  const { result } = rpcResult(answer);
  assert.equal(result.isError ?? false, isError, JSON.stringify(result));
  return result.content[0].text;
}

test('After signing out calls say how to sign in, and nothing needs to be approved again', async (t) => {
  const gatehouse = await new Gatehouse(t).start();
  const nobody = await gatehouse.run('signout');
  assert.equal(nobody.code, kRefused);
  assert.match(nobody.errors, /Nobody is signed in/);

  const client = await new PlainClient(gatehouse).signIn();
  await client.initialize();
  await toolText(client, 'list-todos');
  const stranger = await gatehouse.run('signout', 'mallory@example.org');
  assert.match(stranger.errors, /no such account[\s\S]*gatehouse status .*--json/);

  const { account } = await gatehouse.verb('status');
  const unasked = await gatehouse.run('signout');
  assert.equal(unasked.code, kRefused);
  assert.match(unasked.errors, /1 client acts as Alice[\s\S]*Nothing was changed[\s\S]*--yes/);
  assert.equal((await gatehouse.verb('status')).accounts[0].state, 'signed-in');
  const out = await gatehouse.verb('signout', account.email.toUpperCase(), '--yes');
  assert.equal(out.signedOut, true);
  assert.equal(out.grants, 1);
  assert.equal(out.revokedAtTenant, true);
  assert.match(await toolText(client, 'list-todos', { isError: true }), /gatehouse signin/);
  assert.equal((await gatehouse.verb('status')).accounts[0].state, 'signed-out');
  // The client itself keeps its access.
  const refreshed = await client.token({ grant_type: 'refresh_token', refresh_token: client.tokens.refresh_token });
  assert.equal(refreshed.status, 200);
  client.tokens = refreshed.json();

  // The browser's own session at the tenant ends at the address that was printed.
  const page = new URL(out.browserUrl);
  assert.equal(page.pathname, '/v2/logout');
  await client.browser.open(page);
  assert.equal(client.browser.url.pathname, '/signed-out');
  assert.match(client.browser.page.text, /You are signed out/);

  const { url } = await gatehouse.verb('signin');
  await client.browser.open(url);
  await client.browser.press('Continue as Alice');
  assert.match(client.browser.page.text, /You are signed in/);
  await toolText(client, 'list-todos');

  // Another client may act as the same account, which its email names, without a visit at the tenant.
  const second = await new PlainClient(gatehouse, { name: 'Second' }).register();
  const browser = new Browser({ stop: second.redirectUri });
  await allow(gatehouse, second.authorizeUrl(), { account: account.email, browser });
  assert.ok(!browser.visited.some((address) => address.includes('/authorize/decision') || new URL(address).port === String(gatehouse.port + 1)));
  second.tokens = (await second.redeem(second.parameters(browser.url).code)).json();
  await second.initialize();
  await toolText(second, 'list-todos');
});

test('In a terminal signing out is said before it is done', async (t) => {
  const gatehouse = await new Gatehouse(t).start();
  await new PlainClient(gatehouse).signIn();
  /** `gatehouse signout` at a terminal of its own, where the person types `answer`. */
  const atTerminal = (answer) => new Promise((resolve) => {
    const command = `${gatehouse.binary} signout --demo --data-dir ${gatehouse.dataDirectory}`;
    const child = spawn('script', ['-qec', command, '/dev/null'], { env: gatehouse.environment });
    let output = '';
    child.stdout.on('data', (data) => {
      output += data;
      if (output.includes('press Enter') && answer) {
        child.stdin.write(`${answer}\n`);
        answer = undefined;
      }
    });
    child.once('exit', (code) => resolve({ code, output }));
  });
  const kept = await atTerminal('n');
  assert.equal(kept.code, kRefused, kept.output);
  assert.match(kept.output, /1 client acts as Alice[\s\S]*Nothing was changed/);
  assert.equal((await gatehouse.verb('status')).accounts[0].state, 'signed-in');
  const done = await atTerminal('y');
  assert.equal(done.code, kDone, done.output);
  assert.equal((await gatehouse.verb('status')).accounts[0].state, 'signed-out');
});

test('A keychain that is away, locked, refusing or slow costs nobody the account', async (t) => {
  const keychain = await new Keychain(t).start();
  await keychain.come({ unlocked: true });
  const gatehouse = new Gatehouse(t, { secretStore: 'keychain' });
  gatehouse.environment = { ...gatehouse.environment, ...keychain.environment };
  await gatehouse.start();
  const client = await new PlainClient(gatehouse).signIn();
  await gatehouse.restart(); // the tenant's access token was in memory
  await client.initialize();

  await keychain.stop();
  assert.match(await toolText(client, 'list-todos', { isError: true }), /keychain|secrets/i);
  assert.equal((await gatehouse.verb('status')).accounts[0].state, 'signed-in');

  await keychain.come({ unlocked: false });
  assert.match(await toolText(client, 'list-todos', { isError: true }), /keychain|secrets/i);
  assert.equal((await gatehouse.verb('status')).accounts[0].state, 'signed-in');

  await keychain.stop();
  await keychain.come({ unlocked: true });
  await keychain.refuse(true);
  assert.match(await toolText(client, 'list-todos', { isError: true }), /The keychain refused access/);
  assert.equal((await gatehouse.verb('status')).accounts[0].state, 'signed-in');

  await keychain.refuse(false);
  keychain.pause();
  setTimeout(() => keychain.goOn(), 1000);
  await toolText(client, 'list-todos');
});

test('The tenant\'s answer, opened in a browser that did not ask for it, signs nobody in', async (t) => {
  const { gatehouse } = await twoApis(t);
  const client = await new PlainClient(gatehouse).register();
  const browser = new Browser({ stop: `http://127.0.0.1:${gatehouse.port}/callback` });
  await browser.open(client.authorizeUrl({ scope: 'read:notes' }));
  await gatehouse.verb('approve', (await pendingApproval(gatehouse, shownCode(browser.page.text))).id);
  await browser.reload();
  await browser.press('alice');
  assert.ok(browser.arrived());

  const other = new Browser({ stop: client.redirectUri });
  await other.open(browser.url);
  assert.ok(!other.arrived());
  assert.equal(other.page.status, 403);
  assert.match(other.page.text, /started in another browser/);
  assert.deepEqual((await gatehouse.verb('status')).accounts, []);

  // The one that asked goes on, with what the tenant has answered.
  browser.stop = new URL(client.redirectUri);
  await browser.open(other.url);
  assert.ok(browser.arrived());
  const answer = await client.redeem(client.parameters(browser.url).code);
  assert.equal(answer.status, 200, answer.text);
  assert.equal((await gatehouse.verb('status')).accounts[0].state, 'signed-in');
});

/** Gatehouse with two APIs of a tenant that is not ours. */
async function twoApis(t, { settings, secret } = {}) {
  const port = await freePort();
  const scopes = { 'urn:notes': ['read:notes'], 'urn:mail': ['read:mail'] };
  const callback = `http://127.0.0.1:${port}/callback`;
  const tenant = await startTenant(t, { apis: scopes, callback, secret, settings });
  const notes = await startApi(t, { title: 'Notes', operation: 'who-notes', scope: 'read:notes' });
  const mail = await startApi(t, { title: 'Mail', operation: 'who-mail', scope: 'read:mail' });
  const files = {
    'notes.json': notes.document,
    'mail.json': mail.document,
    'gatehouse.json': {
      tenant: { issuer: tenant.issuer, clientId: 'gatehouse', scopes: ['openid', 'profile', 'email', 'offline_access'] },
      apis: [
        { name: 'notes', openapi: 'notes.json', baseUrl: notes.baseUrl, audience: 'urn:notes' },
        { name: 'mail', openapi: 'mail.json', baseUrl: mail.baseUrl, audience: 'urn:mail' },
      ],
    },
  };
  const gatehouse = await new Gatehouse(t, { own: { port, files } }).start();
  return { gatehouse, tenant };
}

/** The person allows both APIs and signs in as Alice, as often as the tenant asks. */
async function signIn(gatehouse) {
  const client = await new PlainClient(gatehouse).register();
  const browser = new Browser({ stop: client.redirectUri });
  await browser.open(client.authorizeUrl({ scope: 'read:notes read:mail' }));
  const approval = await pendingApproval(gatehouse, shownCode(browser.page.text));
  await gatehouse.verb('approve', approval.id);
  await browser.reload();
  let pages = 0;
  for (; !browser.arrived() && pages < 5; pages += 1) await browser.press('alice');
  const answer = await client.redeem(client.parameters(browser.url).code);
  assert.equal(answer.status, 200, answer.text);
  client.tokens = answer.json();
  await client.initialize();
  return { client, browser, pages };
}

async function eachApiGetsItsOwnToken(client) {
  for (const [tool, own, other] of [['who-notes', 'notes', 'mail'], ['who-mail', 'mail', 'notes']]) {
    const claims = JSON.parse(await toolText(client, tool));
    const audiences = [claims.aud].flat();
    assert.ok(audiences.includes(`urn:${own}`) && !audiences.includes(`urn:${other}`), `${tool}: ${audiences}`);
    assert.match(claims.scope, new RegExp(`read:${own}`));
  }
}

test('One sign-in serves two APIs where one refresh token does', async (t) => {
  const { gatehouse } = await twoApis(t);
  const { client, browser, pages } = await signIn(gatehouse);
  assert.equal(pages, 1);
  assert.ok(!browser.visited.some((url) => url.includes('prompt=none')));
  await eachApiGetsItsOwnToken(client);
});

for (const generation of ['v1', 'v2']) {
  test(`The SDK's ${generation} takes tools of APIs that describe their answers in ways it does not know`, async (t) => {
    const { gatehouse } = await twoApis(t);
    const { client } = await signIn(gatehouse);
    const sdk = new SdkClient(t, gatehouse, { generation });
    sdk.provider.saveTokens(client.tokens);
    await sdk.connect();
    const { tools } = await sdk.client.listTools();
    assert.deepEqual(tools.map((tool) => tool.name).sort(), ['who-mail', 'who-notes', 'whoami']);
    assert.ok(tools.every((tool) => tool.outputSchema));
    const { structuredContent, isError } = await sdk.callTool('who-notes');
    assert.ok(!isError);
    assert.match(structuredContent.scope, /read:notes/);
  });
}

test('Where it does not, the browser visits the tenant again without a page', async (t) => {
  const { gatehouse } = await twoApis(t, { settings: { multiResource: false } });
  const { client, browser, pages } = await signIn(gatehouse);
  assert.equal(pages, 1);
  assert.equal(browser.visited.filter((url) => url.includes('prompt=none')).length, 1);
  await eachApiGetsItsOwnToken(client);
});

test('A tenant that wants to see the person for each API does', async (t) => {
  const { gatehouse } = await twoApis(t, { settings: { multiResource: false, confirm: true } });
  const { client, browser, pages } = await signIn(gatehouse);
  assert.equal(pages, 2);
  assert.equal(browser.visited.filter((url) => url.includes('prompt=none')).length, 1);
  await eachApiGetsItsOwnToken(client);
});

test('An application with a secret: told once, used at once, looked at by the doctor', async (t) => {
  const secret = 'a secret of at least thirty-two bytes';
  const { gatehouse } = await twoApis(t, { secret });
  /** What the doctor says about the application's credentials; exit code first. */
  const doctor = async (given) => {
    gatehouse.environment.GATEHOUSE_CLIENT_SECRET = given ?? '';
    const { code, output } = await gatehouse.run('doctor', '--port', String(gatehouse.port), '--secret-store', 'memory', '--json');
    delete gatehouse.environment.GATEHOUSE_CLIENT_SECRET;
    return { code, ...JSON.parse(output).checks.find(({ subject }) => subject === 'client') };
  };
  const wrong = await doctor('wrong');
  assert.equal(wrong.code, kRefused);
  assert.match(wrong.remedy, /gatehouse tenant secret/);
  const right = await doctor(secret);
  assert.deepEqual([right.code, right.verdict], [kDone, 'ok']);

  const give = spawn(gatehouse.binary, ['tenant', 'secret', '--data-dir', gatehouse.dataDirectory], { stdio: ['pipe', 'pipe', 'inherit'] });
  give.stdin.end(`${secret}\n`);
  assert.equal(await new Promise((resolve) => give.once('exit', resolve)), kDone);
  const { client } = await signIn(gatehouse);
  await eachApiGetsItsOwnToken(client);
  assert.ok(!gatehouse.log().includes(secret));
});

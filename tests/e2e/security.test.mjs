// SPDX-License-Identifier: GPL-3.0-or-later
// What must be refused, seen from outside.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Browser, pendingApproval, shownCode } from './harness/browser.mjs';
import { Gatehouse } from './harness/gatehouse.mjs';
import { postRpc, rpcResult, send } from './harness/http.mjs';
import { PlainClient } from './harness/plain_client.mjs';

test('MCP sessions: a session belongs to one person', async (t) => {
  const gatehouse = await new Gatehouse(t).start();
  const alice = await (await new PlainClient(gatehouse, { name: 'Of Alice' }).signIn('Alice')).initialize();
  const bob = await (await new PlainClient(gatehouse, { name: 'Of Bob' }).signIn('Bob')).initialize();
  for (const [client, name] of [[alice, 'Alice'], [bob, 'Bob']]) {
    const answer = await client.callTool('whoami');
    assert.match(rpcResult(answer).result.content[0].text, new RegExp(name));
  }
  const mixed = await alice.callTool('whoami', {}, { session: bob.session });
  assert.equal(mixed.status, 404, mixed.text);
  assert.doesNotMatch(mixed.text, /Bob/);
});

test('A client keeps what it may do when another one, allowed to do less, signs in', async (t) => {
  const gatehouse = await new Gatehouse(t).start();
  const first = await (await new PlainClient(gatehouse, { name: 'Biller' })
    .signIn('Alice', { scope: 'read:todos read:billing' })).initialize();
  const works = async () => {
    const { result } = rpcResult(await first.callTool('list-billing'));
    assert.ok(!result.isError, JSON.stringify(result));
  };
  await works();
  await new PlainClient(gatehouse, { name: 'Reader' }).signIn('Alice', { scope: 'read:todos' });
  await works();
});

test('DNS rebinding: a foreign Host is refused before anything else', async (t) => {
  const gatehouse = await new Gatehouse(t).start();
  for (const host of [`evil.example:${gatehouse.port}`, 'localhost', `localhost:${gatehouse.port + 7}`, `[::2]:${gatehouse.port}`]) {
    for (const path of ['/healthz', '/mcp', '/.well-known/oauth-authorization-server']) {
      const answer = await send(gatehouse.url + path, { headers: { Host: host } });
      assert.equal(answer.status, 421, `${host} ${path}`);
      assert.ok(!answer.text.includes('evil.example'));
    }
  }
});

test('Origins: a foreign web page is refused before any 401', async (t) => {
  const gatehouse = await new Gatehouse(t).start();
  for (const path of ['/mcp', '/sse', '/messages']) {
    const options = { headers: { Origin: 'https://evil.example' } };
    const answer = path === '/sse'
      ? await send(gatehouse.url + path, options)
      : await postRpc(gatehouse.url + path, { id: 1, method: 'ping' }, options);
    assert.equal(answer.status, 403, path);
    assert.equal(answer.headers['access-control-allow-origin'], undefined);
  }
  const own = await postRpc(`${gatehouse.url}/mcp`, { id: 1, method: 'ping' }, { headers: { Origin: gatehouse.url } });
  assert.equal(own.status, 401);
});

test('Well-known addresses: an unknown one is a JSON 404', async (t) => {
  const gatehouse = await new Gatehouse(t).start();
  for (const name of ['openid-configuration', 'oauth-protected-resource/other', 'nothing']) {
    const answer = await send(`${gatehouse.url}/.well-known/${name}`);
    assert.equal(answer.status, 404, name);
    assert.match(answer.headers['content-type'], /^application\/json/);
    assert.equal(typeof answer.json(), 'object');
  }
});

test('RFC 6749 §4.1.2: a code that comes twice is refused and ends what it gave', async (t) => {
  const gatehouse = await new Gatehouse(t).start();
  const client = await (await new PlainClient(gatehouse).signIn()).initialize();
  assert.equal((await client.callTool('list-todos')).status, 200);
  const replay = await client.redeem(client.code);
  assert.equal(replay.status, 400);
  assert.equal(replay.json().error, 'invalid_grant');
  assert.equal((await client.callTool('list-todos')).status, 401);
});

test('RFC 7636 §4.6: a code is worth nothing without its verifier', async (t) => {
  const gatehouse = await new Gatehouse(t).start();
  const client = await new PlainClient(gatehouse).register();
  const browser = new Browser({ stop: client.redirectUri });
  await browser.open(client.authorizeUrl());
  const approval = await pendingApproval(gatehouse, shownCode(browser.page.text));
  await gatehouse.verb('approve', approval.id);
  await browser.reload();
  await browser.press('Alice');
  const { code } = client.parameters(browser.url);
  client.verifier = 'x'.repeat(43);
  const answer = await client.redeem(code);
  assert.equal(answer.status, 400);
  assert.equal(answer.json().error, 'invalid_grant');
});

test('An interaction belongs to the browser that began it', async (t) => {
  const gatehouse = await new Gatehouse(t).start();
  const client = await new PlainClient(gatehouse).register();
  const browser = new Browser({ stop: client.redirectUri });
  await browser.open(client.authorizeUrl());
  const page = browser.url;
  const approval = await pendingApproval(gatehouse, shownCode(browser.page.text));
  await gatehouse.verb('approve', approval.id);
  const other = new Browser({ stop: client.redirectUri });
  for (const suffix of ['', '/continue']) {
    await other.open(page.href + suffix);
    assert.equal(other.page.status, 403, suffix);
  }
});

test('A page that a web site opened asks the person before anything is shown for approval', async (t) => {
  const gatehouse = await new Gatehouse(t).start();
  const client = await new PlainClient(gatehouse).register();
  const browser = new Browser({ stop: client.redirectUri });
  await browser.open(client.authorizeUrl(), { initiator: new URL('https://evil.example/') });
  assert.equal(browser.page.status, 200);
  assert.deepEqual(await gatehouse.verb('approvals'), []);
  await browser.press('Ask me');
  assert.equal((await gatehouse.verb('approvals')).length, 1);
});

test('RFC 6749 §4.1.2.1: an unregistered redirect address never gets an answer', async (t) => {
  const gatehouse = await new Gatehouse(t).start();
  const client = await new PlainClient(gatehouse).register();
  const browser = new Browser();
  await browser.open(client.authorizeUrl({ redirect_uri: 'https://evil.example/callback' }));
  assert.equal(browser.page.status, 400);
  assert.deepEqual(await gatehouse.verb('approvals'), []);
});

// SPDX-License-Identifier: GPL-3.0-or-later
// Every flow with a client that knows the standards and nothing of Gatehouse.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allow, deny } from './harness/browser.mjs';
import { Gatehouse } from './harness/gatehouse.mjs';
import { discover, discoverResource, refused, StrictClient } from './harness/strict_client.mjs';

const kHosts = ['localhost', '127.0.0.1', '[::1]'];
const kMethods = ['none', 'client_secret_post', 'client_secret_basic'];

/** `count` clients that have their tokens; the person signs in once. */
async function signedIn(gatehouse, count, options) {
  const clients = [];
  let account;
  for (let i = 0; i < count; i += 1) {
    const client = new StrictClient(gatehouse, { name: `Strict Client ${i}`, ...options });
    clients.push(await client.signIn((of, url, options) => allow(of, url, { account, ...options })));
    account ??= (await gatehouse.verb('status')).account.id;
  }
  return clients;
}

for (const host of kHosts) {
  test(`RFC 8414, RFC 9728 at ${host}: what is discovered is all of this address`, async (t) => {
    const gatehouse = await new Gatehouse(t).start();
    const origin = `http://${host}:${gatehouse.port}`;
    const server = await discover(origin);
    // The library compares addresses as such; most clients compare the text.
    assert.equal(server.issuer, origin);
    for (const name of ['authorization_endpoint', 'token_endpoint', 'registration_endpoint', 'revocation_endpoint'])
      assert.equal(new URL(server[name]).origin, origin, name);
    assert.deepEqual(server.code_challenge_methods_supported, ['S256']);
    assert.equal(server.authorization_response_iss_parameter_supported, true);
    for (const method of kMethods) {
      assert.ok(server.token_endpoint_auth_methods_supported.includes(method), method);
      assert.ok(server.revocation_endpoint_auth_methods_supported.includes(method), method);
    }
    for (const path of ['/mcp', '/sse', '']) {
      const resource = await discoverResource(origin + path);
      assert.equal(resource.resource, origin + path);
      assert.deepEqual(resource.authorization_servers, [server.issuer]);
    }
  });

  test(`At ${host}: from the resource to a token that works there, and its end`, async (t) => {
    const gatehouse = await new Gatehouse(t).start();
    const client = await new StrictClient(gatehouse, { origin: `http://${host}:${gatehouse.port}` }).signIn();
    assert.equal(await client.status(client.tokens.access_token), 200);
    const next = await client.refresh();
    assert.equal(await client.status(next.access_token), 200);
    await client.revoke(next.refresh_token);
    assert.equal(await client.status(next.access_token), 401);
  });
}

for (const method of kMethods) {
  test(`${method}: the whole life of a client`, async (t) => {
    const gatehouse = await new Gatehouse(t).start();
    const client = await new StrictClient(gatehouse, { method }).signIn();
    assert.equal(client.client.token_endpoint_auth_method, method);
    assert.equal(typeof client.client.client_secret, method === 'none' ? 'undefined' : 'string');
    assert.deepEqual(client.tokens.scope.split(' ').sort(), ['read:todos', 'write:todos']);
    assert.ok(client.tokens.expires_in > 60);
    assert.equal(await client.status(client.tokens.access_token), 200);
    const next = await client.refresh();
    assert.notEqual(next.access_token, client.tokens.access_token);
    assert.notEqual(next.refresh_token, client.tokens.refresh_token);
    assert.equal(await client.status(next.access_token), 200);
    await client.revoke(next.refresh_token);
    assert.equal(await client.status(next.access_token), 401);
    await refused(client.refresh(next.refresh_token), 'invalid_grant');
  });

  test(`${method}: a stranger cannot use its code, its tokens, or end them`, async (t) => {
    const gatehouse = await new Gatehouse(t).start();
    const client = await new StrictClient(gatehouse, { name: 'The owner', method }).register();
    const impostors = [];
    // The same client_id with each other way to say who one is, and a wrong secret.
    for (const other of kMethods) {
      const impostor = await new StrictClient(gatehouse, { name: 'An impostor', method: other }).register();
      if (other === 'none' && method === 'none') continue; // a public client has nothing to prove
      impostor.client = { ...impostor.client, client_id: client.client.client_id };
      impostors.push(impostor);
    }
    const parameters = await client.authorize();
    for (const impostor of impostors) {
      impostor.verifier = client.verifier;
      await refused(impostor.redeem(parameters), 'invalid_client', 401);
    }
    client.tokens = await client.redeem(parameters);
    for (const impostor of impostors) {
      await refused(impostor.refresh(client.tokens.refresh_token), 'invalid_client', 401);
      await refused(impostor.revoke(client.tokens.refresh_token), 'invalid_client', 401);
    }
    assert.equal(await client.status(client.tokens.access_token), 200);
    await client.refresh();
  });
}

test('OAuth 2.1 §4.3: the same refresh twice gets the same successor, and what came of both works', async (t) => {
  const gatehouse = await new Gatehouse(t).start();
  const [client] = await signedIn(gatehouse, 1);
  const first = await client.refresh();
  const second = await client.refresh();
  assert.equal(second.refresh_token, first.refresh_token);
  assert.notEqual(second.access_token, first.access_token);
  for (const { access_token: token } of [client.tokens, first, second]) assert.equal(await client.status(token), 200);
  const next = await client.refresh(first.refresh_token);
  assert.notEqual(next.refresh_token, first.refresh_token);
  assert.equal(await client.status(next.access_token), 200);
});

test('Several programs of several clients refresh at once: all get what works', async (t) => {
  const gatehouse = await new Gatehouse(t).start();
  const clients = await signedIn(gatehouse, 4);
  for (let round = 0; round < 5; round += 1) {
    const answers = await Promise.all(clients.flatMap((client) =>
      Array.from({ length: 6 }, async () => ({ client, tokens: await client.refresh() }))));
    assert.equal(new Set(answers.map(({ tokens }) => tokens.access_token)).size, answers.length);
    assert.equal(new Set(answers.map(({ tokens }) => tokens.refresh_token)).size, clients.length);
    const statuses = await Promise.all(answers.map(({ client, tokens }) => client.status(tokens.access_token)));
    assert.ok(statuses.every((status) => status === 200), statuses.join());
    for (const { client, tokens } of answers) client.tokens = tokens;
  }
});

test('A refresh may ask for less, but not for more', async (t) => {
  const gatehouse = await new Gatehouse(t).start();
  const [client] = await signedIn(gatehouse, 1);
  const less = await client.refresh(undefined, { scope: 'read:todos' });
  assert.equal(less.scope, 'read:todos');
  const more = await client.refresh(less.refresh_token, { scope: 'read:todos read:billing' });
  assert.equal(more.scope, 'read:todos');
  await refused(client.refresh(more.refresh_token, { scope: 'read:billing' }), 'invalid_scope');
});

for (const hint of [undefined, 'access_token', 'refresh_token']) {
  test(`RFC 7009 §2.1: an access token goes alone, a refresh token takes all along (hint: ${hint})`, async (t) => {
    const gatehouse = await new Gatehouse(t).start();
    const [client, other] = await signedIn(gatehouse, 2);
    await client.revoke(client.tokens.access_token, hint);
    assert.equal(await client.status(client.tokens.access_token), 401);
    const next = await client.refresh();
    assert.equal(await client.status(next.access_token), 200);
    await client.revoke(next.refresh_token, hint);
    assert.equal(await client.status(next.access_token), 401);
    await refused(client.refresh(next.refresh_token), 'invalid_grant');
    await refused(client.refresh(client.tokens.refresh_token), 'invalid_grant');
    assert.equal(await other.status(other.tokens.access_token), 200);
    await other.refresh();
  });
}

test('RFC 7009 §2.1: a predecessor ends its family too', async (t) => {
  const gatehouse = await new Gatehouse(t).start();
  const [client] = await signedIn(gatehouse, 1);
  const next = await client.refresh();
  await client.revoke(client.tokens.refresh_token);
  assert.equal(await client.status(next.access_token), 401);
  await refused(client.refresh(next.refresh_token), 'invalid_grant');
});

test('RFC 7009 §2.2: tokens that are unknown or of others are no error, and stay as they are', async (t) => {
  const gatehouse = await new Gatehouse(t).start();
  const [client, other] = await signedIn(gatehouse, 2);
  await client.revoke('nothing-that-was-ever-given');
  await client.revoke(other.tokens.access_token);
  await client.revoke(other.tokens.refresh_token);
  assert.equal(await other.status(other.tokens.access_token), 200);
  await other.refresh();
});

test('RFC 6749 §4.1.2.1: what the person or the server refuses comes back as an error, with state and issuer', async (t) => {
  const gatehouse = await new Gatehouse(t).start();
  const client = await new StrictClient(gatehouse).register();
  await refused(client.authorize(deny), 'access_denied');
  await refused(client.authorize(null, { scope: 'no:such' }), 'invalid_scope');
  await refused(client.authorize(null, { resource: 'https://elsewhere.example/mcp' }), 'invalid_target');
  await refused(client.authorize(null, { response_type: 'token' }), 'unsupported_response_type');
  await refused(client.authorize(null, { code_challenge: undefined }), 'invalid_request');
  await refused(client.authorize(null, { code_challenge_method: 'plain' }), 'invalid_request');
  assert.deepEqual(await gatehouse.verb('approvals'), []);
  const mixed = await client.redeem(await client.authorize(allow, { scope: 'no:such read:todos' }));
  assert.equal(mixed.scope, 'read:todos');
});

test('RFC 6749 §5.2: a code is good once, for its client, with its verifier, at its resource', async (t) => {
  const gatehouse = await new Gatehouse(t).start();
  const [client] = await signedIn(gatehouse, 1);
  const thief = await new StrictClient(gatehouse, { name: 'Thief' }).register();
  const { account } = await gatehouse.verb('status');
  const parameters = await client.authorize((of, url, options) => allow(of, url, { account: account.id, ...options }));
  thief.verifier = client.verifier;
  await refused(thief.redeem(parameters), 'invalid_grant');
  await refused(client.redeem(parameters, { verifier: 'x'.repeat(43) }), 'invalid_grant');
  await refused(client.redeem(parameters, { resource: 'https://elsewhere.example/mcp' }), 'invalid_target');
  const tokens = await client.redeem(parameters);
  assert.equal(await client.status(tokens.access_token), 200);
  await refused(client.redeem(parameters), 'invalid_grant');
  // §4.1.2: whoever has the copy may have the tokens, too.
  assert.equal(await client.status(tokens.access_token), 401);
  await refused(client.refresh(tokens.refresh_token), 'invalid_grant');
  assert.equal(await client.status(client.tokens.access_token), 200, 'another grant of the same client is left alone');
  assert.ok(gatehouse.log().includes(`${client.name} was shut out: an old token was used again.`), 'the person is told');
});

test('RFC 6749 §6: a refresh token is good for its client only', async (t) => {
  const gatehouse = await new Gatehouse(t).start();
  const [client, other] = await signedIn(gatehouse, 2);
  await refused(other.refresh(client.tokens.refresh_token), 'invalid_grant');
  await refused(client.refresh('nothing-that-was-ever-given'), 'invalid_grant');
  await client.refresh();
});

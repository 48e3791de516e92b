// SPDX-License-Identifier: GPL-3.0-or-later
// The official SDK's clients of both generations do the whole main job over both transports.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allow, deny } from './harness/browser.mjs';
import { Gatehouse } from './harness/gatehouse.mjs';
import { SdkClient } from './harness/sdk_client.mjs';
import { titles } from './harness/todos.mjs';
import { open } from './harness/http.mjs';
import { delay } from './harness/waiting.mjs';

const kinds = ['v1', 'v2'].flatMap((generation) => ['http', 'sse'].map((transport) => ({ generation, transport })));

for (const { generation, transport } of kinds) {
  const name = `SDK ${generation} over ${transport}`;

  test(`${name}: log in, read and change todos`, async (t) => {
    const gatehouse = await new Gatehouse(t).start();
    const sdk = await new SdkClient(t, gatehouse, { generation, transport }).signIn(allow);
    const { tools } = await sdk.client.listTools();
    assert.ok(tools.some((tool) => tool.name === 'list-todos'));
    const before = titles(await sdk.callTool('list-todos'));
    assert.equal(before.length, 5);
    await sdk.callTool('create-todo', { title: 'Written by the SDK' });
    assert.deepEqual(titles(await sdk.callTool('list-todos')), [...before, 'Written by the SDK']);
  });

  test(`${name}: what was allowed survives a restart with a keychain`, async (t) => {
    const gatehouse = await new Gatehouse(t, { secretStore: 'keychain' }).start();
    const sdk = await new SdkClient(t, gatehouse, { generation, transport }).signIn(allow);
    await sdk.close();
    sdk.provider.authorizationUrl = undefined;
    await gatehouse.restart();
    await sdk.connect();
    assert.equal(titles(await sdk.callTool('list-todos')).length, 5);
    assert.equal(sdk.provider.authorizationUrl, undefined);
  });

  // MCP transports: a session outlives its server where the transport lets it.
  if (transport === 'http') {
    test(`${name}: after a restart in the middle of its work it goes on`, async (t) => {
      const gatehouse = await new Gatehouse(t, { secretStore: 'keychain' }).start();
      const sdk = await new SdkClient(t, gatehouse, { generation, transport }).signIn(allow);
      sdk.provider.authorizationUrl = undefined;
      const session = sdk.transport.sessionId;
      assert.ok(session);
      let running = true;
      const outcomes = (async () => {
        const seen = [];
        for (; running; await delay(5))
          seen.push(await sdk.callTool('list-todos', {}, { timeout: 3000 }).then((result) => titles(result).length, () => 'lost'));
        return seen;
      })();
      await gatehouse.restart();
      assert.equal(titles(await sdk.callTool('list-todos')).length, 5);
      running = false;
      assert.ok((await outcomes).every((outcome) => outcome === 5 || outcome === 'lost'));
      assert.equal(sdk.transport.sessionId, session);
      assert.equal(sdk.provider.authorizationUrl, undefined);
    });
  }

  test(`${name}: without a keychain a restart signs out, which a tool error explains`, async (t) => {
    const gatehouse = await new Gatehouse(t).start();
    const sdk = await new SdkClient(t, gatehouse, { generation, transport }).signIn(allow);
    await sdk.close();
    await gatehouse.restart();
    await sdk.connect();
    const result = await sdk.callTool('list-todos');
    assert.equal(result.isError, true);
    assert.match(result.content[0].text, /sign/i);
  });

  test(`${name}: a revoked client is out within a second, its stream included`, async (t) => {
    const gatehouse = await new Gatehouse(t).start();
    const sdk = await new SdkClient(t, gatehouse, { generation, transport }).signIn(allow);
    const stream = await open(`${gatehouse.url}/sse`, {
      headers: { Accept: 'text/event-stream', Authorization: `Bearer ${sdk.provider.saved.access_token}` },
    });
    stream.resume();
    const { id } = await gatehouse.grantOf(sdk.name);
    await gatehouse.revoke(id, () => new Promise((resolve) => stream.once('close', resolve)));
    await assert.rejects(sdk.callTool('list-todos'));
  });

  test(`${name}: a denied client gets access_denied`, async (t) => {
    const gatehouse = await new Gatehouse(t).start();
    const sdk = new SdkClient(t, gatehouse, { generation, transport });
    const parameters = await sdk.ask(deny);
    assert.equal(parameters.get('error'), 'access_denied');
    assert.equal(parameters.get('code'), null);
  });

  test(`${name}: a stale access token is refreshed without the person, in the middle of its work`, async (t) => {
    const gatehouse = await new Gatehouse(t).start();
    const sdk = await new SdkClient(t, gatehouse, { generation, transport }).signIn(allow);
    const before = sdk.provider.saved;
    sdk.provider.authorizationUrl = undefined;
    await sdk.revokeAccessToken();
    assert.equal(titles(await sdk.callTool('list-todos')).length, 5);
    assert.notEqual(sdk.provider.saved.access_token, before.access_token);
    assert.notEqual(sdk.provider.saved.refresh_token, before.refresh_token);
    assert.equal(sdk.provider.authorizationUrl, undefined);
    assert.deepEqual(await gatehouse.verb('approvals'), []);
  });

  test(`${name}: after it was revoked the person can let it in again`, async (t) => {
    const gatehouse = await new Gatehouse(t).start();
    const sdk = await new SdkClient(t, gatehouse, { generation, transport }).signIn(allow);
    const { id } = await gatehouse.grantOf(sdk.name);
    await gatehouse.verb('revoke', id);
    await sdk.close();
    await sdk.signIn(allow);
    assert.equal(titles(await sdk.callTool('list-todos')).length, 5);
    assert.notEqual((await gatehouse.grantOf(sdk.name)).id, id);
  });
}

// The first generation refreshes instead where it can, which does not give it more. It asks for what the challenge
// names and for nothing else, and must not lose what it had.
const kAll = ['read:billing', 'read:todos', 'write:todos'];
for (const [generation, grantTypes] of [
  ['v1', ['authorization_code']],
  ['v2', ['authorization_code', 'refresh_token']],
]) {
  test(`SDK ${generation}: a tool that takes more than was allowed asks the person, and then works`, async (t) => {
    const gatehouse = await new Gatehouse(t).start();
    const sdk = await new SdkClient(t, gatehouse, { generation, grantTypes }).signIn(allow);
    const allowWhatIsNew = async (...way) => {
      const { approval } = await allow(...way);
      assert.deepEqual(approval.newScopes, ['read:billing']);
    };
    await sdk.signIn(allowWhatIsNew, () => sdk.callTool('list-billing'));
    const asked = sdk.provider.authorizationUrl.searchParams.get('scope').split(' ');
    assert.ok(kAll.every((scope) => asked.includes(scope)), asked.join());
    const result = await sdk.callTool('list-billing');
    assert.ok(!result.isError, JSON.stringify(result));
    assert.equal(titles(await sdk.callTool('list-todos')).length, 5);
  });
}

test('SDK v1 with a refresh token: a tool that takes more than was allowed fails, and the rest works on', async (t) => {
  const gatehouse = await new Gatehouse(t).start();
  const sdk = await new SdkClient(t, gatehouse).signIn(allow);
  await assert.rejects(sdk.callTool('list-billing'), { code: 403 });
  assert.equal(titles(await sdk.callTool('list-todos')).length, 5);
});

// SPDX-License-Identifier: GPL-3.0-or-later
// The official SDK's client does the whole main job over both transports.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allow, deny } from './harness/browser.mjs';
import { Gatehouse } from './harness/gatehouse.mjs';
import { SdkClient } from './harness/sdk_client.mjs';
import { titles } from './harness/todos.mjs';
import { open } from './harness/http.mjs';

for (const transport of ['http', 'sse']) {
  test(`SDK over ${transport}: log in, read and change todos`, async (t) => {
    const gatehouse = await new Gatehouse(t).start();
    const sdk = await new SdkClient(t, gatehouse, { transport }).signIn(allow);
    const { tools } = await sdk.client.listTools();
    assert.ok(tools.some((tool) => tool.name === 'list-todos'));
    const before = titles(await sdk.callTool('list-todos'));
    assert.equal(before.length, 5);
    await sdk.callTool('create-todo', { title: 'Written by the SDK' });
    assert.deepEqual(titles(await sdk.callTool('list-todos')), [...before, 'Written by the SDK']);
  });

  test(`SDK over ${transport}: what was allowed survives a restart with a keychain`, async (t) => {
    const gatehouse = await new Gatehouse(t, { secretStore: 'keychain' }).start();
    const sdk = await new SdkClient(t, gatehouse, { transport }).signIn(allow);
    await sdk.close();
    sdk.provider.authorizationUrl = undefined;
    await gatehouse.restart();
    await sdk.connect();
    assert.equal(titles(await sdk.callTool('list-todos')).length, 5);
    assert.equal(sdk.provider.authorizationUrl, undefined);
  });

  test(`SDK over ${transport}: without a keychain a restart signs out, which a tool error explains`, async (t) => {
    const gatehouse = await new Gatehouse(t).start();
    const sdk = await new SdkClient(t, gatehouse, { transport }).signIn(allow);
    await sdk.close();
    await gatehouse.restart();
    await sdk.connect();
    const result = await sdk.callTool('list-todos');
    assert.equal(result.isError, true);
    assert.match(result.content[0].text, /sign/i);
  });

  test(`SDK over ${transport}: a revoked client is out within a second, its stream included`, async (t) => {
    const gatehouse = await new Gatehouse(t).start();
    const sdk = await new SdkClient(t, gatehouse, { transport }).signIn(allow);
    const stream = await open(`${gatehouse.url}/sse`, {
      headers: { Accept: 'text/event-stream', Authorization: `Bearer ${sdk.provider.saved.access_token}` },
    });
    stream.resume();
    const { id } = await gatehouse.grantOf(sdk.name);
    await gatehouse.revoke(id, () => new Promise((resolve) => stream.once('close', resolve)));
    await assert.rejects(sdk.callTool('list-todos'));
  });

  test(`SDK over ${transport}: a denied client gets access_denied`, async (t) => {
    const gatehouse = await new Gatehouse(t).start();
    const sdk = new SdkClient(t, gatehouse, { transport });
    const parameters = await sdk.ask(deny);
    assert.equal(parameters.error, 'access_denied');
    assert.equal(parameters.code, undefined);
  });
}

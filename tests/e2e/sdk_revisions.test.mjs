// SPDX-License-Identifier: GPL-3.0-or-later
// The official SDK's clients find everything that each MCP revision knows, and nothing that it does not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allow } from './harness/browser.mjs';
import { startFixtures } from './harness/fixture_server.mjs';
import { kStateless, SdkClient } from './harness/sdk_client.mjs';
import { until, within } from './harness/waiting.mjs';

const kKinds = [
  { revision: '2024-11-05', generation: 'v1', transport: 'sse' },
  { revision: '2025-03-26', generation: 'v1', transport: 'http' },
  { revision: '2025-06-18', generation: 'v1', transport: 'http' },
  { revision: '2025-11-25', generation: 'v1', transport: 'http' },
  { revision: kStateless, generation: 'v2', transport: 'http' },
];

const textOf = ({ content: [block] }) => block.text;

/** What the SDK says was agreed on; the first generation says it only in the transport. */
const agreed = ({ client, transport }) =>
  client.getNegotiatedProtocolVersion?.() ?? transport.protocolVersion ?? transport._protocolVersion;

for (const { revision, generation, transport } of kKinds) {
  test(`MCP ${revision} over ${transport}`, async (t) => {
    let changes = 0;
    const asked = [];
    const gatehouse = await startFixtures(t);
    const sdk = await new SdkClient(t, gatehouse, {
      generation, transport, revision,
      fillIn: ({ message, requestedSchema }) => {
        asked.push(message);
        return Object.fromEntries(Object.keys(requestedSchema.properties).map((field) => [field, `my ${field}`]));
      },
      options: { listChanged: { tools: { onChanged: () => (changes += 1), autoRefresh: false, debounceMs: 0 } } },
    }).signIn(allow);
    const { client } = sdk;
    assert.equal(agreed(sdk), revision);

    await t.test('tools are listed and called', async () => {
      const { tools } = await client.listTools();
      const whoami = tools.find(({ name }) => name === 'whoami');
      assert.ok(whoami && tools.some(({ name }) => name === 'test_simple_text'));
      assert.equal(whoami.title !== undefined, revision >= '2025-06-18');
      assert.equal(whoami.annotations !== undefined, revision >= '2025-03-26');
      assert.equal(textOf(await sdk.callTool('test_simple_text')), 'This is a simple text response for testing.');
      const failed = await sdk.callTool('test_error_handling');
      assert.equal(failed.isError, true);
      const { content: [sound] } = await sdk.callTool('test_audio_content');
      assert.equal(sound.type, revision >= '2025-03-26' ? 'audio' : 'text');
      const { structuredContent } = await sdk.callTool('whoami');
      assert.equal(structuredContent?.account.name, revision >= '2025-06-18' ? 'Alice Martin' : undefined);
      // The second generation repeats it in a header, encoded.
      assert.equal(textOf(await sdk.callTool('test_x_mcp_header', { region: 'Zürich' })), 'Zürich');
      await assert.rejects(sdk.callTool('no_such_tool'), { code: -32602 });
    });

    await t.test('resources are listed and read', async () => {
      const listed = (await client.listResources()).resources.map(({ uri }) => uri);
      for (const uri of ['gatehouse://account', 'test://static-text', 'test://static-binary']) assert.ok(listed.includes(uri), uri);
      const read = async (uri) => (await client.readResource({ uri })).contents[0];
      assert.equal((await read('test://static-text')).text, 'This is the content of the static text resource.');
      assert.match((await read('test://static-binary')).blob, /^iVBOR/);
      const { resourceTemplates } = await client.listResourceTemplates();
      assert.ok(resourceTemplates.some(({ uriTemplate }) => uriTemplate === 'test://template/{id}/data'));
      assert.deepEqual(JSON.parse((await read('test://template/7/data')).text),
        { id: '7', templateTest: true, data: 'Data for ID: 7' });
      await assert.rejects(read('test://nothing'), { code: revision >= '2026-07-28' ? -32602 : -32002 });
    });

    await t.test('prompts are listed and got, with completions', async () => {
      const { prompts } = await client.listPrompts();
      assert.ok(prompts.some(({ name }) => name === 'test_simple_prompt'));
      const name = 'test_prompt_with_arguments';
      const { messages } = await client.getPrompt({ name, arguments: { arg1: 'a', arg2: 'b' } });
      assert.equal(messages[0].content.text, "Prompt with arguments: arg1='a', arg2='b'");
      await assert.rejects(client.getPrompt({ name, arguments: { arg1: 'a' } }), { code: -32602 });
      const { completion } = await client.complete({ ref: { type: 'ref/prompt', name }, argument: { name: 'arg1', value: 'par' } });
      assert.deepEqual(completion.values, ['paris', 'park', 'party']);
    });

    await t.test('progress is told', async () => {
      const told = [];
      await sdk.callTool('test_tool_with_progress', {}, { onprogress: (progress) => told.push(progress) });
      const message = (done) => (revision >= '2025-03-26' ? { message: `Completed step ${done} of 100` } : {});
      assert.deepEqual(told, [0, 50, 100].map((progress) => ({ progress, total: 100, ...message(progress) })));
    });

    await t.test('the person is asked where the revision can', async () => {
      const result = await sdk.callTool('test_elicitation', { message: 'How are you?' });
      if (revision < '2025-06-18') {
        assert.equal(result.isError, true);
        assert.match(textOf(result), /How are you\?/);
        assert.deepEqual(asked, []);
        return;
      }
      assert.equal(textOf(result), 'User response: action=accept, content={"response":"my response"}');
      assert.equal(textOf(await sdk.callTool('test_input_required_result_multi_round')),
        'Multi-round complete for my name who likes my color');
      assert.deepEqual(asked,
        ['How are you?', 'Step 1: What is your name?', 'Step 2: What is your favorite color?']);
    });

    await t.test('log messages are sent as far as they are wanted', async () => {
      const logged = [];
      sdk.on('logged', ({ data }) => logged.push(data));
      const callAt = async (level) => {
        logged.length = 0;
        if (revision !== kStateless) await client.setLoggingLevel(level);
        await sdk.callTool('test_tool_with_logging', {}, { meta: { 'io.modelcontextprotocol/logLevel': level } });
        return logged;
      };
      assert.deepEqual(await callAt('info'), ['Tool execution started', 'Tool processing data', 'Tool execution completed']);
      assert.deepEqual(await callAt('warning'), []);
    });

    await t.test('a call that is given up is cancelled', async () => {
      const control = new AbortController();
      const call = sdk.callTool('test_tool_with_progress', {}, { signal: control.signal, onprogress: () => control.abort() });
      await assert.rejects(call);
      await until('the call ends as failed', async () => (await gatehouse.verb('activity'))
        .some(({ what, outcome }) => what === 'test_tool_with_progress' && outcome === 'failed'));
    });

    await t.test('whoever subscribed is told that a resource is another', async () => {
      const updated = [];
      sdk.on('updated', ({ uri }) => updated.push(uri));
      await sdk.subscribe('test://watched-resource');
      await until('the update is told', async () => {
        await sdk.callTool('test_touch_resource');
        return updated.length > 0;
      });
      assert.ok(updated.every((uri) => uri === 'test://watched-resource'));
    });

    await t.test('changes of lists are told', async () => {
      // The client opens the stream that brings them at leisure.
      await until('the change is told', async () => {
        await sdk.callTool('test_trigger_tool_change');
        return changes > 0;
      });
    });
  });
}

test('A subscription ends in good order when Gatehouse does', async (t) => {
  const gatehouse = await startFixtures(t);
  const sdk = await new SdkClient(t, gatehouse, { generation: 'v2', revision: kStateless }).signIn(allow);
  const { honoredFilter } = await sdk.client.listen({ toolsListChanged: true, resourceSubscriptions: ['test://nothing'] });
  assert.deepEqual(honoredFilter, { toolsListChanged: true });
  const subscription = await sdk.subscribe('test://watched-resource');
  assert.equal(await gatehouse.stop(), 0);
  assert.equal(await within('the subscription ends', 2000, subscription.closed), 'graceful');
});

test('A client that takes what the server has finds the newest revision', async (t) => {
  const gatehouse = await startFixtures(t);
  const sdk = await new SdkClient(t, gatehouse,
    { generation: 'v2', options: { versionNegotiation: { mode: 'auto' } } }).signIn(allow);
  assert.equal(agreed(sdk), kStateless);
  assert.equal(textOf(await sdk.callTool('test_simple_text')), 'This is a simple text response for testing.');
});

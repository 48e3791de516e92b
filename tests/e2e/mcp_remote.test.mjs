// SPDX-License-Identifier: GPL-3.0-or-later
// mcp-remote, as Claude Desktop runs it, does the whole main job.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allow, deny } from './harness/browser.mjs';
import { Gatehouse } from './harness/gatehouse.mjs';
import { open, postRpc } from './harness/http.mjs';
import { McpRemote } from './harness/mcp_remote.mjs';
import { titles } from './harness/todos.mjs';
import { until } from './harness/waiting.mjs';

async function signedIn(t, path, options, gatehouseOptions) {
  const gatehouse = await new Gatehouse(t, gatehouseOptions).start();
  const remote = new McpRemote(t, gatehouse.url + path, options).start();
  const initialized = remote.initialize();
  const { browser, approval } = await allow(gatehouse, await remote.openedUrl());
  assert.equal(browser.page.status, 200, `mcp-remote refuses its redirect: ${browser.page.text}`);
  const server = await initialized;
  return { gatehouse, remote, browser, approval, server };
}

const clients = [
  { release: 'mcp-remote', path: '/sse' },
  { release: 'mcp-remote', path: '/mcp' },
  { release: 'mcp-remote', path: '/sse', words: ['--protocol', 'auto'] },
  { release: 'mcp-remote', path: '/mcp', words: ['--protocol', 'auto'], speaks: '2026-07-28' },
  { release: 'mcp-remote-old', path: '/sse' },
  { release: 'mcp-remote-old', path: '/mcp' },
];

for (const { release: folder, path, words = [], speaks } of clients) {
  const release = [folder, ...words].join(' ');
  const options = { release: folder, words };

  test(`${release} on ${path}: log in, read and change todos`, async (t) => {
    const { remote, approval } = await signedIn(t, path, options);
    assert.match(approval.redirectUri, /^http:\/\/localhost:\d+\/oauth\/callback$/);
    if (speaks) assert.ok(remote.errors.includes(`speaks MCP ${speaks}`), remote.errors);
    const { result } = await remote.request('tools/list');
    const names = result.tools.map((tool) => tool.name);
    assert.ok(names.includes('list-todos') && names.includes('create-todo'), names.join());
    const before = titles(await remote.callTool('list-todos'));
    assert.equal(before.length, 5);
    await remote.callTool('create-todo', { title: 'Written by mcp-remote' });
    const after = titles(await remote.callTool('list-todos'));
    assert.deepEqual(after, [...before, 'Written by mcp-remote']);
  });

  test(`${release} on ${path}: after a restart it reconnects without the browser`, async (t) => {
    const { gatehouse, remote } = await signedIn(t, path, options, { secretStore: 'keychain' });
    await remote.close();
    await gatehouse.restart();
    const again = new McpRemote(t, gatehouse.url + path, { ...options, home: remote.home }).start();
    await again.initialize();
    assert.equal(titles(await again.callTool('list-todos')).length, 5);
    assert.equal(again.askedForBrowser(), false);
  });

  test(`${release} on ${path}: a revoked client is out within a second, its stream included`, async (t) => {
    const { gatehouse, remote } = await signedIn(t, path, options);
    const token = remote.tokens().access_token;
    const stream = await open(`${gatehouse.url}/sse`, {
      headers: { Accept: 'text/event-stream', Authorization: `Bearer ${token}` },
    });
    assert.equal(stream.statusCode, 200);
    stream.resume();
    const { id } = await gatehouse.grantOf('MCP CLI Proxy');
    await gatehouse.revoke(id, () => new Promise((resolve) => stream.once('close', resolve)));
    const refused = await postRpc(`${gatehouse.url}/mcp`, { id: 1, method: 'tools/list' }, { token });
    assert.equal(refused.status, 401);
    // mcp-remote may answer with an error or ask the person anew, but not with todos.
    const outcome = await Promise.race([
      remote.callTool('list-todos').then(() => 'it worked', () => 'refused'),
      until('the browser is opened', () => remote.askedForBrowser() && 'refused'),
    ]);
    assert.equal(outcome, 'refused');
  });

  test(`${release} on ${path}: a denied client gets access_denied`, async (t) => {
    const gatehouse = await new Gatehouse(t).start();
    const remote = new McpRemote(t, gatehouse.url + path, options).start();
    const initialized = remote.initialize().then(() => 'connected', () => 'refused');
    const opened = new URL(await remote.openedUrl());
    const { browser } = await deny(gatehouse, opened);
    const parameters = browser.url.searchParams;
    assert.equal(parameters.get('error'), 'access_denied');
    assert.equal(parameters.get('state'), opened.searchParams.get('state'));
    assert.equal(parameters.get('iss'), gatehouse.url);
    assert.equal(parameters.get('code'), null);
    await remote.close();
    assert.equal(await initialized, 'refused');
    assert.deepEqual(await gatehouse.verb('approvals'), []);
    assert.ok((await gatehouse.verb('clients')).every((client) => client.grants.length === 0));
  });
}

// SPDX-License-Identifier: GPL-3.0-or-later
// The MCP Inspector on the command line, which developers try a server with: in either era and over either transport.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startMirror } from './harness/breaking_proxy.mjs';
import { allow } from './harness/browser.mjs';
import { Gatehouse, temporaryDirectory } from './harness/gatehouse.mjs';
import { PlainClient } from './harness/plain_client.mjs';
import { until } from './harness/waiting.mjs';

const cli = path.resolve(path.dirname(fileURLToPath(import.meta.url)), 'node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js');

const kAuthenticationNeeded = 3;
const kToolError = 5;

const kinds = [
  { name: 'Streamable HTTP, with a handshake', at: '/mcp', words: ['--transport', 'http', '--protocol-era', 'legacy'] },
  { name: 'Streamable HTTP, without sessions', at: '/mcp', words: ['--transport', 'http', '--protocol-era', 'modern'], revision: '2026-07-28' },
  { name: 'Streamable HTTP, after a probe', at: '/mcp', words: ['--transport', 'http', '--protocol-era', 'auto'], revision: '2026-07-28' },
  { name: 'HTTP+SSE', at: '/sse', words: ['--transport', 'sse'] },
];

class Inspector {
  constructor(t, url, words) {
    this.home = temporaryDirectory(t);
    this.openedFile = path.join(this.home, 'opened');
    const opener = path.join(this.home, 'xdg-open');
    fs.writeFileSync(opener, `#!/bin/sh\nprintf '%s\\n' "$1" >>'${this.openedFile}'\n`, { mode: 0o755 });
    this.environment = { PATH: `${this.home}:${process.env.PATH}`, HOME: this.home, BROWSER: opener, MCP_AUTO_OPEN_ENABLED: 'true' };
    this.words = [cli, '--cli', '--server-url', url, '--format', 'json', ...words];
  }

  /** Its exit code, what it printed and what it complained of. */
  run(...words) {
    return new Promise((resolve) => {
      execFile(process.execPath, [...this.words, ...words], { env: this.environment, timeout: 60000 }, (error, output, errors) =>
        resolve({ code: error ? error.code : 0, output, errors }));
    });
  }

  /** What it printed, which must be a result. */
  async result(...words) {
    const { code, output, errors } = await this.run('--stored-auth-only', ...words);
    assert.equal(code, 0, `${words.join(' ')}: ${output}${errors}`);
    return JSON.parse(output).result ?? JSON.parse(output);
  }

  /** The address that it gives the person to open, from what it printed or opened. */
  openedUrl() {
    return until('the Inspector opens the browser', () => fs.existsSync(this.openedFile) && fs.readFileSync(this.openedFile, 'utf8').trim(), 40000);
  }
}

/** An Inspector with a token that the person made for it. `sees(request)` is told of everything that it asks. */
async function withToken(t, { at, words }, sees = () => {}) {
  const gatehouse = await new Gatehouse(t).start();
  await new PlainClient(gatehouse).signIn();
  const { token } = await gatehouse.verb('token', 'create', 'Inspector');
  const url = await startMirror(t, gatehouse.url, { request: sees });
  return new Inspector(t, url + at, [...words, '--header', `Authorization: Bearer ${token}`]);
}

for (const kind of kinds) {
  test(`Inspector, ${kind.name}: lists, reads and calls`, async (t) => {
    const calls = [];
    const inspector = await withToken(t, kind, ({ rpc }) => rpc.method === 'tools/call' && calls.push(rpc));
    const { tools } = await inspector.result('--method', 'tools/list', '--strict');
    assert.ok(tools.some((tool) => tool.name === 'list-todos') && tools.some((tool) => tool.name === 'whoami'));
    const whoami = await inspector.result('--method', 'tools/call', '--tool-name', 'whoami');
    assert.equal(whoami.structuredContent.account.email, 'alice@demo.example');
    const created = await inspector.result('--method', 'tools/call', '--tool-name', 'create-todo', '--tool-arg', 'title=From the Inspector');
    assert.match(JSON.stringify(created), /From the Inspector/);
    const { resources } = await inspector.result('--method', 'resources/list');
    assert.ok(resources.some((resource) => resource.uri === 'gatehouse://account'));
    const { contents } = await inspector.result('--method', 'resources/read', '--uri', 'gatehouse://activity');
    assert.match(contents[0].text, /create-todo/);
    const { prompts } = await inspector.result('--method', 'prompts/list');
    assert.ok(prompts.some((prompt) => prompt.name === 'review-activity'));
    const { messages } = await inspector.result('--method', 'prompts/get', '--prompt-name', 'review-activity');
    assert.match(messages[0].content.text, /create-todo/);
    // Requests without sessions say their revision themselves, those of sessions never do.
    const said = calls.map((call) => call.params._meta?.['io.modelcontextprotocol/protocolVersion']);
    assert.deepEqual(said, [kind.revision, kind.revision]);
  });

  test(`Inspector, ${kind.name}: reads why a call failed, and that it must sign in`, async (t) => {
    const inspector = await withToken(t, kind);
    const wrong = await inspector.run('--stored-auth-only', '--method', 'tools/call', '--tool-name', 'create-todo', '--tool-args-json', '{"title":""}');
    assert.equal(wrong.code, kToolError, wrong.output + wrong.errors);
    assert.match(wrong.output + wrong.errors, /title/);
    const stranger = new Inspector(t, inspector.words[3], kind.words);
    const refused = await stranger.run('--stored-auth-only', '--method', 'tools/list');
    assert.equal(refused.code, kAuthenticationNeeded, refused.output + refused.errors);
  });
}

test('Inspector: the person allows it in the browser', async (t) => {
  const gatehouse = await new Gatehouse(t).start();
  const inspector = new Inspector(t, `${gatehouse.url}/mcp`, kinds[0].words);
  const ended = inspector.run('--method', 'tools/call', '--tool-name', 'whoami');
  await allow(gatehouse, await inspector.openedUrl());
  const { code, output, errors } = await ended;
  assert.equal(code, 0, output + errors);
  assert.match(output, /alice@demo\.example/);
});

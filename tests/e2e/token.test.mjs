// SPDX-License-Identifier: GPL-3.0-or-later
// Personal access tokens: for programs that know bearer tokens but no OAuth.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { Browser } from './harness/browser.mjs';
import { afterwards } from './harness/clean_up.mjs';
import { Desktop, wordsOf } from './harness/desktop.mjs';
import { Gatehouse } from './harness/gatehouse.mjs';
import { postRpc, rpcResult } from './harness/http.mjs';
import { PlainClient } from './harness/plain_client.mjs';
import { titles } from './harness/todos.mjs';
import { until, within } from './harness/waiting.mjs';

const kDone = 0;
const kRefused = 1;

/** A program that was given a token, and knows nothing else. */
class Script {
  constructor(gatehouse, token) {
    this.url = `${gatehouse.url}/mcp`;
    this.token = token;
  }

  rpc(message, session) {
    return postRpc(this.url, message, { token: this.token, session, revision: session && '2025-11-25' });
  }

  async listTodos() {
    const answer = await this.rpc({
      id: 1,
      method: 'initialize',
      params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'script', version: '1' } },
    });
    assert.equal(answer.status, 200, answer.text);
    const call = { id: 2, method: 'tools/call', params: { name: 'list-todos', arguments: {} } };
    return titles(rpcResult(await this.rpc(call, answer.headers['mcp-session-id'])).result);
  }
}

/** `gatehouse token create` as a person runs it in a terminal. */
function tokenCommand(t, gatehouse, ...words) {
  const child = spawn(gatehouse.binary, ['token', 'create', ...words, '--json', '--demo', '--data-dir', gatehouse.dataDirectory],
    { env: gatehouse.environment });
  afterwards(t, () => child.kill('SIGKILL'));
  const command = { child, output: '', errors: '' };
  child.stdout.on('data', (data) => (command.output += data));
  child.stderr.on('data', (data) => (command.errors += data));
  command.exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)));
  command.code = () => until('the terminal shows a code', () => /must show the code (\w{4})\./.exec(command.errors)?.[1]);
  return command;
}

/** Alice is signed in: somebody has to be, for a token to act as. */
async function signedIn(t, options) {
  const gatehouse = await new Gatehouse(t, options).start();
  await new PlainClient(gatehouse).signIn();
  return gatehouse;
}

test('Without windows a token is made at once, used, listed and revoked', async (t) => {
  const gatehouse = await signedIn(t);
  const made = await gatehouse.verb('token', 'create', 'Backup script', '--scopes', 'read:todos', '--for', '2d');
  assert.match(made.token, /^gatehouse_[\w-]{43}$/);
  assert.deepEqual(made.scopes, ['read:todos']);
  const script = new Script(gatehouse, made.token);
  assert.equal((await script.listTodos()).length, 5);

  const listed = (await gatehouse.verb('clients')).find(({ name }) => name === 'Backup script');
  assert.equal(listed.kind, 'token');
  assert.equal(listed.grants[0].id, made.id);
  // Only the terminal has seen it.
  assert.ok(!gatehouse.log().includes(made.token));
  assert.ok(!JSON.stringify(listed).includes(made.token));

  await gatehouse.restart();
  await gatehouse.verb('revoke', made.id);
  assert.equal((await script.rpc({ id: 1, method: 'tools/list' })).status, 401);
});

test('A token that cannot be made says why and what to do', async (t) => {
  const gatehouse = await new Gatehouse(t).start();
  const nobody = await gatehouse.run('token', 'create', 'Script');
  assert.equal(nobody.code, kRefused);
  assert.match(nobody.errors, /nobody is signed in[\s\S]*gatehouse signin/);
  await new PlainClient(gatehouse).signIn();
  const unknown = await gatehouse.run('token', 'create', 'Script', '--scopes', 'read:mail');
  assert.equal(unknown.code, kRefused);
  assert.match(unknown.errors, /no permission "read:mail"[\s\S]*read:todos/);
});

test('With windows the person answers there, and the terminal that asked gets the token', async (t) => {
  const desktop = await new Desktop(t).start();
  const gatehouse = await new Gatehouse(t, { desktop }).start();
  // Signed in without a client: the token is the first.
  const early = tokenCommand(t, gatehouse, 'Too early');
  assert.equal(await early.exited, kRefused);
  const { url } = await gatehouse.verb('signin');
  const browser = new Browser();
  await browser.open(url);
  await browser.press('Continue as Alice');

  const command = tokenCommand(t, gatehouse, 'Backup script', '--scopes', 'read:todos');
  const window = await desktop.allow(await command.code());
  assert.match(wordsOf(window), /Make an access token for Backup script\?/);
  assert.match(wordsOf(window), /The token is shown in the terminal that asked for it, once\./);
  assert.equal(await within('the command ends', 5000, command.exited), kDone);
  const made = JSON.parse(command.output);
  assert.equal((await new Script(gatehouse, made.token).listTodos()).length, 5);
  assert.equal((await gatehouse.run()).code, kDone); // brings the list
  await desktop.windowWith({ name: /^Backup script, Alice Martin/ });
  await desktop.windowWith({ name: 'Personal access token' });

  const denied = tokenCommand(t, gatehouse, 'Another');
  await desktop.approvalWindow(await denied.code());
  const [request] = await gatehouse.verb('approvals');
  assert.equal(request.kind, 'token');
  assert.equal(request.code, await denied.code());
  await gatehouse.verb('deny', request.id);
  assert.equal(await within('the command ends', 5000, denied.exited), kRefused);
  assert.match(denied.errors, /denied the token/);

  const interrupted = tokenCommand(t, gatehouse, 'Given up');
  await desktop.approvalWindow(await interrupted.code());
  interrupted.child.kill('SIGINT');
  await until('the request is withdrawn', async () => (await gatehouse.verb('approvals')).length === 0);
  await desktop.windowWith({ name: /The program withdrew its request\./ });
  assert.equal((await gatehouse.verb('clients')).length, 1);
});

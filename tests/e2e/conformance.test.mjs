// SPDX-License-Identifier: GPL-3.0-or-later
// The official conformance suite for MCP servers passes, and fails wherever an answer is spoilt.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startBearerProxy } from './harness/bearer_proxy.mjs';
import { startMirror } from './harness/breaking_proxy.mjs';
import { startFixtures } from './harness/fixture_server.mjs';
import { postRpc } from './harness/http.mjs';
import { PlainClient } from './harness/plain_client.mjs';
import { requiredScenarios, runServerSuite } from './harness/server_suite.mjs';

/** Long-running tasks are an extension that Gatehouse does not offer; the suite runs them for information only. */
const isOffered = (scenario) => !scenario.startsWith('tasks-');

/** How many scenarios the suite requires, which others it runs, and how many checks all of these make. */
const revisions = {
  '2025-11-25': {
    required: 30,
    others: ['json-schema-2020-12', 'server-session-lifecycle', 'server-sse-polling'],
    checks: 83,
  },
  '2026-07-28': {
    required: 37,
    others: ['http-custom-header-server-validation', 'http-header-validation', 'json-schema-2020-12'],
    checks: 152,
  },
};

/** With somebody signed in, for whom tokens can be made. */
async function started(t) {
  const gatehouse = await startFixtures(t);
  await new PlainClient(gatehouse).signIn();
  return gatehouse;
}

/** The origin of a proxy that signs for the suite, whose clients know no tokens. `through`: a server before Gatehouse. */
async function signedOrigin(t, gatehouse, through = gatehouse.url) {
  const { token } = await gatehouse.verb('token', 'create', 'Conformance suite');
  return startBearerProxy(t, through, token);
}

const run = (t, origin, ...choice) => runServerSuite(t, `${origin}/mcp`, ...choice);

const withStatus = (scenarios, ...wanted) => Object.entries(scenarios).flatMap(([scenario, checks]) =>
  checks.filter(({ status }) => wanted.includes(status)).map((check) => ({ scenario, ...check })));

/** Whatever is not as it should be: also advice that was not followed, and what could not be looked at. */
const complaintsIn = (scenarios) => withStatus(scenarios, 'FAILURE', 'WARNING', 'SKIPPED');

const inWords = (checks) =>
  checks.map(({ scenario, id, status, errorMessage }) => `${scenario}: ${id}: ${status}: ${errorMessage}`).join('\n');

/** Nothing but success, in exactly these scenarios: the suite also passes when it has nothing to look at. */
function assertAllPass(t, { code, output, scenarios }, { names, checks }) {
  const offered = Object.fromEntries(Object.entries(scenarios).filter(([name]) => isOffered(name)));
  const complaints = complaintsIn(offered);
  assert.deepEqual(complaints, [], inWords(complaints));
  assert.equal(code, 0, output);
  assert.deepEqual(Object.keys(offered).sort(), [...names].sort());
  for (const name of names) assert.ok(withStatus({ [name]: offered[name] }, 'SUCCESS').length > 0, `${name} has checked nothing`);
  const passed = withStatus(offered, 'SUCCESS').length;
  assert.equal(passed, checks);
  t.diagnostic(`${names.length} scenarios, ${passed} checks passed, ${complaints.length} did not`);
}

for (const [revision, { required, others, checks }] of Object.entries(revisions)) {
  test(`The suite passes for ${revision}`, async (t) => {
    const gatehouse = await started(t);
    const names = await requiredScenarios(revision);
    assert.equal(names.length, required);
    const result = await run(t, await signedOrigin(t, gatehouse), '--requirements', revision);
    assertAllPass(t, result, { names: [...names, ...others], checks });
    assert.equal(await gatehouse.stop(), 0);
  });
}

test('The suite passes for 2025-06-18, for which it requires nothing', async (t) => {
  const gatehouse = await started(t);
  const result = await run(t, await signedOrigin(t, gatehouse), '--suite', 'all', '--spec-version', '2025-06-18');
  assert.equal(Object.keys(result.scenarios).length, 27);
  assertAllPass(t, result, { names: Object.keys(result.scenarios), checks: 56 });
  assert.equal(await gatehouse.stop(), 0);
});

test('It is Gatehouse that refuses what the suite wants refused, not the proxy', async (t) => {
  const origin = await signedOrigin(t, await started(t));
  const { host } = new URL(origin);
  const status = async (headers) => (await postRpc(`${origin}/mcp`, { id: 1, method: 'ping' }, { headers })).status;
  assert.equal(await status({ Host: 'evil.example.com' }), 421);
  assert.equal(await status({ Origin: 'http://evil.example.com' }), 403);
  // Let in, signed, and asked to initialize.
  assert.equal(await status({ Host: host, Origin: origin }), 400);
});

/** Changes each JSON answer to `method`. */
const changeResult = (method, change) => ({
  answer: (answer, { rpc }) => {
    if (rpc.method !== method || !answer.headers['content-type']?.startsWith('application/json')) return;
    const body = JSON.parse(answer.body);
    change(body, answer);
    answer.body = JSON.stringify(body);
  },
});

const kOlder = '2025-11-25';
const kNewest = '2026-07-28';
const breakages = [
  ['a result is not as the schema has it', kOlder, 'tools-call-simple-text', /^wire-schema-valid$/,
    changeResult('tools/call', ({ result }) => { result.content[0].text = 1; })],
  ['a result does not say that it is complete', kNewest, 'tools-list', /^wire-schema-valid$/,
    changeResult('tools/list', ({ result }) => { delete result.resultType; })],
  ['a schema loses a keyword', kNewest, 'json-schema-2020-12', /^sep-2106-anchor-keyword-preserved$/,
    changeResult('tools/list', ({ result }) => { for (const { inputSchema } of result.tools) delete inputSchema.$defs?.address.$anchor; })],
  ['tools stand in another order each time', kNewest, 'tools-list', /^tools-list-deterministic-order$/,
    changeResult('tools/list', ({ result }) => { result.tools.sort(() => Math.random() - 0.5); })],
  ['a state that was changed is taken', kNewest, 'input-required-result-tampered-state', /^sep-2322-reject-tampered-state$/,
    { request: (request) => { request.body = request.body.replace('-TAMPERED', ''); } }],
  ['a header that says something else is let pass', kNewest, 'http-header-validation', /./,
    { answer: (answer) => { if (answer.status === 400) answer.status = 200; } }],
];

test('In front of a sound Gatehouse', { concurrency: 2 }, async (t) => {
  const gatehouse = await started(t);
  const runThrough = async (t, choice, breakage) =>
    run(t, await signedOrigin(t, gatehouse, await startMirror(t, gatehouse.url, breakage)), ...choice);
  await Promise.all(breakages.map(([what, revision, scenario, check, breakage]) =>
    t.test(`the suite complains when ${what}`, async (t) => {
      const choice = ['--scenario', scenario, '--spec-version', revision];
      const sound = await runThrough(t, choice);
      assert.deepEqual(complaintsIn(sound.scenarios), []);
      const broken = complaintsIn((await runThrough(t, choice, breakage)).scenarios);
      assert.ok(broken.some(({ id }) => check.test(id)), inWords(broken));
    })));
});

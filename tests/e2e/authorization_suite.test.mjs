// SPDX-License-Identifier: GPL-3.0-or-later
// The official conformance suite for authorization servers passes, and fails wherever an answer is spoilt.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runAuthorizationSuite, scenarios } from './harness/authorization_suite.mjs';
import { startMirror } from './harness/breaking_proxy.mjs';
import { allow } from './harness/browser.mjs';
import { Gatehouse } from './harness/gatehouse.mjs';
import { send } from './harness/http.mjs';
import { PlainClient } from './harness/plain_client.mjs';

const kClient = { id: 'conformance', name: 'Conformance Suite', redirectUris: ['http://127.0.0.1/callback'] };
const kDocuments = 'authorization-server-metadata-cimd';

/** A Gatehouse that knows the suite's client from its configuration. */
async function started(t) {
  const gatehouse = await new Gatehouse(t).start();
  await gatehouse.configure((configuration) => {
    configuration.clients = [kClient];
  });
  return gatehouse;
}

const run = (t, gatehouse, url, account) => runAuthorizationSuite(t,
  { url, clientId: kClient.id, visit: (address) => allow(gatehouse, address, { account }) });

/** Nothing but success: a check that the suite skips leaves its exit code at 0. */
function assertAllPass({ code, output, checks }) {
  assert.equal(code, 0, checks.map(({ errorMessage }) => errorMessage).join('; ') || output);
  assert.deepEqual(checks.map(({ id }) => id).sort(),
    ['authorization-code-grant', 'authorization-server-metadata', kDocuments], output);
  for (const { id, status, errorMessage } of checks)
    assert.equal(status, 'SUCCESS', `${id}: ${errorMessage}`);
}

test('The suite has the scenarios that are looked at here', async () => {
  assert.deepEqual(await scenarios(), ['authorization-code-grant', 'authorization-server-metadata-endpoint']);
});

for (const host of ['localhost', '127.0.0.1', '[::1]']) {
  test(`The suite passes at ${host}`, async (t) => {
    const gatehouse = await started(t);
    const url = `http://${host}:${gatehouse.port}`;
    assertAllPass(await run(t, gatehouse, url));
  });
}

const changeJson = (path, change) => ({
  answer: (answer, request) => {
    if (request.path !== path || answer.status !== 200) return;
    const body = JSON.parse(answer.body);
    change(body, answer.headers);
    answer.body = JSON.stringify(body);
  },
});
const changeMetadata = (change) => changeJson('/.well-known/oauth-authorization-server', change);
const changeToken = (change) => changeJson('/token', change);
const changeRedirect = (change) => ({
  answer: ({ headers }) => {
    if (!headers.location?.includes('/callback?')) return;
    const location = new URL(headers.location);
    if (!location.searchParams.has('iss')) return;
    change(location.searchParams);
    headers.location = location.href;
  },
});

const breakages = [
  ['S256 is not offered', /"code_challenge_methods_supported"/, changeMetadata((body) => { body.code_challenge_methods_supported = ['plain']; })],
  ['the issuer ends with a slash', /Invalid issuer/, changeMetadata((body) => { body.issuer += '/'; })],
  ['the issuer is another one', /Invalid issuer/, changeMetadata((body) => { body.issuer = 'https://evil.example'; })],
  ['there is no token endpoint', /"token_endpoint"/, changeMetadata((body) => { delete body.token_endpoint; })],
  ['codes are not offered', /"response_types_supported"/, changeMetadata((body) => { body.response_types_supported = ['token']; })],
  ['the state is another one', /Invalid state/, changeRedirect((parameters) => parameters.set('state', 'other'))],
  ['the code stands twice', /Invalid code/, changeRedirect((parameters) => parameters.append('code', 'other'))],
  ['iss is another one', /Invalid iss parameter/, changeRedirect((parameters) => parameters.set('iss', 'https://evil.example'))],
  ['the person is said to have denied', /access_denied/, changeRedirect((parameters) => parameters.set('error', 'access_denied'))],
  ['there is no access token', /Missing access_token/, changeToken((body) => { delete body.access_token; })],
  ['tokens may be cached', /Invalid Cache-Control/, changeToken((body, headers) => { delete headers['cache-control']; })],
];

test('In front of a sound Gatehouse', { concurrency: 2 }, async (t) => {
  const gatehouse = await started(t);
  await new PlainClient(gatehouse).signIn();
  const { account } = await gatehouse.verb('status');
  await t.test('a mirror changes nothing for the suite', async (t) => {
    const mirror = await startMirror(t, gatehouse.url);
    assertAllPass(await run(t, gatehouse, mirror, account.id));
  });
  await Promise.all(breakages.map(([what, reason, breakage]) =>
    t.test(`the suite fails when ${what}`, async (t) => {
      const mirror = await startMirror(t, gatehouse.url, breakage);
      const { code, output, checks } = await run(t, gatehouse, mirror, account.id);
      assert.equal(code, 1, output);
      const reasons = checks.filter(({ status }) => status === 'FAILURE').map(({ errorMessage }) => errorMessage)
        // It follows from the real reason: nothing can be asked for then.
        .filter((message) => message !== 'Invalid authorization server metadata');
      assert.equal(reasons.length, 1, reasons.join('; '));
      assert.match(reasons[0], reason);
    })));
});

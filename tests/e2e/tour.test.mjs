// SPDX-License-Identifier: GPL-3.0-or-later
// The tour notices when a step does not work: each is broken in turn, between the tour and a sound Gatehouse.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { startProxy } from './harness/breaking_proxy.mjs';
import { afterwards } from './harness/clean_up.mjs';
import { repository, temporaryDirectory } from './harness/gatehouse.mjs';

const tour = process.env.GATEHOUSE_TOUR ?? path.join(repository, 'build/release/installer/tour/gatehouse-tour');
const gatehouse = process.env.GATEHOUSE_BINARY ?? path.join(repository, 'build/release/app/gatehouse');

/** Runs the tour with an executable that does `script` in place of Gatehouse where it says so. */
async function runTour(t, { script = '', ...breakage }) {
  const directory = temporaryDirectory(t);
  const wrapper = path.join(directory, 'gatehouse');
  fs.writeFileSync(wrapper, `#!/bin/sh\n${script}\nexec '${gatehouse}' "$@"\n`, { mode: 0o755 });
  const proxy = await startProxy(t, breakage);
  const orphan = path.join(directory, 'orphan');
  afterwards(t, () => fs.existsSync(orphan) && process.kill(Number(fs.readFileSync(orphan, 'utf8'))));
  return new Promise((resolve) => {
    execFile(tour, ['--binary', wrapper, '--work-dir', directory],
      { env: { ...process.env, GATEHOUSE_TOUR_PROXY: proxy }, timeout: 60000 },
      (error, output, errors) => resolve({ code: error ? (error.code ?? error.signal) : 0, output: output + errors }));
  });
}

const callOf = (request, tool) => request.rpc.method === 'tools/call' && request.rpc.params.name === tool;
const inPlaceOf = (verb, script) => `case " $* " in *" ${verb} "*) ${script} ;; esac`;

/** Changes the redirect to the client that carries `parameter`. */
const changeRedirect = (having, change) => ({
  answer: ({ headers }) => {
    if (!headers.location) return;
    const location = new URL(headers.location, 'http://localhost/');
    if (location.pathname !== '/callback' || !location.searchParams.has('iss') || !location.searchParams.has(having)) return;
    change(location.searchParams);
    headers.location = location.href;
  },
});

const onAnswer = (suits, change) => ({
  answer: (answer, request) => {
    if (suits(request, answer)) change(answer, request);
  },
});
const replace = (from, to) => (answer) => {
  answer.body = answer.body.replaceAll(from, to);
};

const breakages = [
  ['start', 'it is not healthy', onAnswer(({ path: at }) => at === '/healthz', (answer) => { answer.status = 503; })],
  ['challenge', 'the 401 does not say where the metadata are', onAnswer((_, { status }) => status === 401, ({ headers }) => {
    headers['www-authenticate'] = 'Bearer';
  })],
  ['discovery', 'the metadata have another issuer',
    onAnswer(({ path: at }) => at === '/.well-known/oauth-authorization-server', replace('"issuer":"http', '"issuer":"https'))],
  ['registration', 'registering is refused', onAnswer(({ path: at }) => at === '/register', (answer) => { answer.status = 400; })],
  ['waiting-page', 'the page shows no code', onAnswer(({ path: at }) => at.startsWith('/interaction/'), replace('class="code"', ''))],
  ['approvals', 'the terminal shows another code',
    { script: inPlaceOf('approvals', `'${gatehouse}' "$@" | sed 's/"code" *: *"[^"]*"/"code":"WXYZ"/'; exit 0`) }],
  ['approve', 'approving does nothing', { script: inPlaceOf('approve', 'echo {}; exit 0') }],
  ['sign-in', 'the tenant does not know Alice', onAnswer(() => true, replace('Continue as Alice', 'Continue as Carol'))],
  ['redirect', 'the state is another one', changeRedirect('code', (parameters) => parameters.set('state', 'other'))],
  ['redirect', 'iss is missing', changeRedirect('code', (parameters) => parameters.delete('iss'))],
  ['redirect', 'the code is missing', changeRedirect('code', (parameters) => parameters.delete('code'))],
  ['token', 'the code is not the one that was given', changeRedirect('code', (parameters) => parameters.set('code', 'wrong'))],
  ['token', 'there is no refresh token', onAnswer(({ path: at }) => at === '/token', replace('"refresh_token"', '"other"'))],
  ['initialize', 'another revision is spoken', onAnswer(({ rpc }) => rpc.method === 'initialize', replace('2025-11-25', '2024-11-05'))],
  ['tools', 'a tool is missing', onAnswer(({ rpc }) => rpc.method === 'tools/list', replace('"list-todos"', '"other"'))],
  ['list-todos', 'the tool answers an error', onAnswer((request) => callOf(request, 'list-todos'), (answer) => {
    answer.body = answer.body.replace('"result":{', '"result":{"isError":true,').replaceAll('"isError":false', '"isError":true');
  })],
  ['create-todo', 'another todo is made', { request: (request) => {
    if (callOf(request, 'create-todo')) request.body = request.body.replace('Show somebody the tour', 'Something else');
  } }],
  ['missing-scope', 'it is let through', onAnswer((request) => callOf(request, 'list-billing'), (answer) => { answer.status = 200; })],
  ['missing-scope', 'the challenge names no scope', onAnswer((_, { status }) => status === 403, ({ headers }) => {
    headers['www-authenticate'] = 'Bearer error="insufficient_scope"';
  })],
  ['older-transport', 'messages are refused', onAnswer(({ path: at }) => at.startsWith('/messages'), (answer) => { answer.status = 404; })],
  ['refresh', 'the refresh token stays the same', onAnswer(({ body }) => body.includes('grant_type=refresh_token'), (answer, { body }) => {
    const old = new URLSearchParams(body).get('refresh_token');
    answer.body = answer.body.replace(/"refresh_token":"[^"]*"/, `"refresh_token":"${old}"`);
  })],
  ['second-session', 'it is somebody else', onAnswer((request) => callOf(request, 'whoami'), replace('Alice', 'Bob'))],
  ['pause', 'pausing does nothing', { script: inPlaceOf('pause', 'echo {}; exit 0') }],
  ['resume', 'resuming does nothing', { script: inPlaceOf('resume', 'echo {}; exit 0') }],
  ['deny', 'the client is not told its state', changeRedirect('error', (parameters) => parameters.delete('state'))],
  ['deny', 'the client is not told the issuer', changeRedirect('error', (parameters) => parameters.delete('iss'))],
  ['deny', 'denying allows', { script: inPlaceOf('deny', `shift; set -- approve "$@"`) }],
  ['revoke', 'revoking does nothing', { script: inPlaceOf('revoke', 'echo {}; exit 0') }],
  ['revoke', 'the token still works', onAnswer((request, { status }) => callOf(request, 'list-todos') && status === 401, (answer) => {
    answer.status = 200;
  })],
  ['stop', 'it ends with an error', { script: inPlaceOf('--headless',
    `'${gatehouse}' "$@" & child=$!; trap 'kill -TERM $child; wait $child; exit 7' TERM; wait $child; exit`) }],
  ['stop', 'it does not end', { script: inPlaceOf('--headless',
    `'${gatehouse}' "$@" & child=$!; echo $child >"$(dirname "$0")/orphan"; trap '' TERM; wait $child; exit`) }],
];

describe('The tour', { concurrency: 2 }, () => {
  test('passes when nothing is broken', async (t) => {
    const { code, output } = await runTour(t, {});
    assert.equal(code, 0, output);
  });

  test('has a breakage for each of its steps', async (t) => {
    const { output } = await runTour(t, {});
    const steps = [...output.matchAll(/^ *\d+\. ([a-z-]+)/gm)].map(([, name]) => name);
    assert.ok(steps.length > 20, output);
    assert.deepEqual([...new Set(breakages.map(([step]) => step))], steps);
  });

  for (const [step, what, breakage] of breakages) {
    test(`fails at "${step}" when ${what}`, async (t) => {
      const { code, output } = await runTour(t, breakage);
      assert.equal(code, 1, output);
      assert.match(output, new RegExp(`The tour failed at step "${step}"`));
    });
  }
});

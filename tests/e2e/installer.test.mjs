// SPDX-License-Identifier: GPL-3.0-or-later
// installer/demo: what it installs, what it says, how it ends.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { afterwards } from './harness/clean_up.mjs';
import { Desktop } from './harness/desktop.mjs';
import { repository, temporaryDirectory } from './harness/gatehouse.mjs';
import { send } from './harness/http.mjs';
import { until, within } from './harness/waiting.mjs';

const demo = path.join(repository, 'installer/demo');

/** Runs the packages part of lib.sh on a machine made of the scripts in `commands`; {code, output, calls}. */
function installPackages(t, packages, commands) {
  const bin = temporaryDirectory(t);
  const calls = path.join(bin, 'calls');
  const record = (name) => `echo "${name} $*" >>'${calls}'`;
  const machine = {
    'apt-get': record('apt-get'),
    'dpkg-query': '[ "$3" = present ] && echo installed',
    id: 'echo 0',
    sudo: `${record('sudo')}; [ "$1" = -n ] && exit 1; exec "$@"`,
    ...commands,
  };
  for (const [name, script] of Object.entries(machine))
    if (script) fs.writeFileSync(path.join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  for (const name of ['bash', 'cat', 'dirname', 'env', 'mkdir', 'sh', 'tail', 'tr']) {
    const real = ['/usr/bin', '/bin'].map((directory) => path.join(directory, name)).find(fs.existsSync);
    fs.symlinkSync(real, path.join(bin, name));
  }
  const script = `. '${repository}/installer/lib.sh'; GATEHOUSE_LOGS='${bin}/logs'; install_packages ${packages}`;
  const outcome = { code: 0 };
  try {
    outcome.output = execFileSync('/bin/bash', ['-c', `{ ${script}; } 2>&1`],
      { env: { PATH: bin }, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    Object.assign(outcome, { code: error.status, output: error.stdout });
  }
  outcome.calls = fs.existsSync(calls) ? fs.readFileSync(calls, 'utf8').trim().split('\n') : [];
  return outcome;
}

test('Packages: when all are there, apt and sudo are not called', (t) => {
  const { code, calls } = installPackages(t, 'present', { id: 'echo 1000' });
  assert.equal(code, 0);
  assert.deepEqual(calls, []);
});

test('Packages: root installs only what is missing', (t) => {
  const { code, calls, output } = installPackages(t, 'present missing', {});
  assert.equal(code, 0, output);
  assert.equal(calls.length, 2);
  assert.match(calls[0], /^apt-get .*update$/);
  assert.match(calls[1], /^apt-get .*install .* missing$/);
  assert.doesNotMatch(calls[1], /present/);
});

test('Packages: another user installs with sudo', (t) => {
  const { code, calls, output } = installPackages(t, 'missing', { id: 'echo 1000', sudo: '[ "$1" = -n ] && exit 0; exec "$@"' });
  assert.equal(code, 0, output);
  assert.match(calls.at(-1), /^apt-get .*install .* missing$/);
});

for (const [situation, commands, reason] of [
  ['there is no sudo', { id: 'echo 1000', sudo: undefined }, /there is no sudo here; ask an administrator for: apt-get install missing/],
  ['sudo wants a password', { id: 'echo 1000' }, /no terminal; ask an administrator for: apt-get install missing/],
  ['apt fails', { 'apt-get': '[ "$3" = install ] && { echo broken; exit 100; }; exit 0' }, /broken[\s\S]*could not install: missing/],
  ['this is not Debian', { 'dpkg-query': undefined }, /Elsewhere install what corresponds to: missing/],
]) {
  test(`Packages: says why when ${situation}`, (t) => {
    const { code, output } = installPackages(t, 'missing', commands);
    assert.equal(code, 1);
    assert.match(output, reason);
  });
}

/** Starts installer/demo with the built executable. */
function startDemo(t, dataDirectory, environment = {}) {
  const run = { output: '' };
  run.child = spawn(demo, ['--port', '0', '--data-dir', dataDirectory], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      GATEHOUSE_BINARY: path.join(repository, 'build/release/app/gatehouse'), ...process.env, ...environment,
    },
  });
  for (const stream of [run.child.stdout, run.child.stderr]) stream.on('data', (data) => (run.output += data));
  run.exited = new Promise((resolve) => run.child.once('exit', (code) => resolve(code)));
  afterwards(t, () => {
    run.child.kill('SIGTERM');
    return run.exited;
  });
  return run;
}

const ready = (run) => until('the demo is ready', () => {
  if (run.child.exitCode !== null) throw new Error(`it ended: ${run.output}`);
  return run.output.includes('Ctrl+C ends Gatehouse.');
}, 40000);

for (const [situation, environment, sentence] of [
  ['a keychain', {}, /Secrets are in your keychain/],
  ['no keychain', { DBUS_SESSION_BUS_ADDRESS: '', XDG_RUNTIME_DIR: '/nonexistent' }, /secrets are kept in memory only/],
]) {
  test(`The demo with ${situation} runs, says so, and Ctrl+C ends it`, async (t) => {
    const run = startDemo(t, path.join(temporaryDirectory(t), 'data'), environment);
    await ready(run);
    assert.match(run.output, sentence);
    const url = /Gatehouse runs at (\S+)\. /.exec(run.output)[1];
    assert.equal((await send(`${url}/healthz`)).status, 200);
    assert.ok(run.output.includes(`"mcp-remote", "${url}/sse"`));
    run.child.kill('SIGINT');
    assert.equal(await within('the demo ends', 6000, run.exited), 130);
    await assert.rejects(send(`${url}/healthz`));
  });
}

test('The demo on a desktop shows its window; quitting there ends it', async (t) => {
  const desktop = await new Desktop(t).start();
  const run = startDemo(t, path.join(temporaryDirectory(t), 'data'), desktop.environment);
  await ready(run);
  assert.match(run.output, /Secrets are in your keychain/);
  assert.match(run.output, /A window of Gatehouse asks you/);
  assert.doesNotMatch(run.output, /another terminal/);
  await desktop.windowWith({ name: 'No client may act for you yet' });
  await until('it is active', async () => /^Gatehouse \(demo\)/.test(await desktop.activeWindow()));
  await desktop.press('ctrl+q');
  assert.equal(await within('the demo ends', 6000, run.exited), 0);
});

/** The real program, but for its keychain. */
function withoutKeychain(t, complaint) {
  const wrapper = path.join(temporaryDirectory(t), 'gatehouse');
  const real = process.env.GATEHOUSE_BINARY ?? path.join(repository, 'build/release/app/gatehouse');
  fs.writeFileSync(wrapper, `#!/bin/sh
case "$*" in *'--secret-store keychain'*) echo 'gatehouse: ${complaint}' >&2; exit 1 ;; esac
exec '${real}' "$@"
`, { mode: 0o755 });
  return { GATEHOUSE_BINARY: wrapper };
}

test('The demo goes on without a keychain that does not work, and says so', async (t) => {
  const environment = withoutKeychain(t, 'The keychain is locked.');
  const run = startDemo(t, path.join(temporaryDirectory(t), 'data'), environment);
  await ready(run);
  assert.match(run.output, /The keychain is locked\./);
  assert.match(run.output, /secrets are kept in memory only/);
});

test('The demo does not blame the keychain for something else', async (t) => {
  const environment = withoutKeychain(t, 'Port 8377 is taken.');
  const run = startDemo(t, path.join(temporaryDirectory(t), 'data'), environment);
  assert.equal(await within('the demo ends', 10000, run.exited), 1);
  assert.equal(run.output.split('Port 8377 is taken.').length, 2, run.output);
  assert.doesNotMatch(run.output, /keychain did not work/);
});

test('The demo says when it runs already, and leaves that one alone', async (t) => {
  const dataDirectory = path.join(temporaryDirectory(t), 'data');
  const first = startDemo(t, dataDirectory);
  await ready(first);
  const second = startDemo(t, dataDirectory);
  assert.equal(await within('the second ends', 10000, second.exited), 1);
  assert.match(second.output, /runs already/);
  const url = /Gatehouse runs at (\S+)\. /.exec(first.output)[1];
  assert.equal((await send(`${url}/healthz`)).status, 200);
});

// SPDX-License-Identifier: GPL-3.0-or-later
// While programs and pages abuse Gatehouse, its clients are served, its windows answer, and it stays small.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { arriveAt, clientAddress, codeOn, launch, problemsOf } from './harness/chromium.mjs';
import { afterwards } from './harness/clean_up.mjs';
import { Desktop } from './harness/desktop.mjs';
import { Gatehouse } from './harness/gatehouse.mjs';
import { rpcResult, send } from './harness/http.mjs';
import { PlainClient } from './harness/plain_client.mjs';
import { delay, until } from './harness/waiting.mjs';

const kMegabyte = 1 << 20;
const kMostGrowth = 64 * kMegabyte;
const kPatience = 1000; // ms

/** Resident memory of a process, in bytes. */
const residentBytes = (pid) =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;

/** Watches the memory of a process until told to stop; the most it took. */
function watchMemory(t, pid) {
  let most = residentBytes(pid);
  const timer = setInterval(() => (most = Math.max(most, residentBytes(pid))), 20);
  afterwards(t, () => clearInterval(timer));
  return () => {
    clearInterval(timer);
    return most;
  };
}

/** Starts the abuse; resolves once all of it is under way. */
async function abuse(t, port) {
  const child = spawn(process.execPath, [path.join(path.dirname(fileURLToPath(import.meta.url)), 'harness/abuser.mjs'), port],
    { stdio: ['ignore', 'pipe', 'inherit'] });
  afterwards(t, () => child.kill('SIGKILL'));
  let said = '';
  child.stdout.on('data', (data) => (said += data));
  await until('the abuse is under way', () => said.includes('idle 3000') && said.includes('uploaded'), 30000);
}

/** Calls `work` over and over until told to stop; how long each call took, in milliseconds. */
function repeat(t, work) {
  const times = [];
  let running = true;
  const done = (async () => {
    while (running) {
      const start = performance.now();
      await work();
      times.push(performance.now() - start);
      await delay(10);
    }
  })();
  const stop = async () => {
    running = false;
    await done;
    return times;
  };
  afterwards(t, () => stop().catch(() => {})); // its failure was reported
  return stop;
}

test('300 MB upload, 500 half-open and 3,000 idle connections: calls and windows go on', async (t) => {
  const desktop = await new Desktop(t).start();
  const gatehouse = await new Gatehouse(t, { desktop }).start();
  const browser = await launch(t);
  const client = await new PlainClient(gatehouse, { redirectUri: await clientAddress(t) }).register();
  const page = await browser.newPage();
  const problems = problemsOf(page);
  await page.goto(client.authorizeUrl().href);
  await desktop.allow(await codeOn(page));
  await page.getByText('Continue as Alice').click({ timeout: 10000 });
  await arriveAt(page, client.redirectUri, problems);
  client.tokens = (await client.redeem(client.parameters(new URL(page.url())).code)).json();
  await client.initialize();

  const before = residentBytes(gatehouse.pid);
  const mostMemory = watchMemory(t, gatehouse.pid);
  const calls = repeat(t, async () => {
    const answer = rpcResult(await client.callTool('list-todos'));
    assert.ok(!answer.result.isError, JSON.stringify(answer));
  });
  const checks = repeat(t, async () => assert.equal((await send(`${gatehouse.url}/healthz`)).status, 200));
  await abuse(t, gatehouse.port);

  // A second request meanwhile, answered by hand.
  const second = await new PlainClient(gatehouse, { name: 'Meanwhile', redirectUri: await clientAddress(t) }).register();
  await page.goto(second.authorizeUrl().href);
  await desktop.allow(await codeOn(page));
  await arriveAt(page, second.redirectUri, problems).catch(async () => {
    await page.getByText('Continue as Alice').click({ timeout: 10000 });
    await arriveAt(page, second.redirectUri, problems);
  });
  assert.ok(second.parameters(new URL(page.url())).code);

  for (const [what, stop] of [['tool calls', calls], ['health checks', checks]]) {
    const times = await stop();
    const slowest = Math.max(...times);
    t.diagnostic(`${times.length} ${what}, the slowest took ${slowest.toFixed(0)} ms`);
    assert.ok(times.length > 20, `${what}: only ${times.length}`);
    assert.ok(slowest < kPatience, `${what}: ${slowest} ms`);
  }
  const growth = mostMemory() - before;
  t.diagnostic(`memory grew from ${(before / kMegabyte).toFixed(0)} MB by ${(growth / kMegabyte).toFixed(1)} MB`);
  assert.ok(growth < kMostGrowth, `memory grew by ${growth / kMegabyte} MB`);
});

test('A web page cannot raise approvals: not by navigation, frame, form, fetch or prefetch', async (t) => {
  const desktop = await new Desktop(t).start();
  const gatehouse = await new Gatehouse(t, { desktop }).start();
  const evil = await new PlainClient(gatehouse, { name: 'Evil', redirectUri: await clientAddress(t) }).register();
  const address = () => evil.authorizeUrl().href;
  const ways = {
    'window.open': `for (let i = 0; i < 30; i += 1) window.open(ADDRESS);`,
    frames: `for (let i = 0; i < 30; i += 1) { const f = document.createElement('iframe'); f.src = ADDRESS; document.body.append(f); }`,
    form: `const f = document.createElement('form'); f.action = ADDRESS.split('?')[0]; f.target = '_blank';
      for (const [k, v] of new URL(ADDRESS).searchParams) { const i = document.createElement('input'); i.name = k; i.value = v; f.append(i); }
      document.body.append(f); for (let i = 0; i < 30; i += 1) f.submit();`,
    fetch: `for (let i = 0; i < 30; i += 1) fetch(ADDRESS, { mode: 'no-cors', credentials: 'include' }).catch(() => {});`,
    prefetch: `for (const rel of ['prefetch', 'prerender', 'preload']) { const l = document.createElement('link'); l.rel = rel; l.href = ADDRESS; document.head.append(l); }`,
    location: `location.href = ADDRESS;`,
  };
  const server = http.createServer((request, response) => {
    response.setHeader('Content-Type', 'text/html');
    response.end(`<!doctype html><title>A page</title><body><script>const ADDRESS = ${JSON.stringify(address())};
      ${ways[decodeURIComponent(request.url.slice(1))] ?? ''}</script>`);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterwards(t, () => server.close());
  const browser = await launch(t, { args: ['--disable-popup-blocking'] });
  // "localhost" makes the page the same site as Gatehouse, which is the worst case.
  for (const host of ['localhost', '127.0.0.1']) {
    for (const way of Object.keys(ways)) {
      const context = await browser.newContext();
      const page = await context.newPage();
      await page.goto(`http://${host}:${server.address().port}/${encodeURIComponent(way)}`).catch(() => {});
      await delay(700);
      assert.deepEqual(await gatehouse.verb('approvals'), [], `${way} from ${host}`);
      await context.close();
    }
  }
  // The person's own way still works, at once.
  const page = await browser.newPage();
  await page.goto(address());
  await desktop.allow(await codeOn(page));
});

test('A program that opens many pages gets two windows; the real one finds its place', async (t) => {
  const desktop = await new Desktop(t).start();
  const gatehouse = await new Gatehouse(t, { desktop }).start();
  const browser = await launch(t);
  const pushy = await new PlainClient(gatehouse, { name: 'Pushy', redirectUri: await clientAddress(t) }).register();
  const real = await new PlainClient(gatehouse, { name: 'Real', redirectUri: await clientAddress(t) }).register();
  const pushed = await browser.newPage();
  const context = await browser.newContext();
  for (let i = 0; i < 25; i += 1) {
    const page = await context.newPage();
    await page.goto(pushy.authorizeUrl().href);
    if (i === 24) assert.match(await page.textContent('body'), /wait/i);
    await page.close();
  }
  await pushed.close();
  assert.equal((await gatehouse.verb('approvals')).length, 2);
  const page = await browser.newPage();
  await page.goto(real.authorizeUrl().href);
  assert.equal((await gatehouse.verb('approvals')).length, 3);
  await desktop.click(await desktop.enabled({ role: 'push button', name: /more are waiting/ }));
  await desktop.rest();
  await desktop.click(await desktop.enabled({ role: 'push button', name: /more are waiting/ }));
  await desktop.allow(await codeOn(page));
  await page.getByText('Continue as Alice').click({ timeout: 10000 });
  await arriveAt(page, real.redirectUri, []);
});

// SPDX-License-Identifier: GPL-3.0-or-later
// A real browser on the pages: that the waiting page goes on by itself, or with one click without JavaScript, and
// that cookies survive the way over the tenant, also where that is another site.
import assert from 'node:assert/strict';
import http from 'node:http';
import { test } from 'node:test';
import { chromium } from 'playwright-core';
import { pendingApproval } from './harness/browser.mjs';
import { afterwards } from './harness/clean_up.mjs';
import { Gatehouse } from './harness/gatehouse.mjs';
import { PlainClient } from './harness/plain_client.mjs';

const launchOptions = {
  executablePath: process.env.GATEHOUSE_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
};

/** Waits until the page is at the client; otherwise says where it stands and what the browser complained of. */
async function arriveAt(page, address, problems) {
  await page.waitForURL(`${address}*`, { timeout: 10000 }).catch(() => {
    throw new Error(`the browser stays at ${page.url()}: ${problems.join('; ')}`);
  });
}

/** What the browser complains of on `page` from now on. */
function problemsOf(page) {
  const problems = [];
  page.on('console', (message) => {
    // The demo tenant has no icon, which every browser asks for.
    const icon = message.location().url.endsWith('/favicon.ico');
    if (message.type() === 'error' && !icon) problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.message));
  return problems;
}

/** A client's own redirect address, which answers a page. */
async function clientAddress(t) {
  const server = http.createServer((request, response) => {
    response.setHeader('Content-Type', 'text/html');
    response.end('<title>The client</title>');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterwards(t, () => server.close());
  return `http://127.0.0.1:${server.address().port}/callback`;
}

const ways = [
  { host: 'localhost', issuerHost: 'localhost' },
  { host: 'localhost', issuerHost: '127.0.0.1' },
  { host: '127.0.0.1', issuerHost: 'localhost' },
];

for (const { host, issuerHost } of ways) {
  for (const javaScriptEnabled of [true, false]) {
    test(`Chromium at ${host}, tenant at ${issuerHost}, JavaScript ${javaScriptEnabled ? 'on' : 'off'}`, async (t) => {
      const gatehouse = await new Gatehouse(t, { issuerHost }).start();
      const origin = `http://${host}:${gatehouse.port}`;
      const client = await new PlainClient(gatehouse, { redirectUri: await clientAddress(t), origin }).register();
      const browser = await chromium.launch(launchOptions);
      afterwards(t, () => browser.close());
      const page = await (await browser.newContext({ javaScriptEnabled })).newPage();
      const problems = problemsOf(page);

      await page.goto(client.authorizeUrl().href);
      const code = await page.locator('.code [aria-hidden]').textContent();
      const approval = await pendingApproval(gatehouse, code);
      assert.equal(approval.client.name, client.name);
      assert.equal(await page.getByText('continues by itself').isVisible(), javaScriptEnabled);
      await gatehouse.verb('approve', approval.id);

      if (!javaScriptEnabled) await page.getByText('Check again').click();
      await page.getByText('Continue as Alice').waitFor({ timeout: 10000 });
      assert.equal(new URL(page.url()).hostname, issuerHost);
      await page.getByText('Continue as Alice').click();
      await arriveAt(page, client.redirectUri, problems);
      assert.equal(await page.title(), 'The client');
      const answer = await client.redeem(client.parameters(new URL(page.url())).code);
      assert.equal(answer.status, 200, answer.text);
      assert.deepEqual(problems, []);
    });
  }
}

test('Chromium: cancelling on the page denies', async (t) => {
  const gatehouse = await new Gatehouse(t).start();
  const client = await new PlainClient(gatehouse, { redirectUri: await clientAddress(t) }).register();
  const browser = await chromium.launch(launchOptions);
  afterwards(t, () => browser.close());
  const page = await browser.newPage();
  const problems = problemsOf(page);
  await page.goto(client.authorizeUrl().href);
  await page.getByText('Cancel this request').click();
  await arriveAt(page, client.redirectUri, problems);
  assert.equal(client.parameters(new URL(page.url())).error, 'access_denied');
  assert.deepEqual(await gatehouse.verb('approvals'), []);
});

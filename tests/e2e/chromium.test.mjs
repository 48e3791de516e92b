// SPDX-License-Identifier: GPL-3.0-or-later
// A real browser on the pages: that the waiting page goes on by itself, or with one click without JavaScript, and
// that cookies survive the way over the tenant, also where that is another site.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pendingApproval } from './harness/browser.mjs';
import { arriveAt, clientAddress, codeOn, launch, problemsOf } from './harness/chromium.mjs';
import { Gatehouse } from './harness/gatehouse.mjs';
import { PlainClient } from './harness/plain_client.mjs';

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
      const browser = await launch(t);
      const page = await (await browser.newContext({ javaScriptEnabled })).newPage();
      const problems = problemsOf(page);

      await page.goto(client.authorizeUrl().href);
      const code = await codeOn(page);
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
  const browser = await launch(t);
  const page = await browser.newPage();
  const problems = problemsOf(page);
  await page.goto(client.authorizeUrl().href);
  await page.getByText('Cancel this request').click();
  await arriveAt(page, client.redirectUri, problems);
  assert.equal(client.parameters(new URL(page.url())).error, 'access_denied');
  assert.deepEqual(await gatehouse.verb('approvals'), []);
});

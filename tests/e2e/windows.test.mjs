// SPDX-License-Identifier: GPL-3.0-or-later
// The main job with the built program's real windows: on a real screen, with real clicks and keys, while headless
// Chromium plays the person's browser.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arriveAt, clientAddress, codeOn, launch, problemsOf } from './harness/chromium.mjs';
import { Desktop, part, parts, wordsOf } from './harness/desktop.mjs';
import { Gatehouse } from './harness/gatehouse.mjs';
import { open, postRpc } from './harness/http.mjs';
import { McpRemote } from './harness/mcp_remote.mjs';
import { PlainClient } from './harness/plain_client.mjs';
import { titles } from './harness/todos.mjs';
import { until, within } from './harness/waiting.mjs';

const kDone = 0;
const kRefused = 1;

/** A Gatehouse with windows, and a browser beside it. */
async function setUp(t, { desktopOptions, ...options } = {}) {
  const desktop = await new Desktop(t, desktopOptions).start();
  const gatehouse = await new Gatehouse(t, { desktop, ...options }).start();
  const browser = await launch(t);
  return { desktop, gatehouse, browser };
}

/** A client that has sent the browser to its page, which shows `code`. */
async function asking(t, gatehouse, browser, { name, scope } = {}) {
  const client = await new PlainClient(gatehouse, { name, redirectUri: await clientAddress(t) }).register();
  const page = await browser.newPage();
  const problems = problemsOf(page);
  await page.goto(client.authorizeUrl(scope ? { scope } : {}).href);
  return { client, page, problems, code: await codeOn(page) };
}

/** The person signs in as Alice where the tenant asks, and the page arrives at the client; what it brings. */
async function signInAndArrive({ client, page, problems }) {
  await page.getByText('Continue as Alice').click({ timeout: 10000 });
  await arriveAt(page, client.redirectUri, problems);
  return client.parameters(new URL(page.url()));
}

async function denied({ client, page, problems }) {
  await arriveAt(page, client.redirectUri, problems);
  const parameters = client.parameters(new URL(page.url()));
  assert.equal(parameters.error, 'access_denied');
  assert.equal(parameters.code, undefined);
}

const noApproval = (desktop) => until('the approval window is gone', async () =>
  !(await desktop.windows()).some((window) => parts(window, { name: /^Code \w/ }).length > 0));

for (const release of ['mcp-remote', 'mcp-remote-old']) {
  test(`${release} logs in through the window, and is revoked from the list`, async (t) => {
    const { desktop, gatehouse, browser } = await setUp(t, { secretStore: 'keychain' });
    const remote = new McpRemote(t, `${gatehouse.url}/sse`, { release }).start();
    const initialized = remote.initialize();
    const page = await browser.newPage();
    const problems = problemsOf(page);
    await page.goto(await remote.openedUrl());
    const code = await codeOn(page);
    const window = await desktop.allow(code);
    const words = wordsOf(window);
    assert.match(words, /MCP CLI Proxy asks to act for you/);
    assert.match(words, /The program gave this name itself\. Nobody has verified it\./);
    assert.match(words, /The answer goes to .?localhost:\d+.? on this computer\./);
    assert.match(words, /Read your todos/);
    assert.match(words, /You sign in after you allow\./);
    await page.getByText('Continue as Alice').click({ timeout: 10000 });
    await initialized;
    assert.equal(titles(await remote.callTool('list-todos')).length, 5, problems.join());

    // What the keychain of this desktop holds is Gatehouse's own key and the tenant's refresh token.
    const kept = await desktop.run('secret-tool', 'search', '--all', '--unlock', 'xdg:schema', 'org.qt.keychain');
    assert.ok([...kept.matchAll(/^secret = \S+$/gm)].length >= 2, kept);

    const token = remote.tokens().access_token;
    const stream = await open(`${gatehouse.url}/sse`, {
      headers: { Accept: 'text/event-stream', Authorization: `Bearer ${token}` },
    });
    stream.resume();
    const closed = new Promise((resolve) => stream.once('close', resolve));
    // A second start brings the first one's window.
    assert.equal((await gatehouse.run()).code, kDone);
    const list = await desktop.windowWith({ name: /^MCP CLI Proxy, Alice Martin/ });
    assert.match(wordsOf(list), /Connected/);
    await desktop.click(part(list, { role: 'push button', name: 'Revoke access of MCP CLI Proxy' }));
    await within('revoking takes effect', 1000, closed);
    const refused = await postRpc(`${gatehouse.url}/mcp`, { id: 1, method: 'tools/list' }, { token });
    assert.equal(refused.status, 401);
    await desktop.windowWith({ name: /MCP CLI Proxy is revoked|^Revoked/ });
  });
}

test('With the keyboard alone: Alt+D denies, Tab and Space choose, Alt+A allows', async (t) => {
  const { desktop, gatehouse, browser } = await setUp(t);
  const first = await asking(t, gatehouse, browser);
  // It takes no focus by itself; a second start is one way to it, Alt+Tab another.
  await desktop.approvalWindow(first.code);
  assert.notEqual(await desktop.activeWindow(), 'Gatehouse: access request');
  await gatehouse.run('approve', (await gatehouse.verb('approvals'))[0].id);
  await until('it is active', async () => (await desktop.activeWindow()) === 'Gatehouse: access request');
  await desktop.press('alt+d');
  await denied(first);

  const second = await asking(t, gatehouse, browser);
  await desktop.approvalWindow(second.code);
  await gatehouse.run('approve', (await gatehouse.verb('approvals'))[0].id);
  await until('it is active', async () => (await desktop.activeWindow()) === 'Gatehouse: access request');
  await desktop.rest();
  // The focus starts on "Deny"; permissions come before it. Reading stays, changing is taken off.
  const changing = { role: 'check box', name: /changes data/ };
  for (let i = 0; i < 12; i += 1) {
    const window = await desktop.approvalWindow(second.code);
    if (part(window, changing).states.includes('focused')) break;
    await desktop.press('Tab');
  }
  await desktop.press('space');
  assert.ok(!part(await desktop.approvalWindow(second.code), changing).states.includes('checked'));
  await desktop.rest();
  await desktop.press('alt+a');
  const answer = await second.client.redeem((await signInAndArrive(second)).code);
  assert.equal(answer.json().scope, 'read:todos');
});

test('Enter denies, wherever the focus is but on "Allow"', async (t) => {
  const { desktop, gatehouse, browser } = await setUp(t);
  const request = await asking(t, gatehouse, browser);
  await desktop.click(part(await desktop.approvalWindow(request.code), { name: /asks to act for you/, role: 'label' }));
  await desktop.rest();
  await desktop.press('Return');
  await denied(request);
  assert.deepEqual(await gatehouse.verb('clients').then((clients) => clients.flatMap(({ grants }) => grants)), []);
});

test('Two requests at once: one window after the other, each with the code of its page', async (t) => {
  const { desktop, gatehouse, browser } = await setUp(t);
  const first = await asking(t, gatehouse, browser, { name: 'First' });
  await desktop.approvalWindow(first.code);
  const second = await asking(t, gatehouse, browser, { name: 'Second' });
  const window = await desktop.windowWith({ name: '1 more is waiting' });
  assert.match(wordsOf(window), /First asks to act for you/);
  await desktop.allow(first.code);
  assert.match(wordsOf(await desktop.allow(second.code)), /Second asks to act for you/);
  for (const request of [first, second]) {
    const answer = await request.client.redeem((await signInAndArrive(request)).code);
    assert.equal(answer.status, 200, answer.text);
    // The second one goes on as the same person, whom the tenant remembers, or asks again: both are fine.
  }
});

test('Closing the window decides nothing; the tray brings it back', async (t) => {
  const { desktop, gatehouse, browser } = await setUp(t);
  const request = await asking(t, gatehouse, browser);
  await desktop.click(part(await desktop.approvalWindow(request.code), { name: /asks to act for you/, role: 'label' }));
  await desktop.rest();
  await desktop.press('Escape');
  await noApproval(desktop);
  assert.equal((await gatehouse.verb('approvals')).length, 1);
  await desktop.click(await desktop.trayIcon());
  await desktop.allow(request.code);
  assert.ok((await signInAndArrive(request)).code);
});

test('A request that the page cancels turns grey', async (t) => {
  const { desktop, gatehouse, browser } = await setUp(t);
  const request = await asking(t, gatehouse, browser);
  await desktop.approvalWindow(request.code);
  await request.page.getByText('Cancel this request').click();
  await denied(request);
  const window = await desktop.windowWith({ name: /The program withdrew its request\./ });
  assert.deepEqual(parts(window, { role: 'push button', name: 'Allow' }), []);
  await desktop.click(part(window, { role: 'push button', name: 'Close' }));
  await noApproval(desktop);
});

test('While windows exist, a terminal does not widen access', async (t) => {
  const { desktop, gatehouse, browser } = await setUp(t);
  const request = await asking(t, gatehouse, browser);
  const [{ id }] = await gatehouse.verb('approvals');
  await desktop.approvalWindow(request.code);
  const { code, errors } = await gatehouse.run('approve', id);
  assert.equal(code, kRefused);
  assert.match(errors, /answer there/);
  assert.equal((await gatehouse.verb('approvals')).length, 1);
  // Narrowing works.
  await gatehouse.verb('deny', id);
  await denied(request);
  await noApproval(desktop);
  await gatehouse.verb('pause');
  assert.equal((await gatehouse.run('resume')).code, kRefused);
  const window = await desktop.windowWith({ name: /^Access is paused/ });
  await desktop.click(parts(window, { role: 'push button', name: 'Resume now' })[0]);
  await until('it is resumed', async () => !(await gatehouse.verb('status')).paused);
});

test('Blocking a website denies what else it asks, until it is unblocked', async (t) => {
  const { desktop, gatehouse, browser } = await setUp(t);
  const site = new PlainClient(gatehouse, { name: 'Site', redirectUri: 'https://site.example/callback' });
  await site.register();
  const page = await browser.newPage();
  const arrived = page.waitForRequest('https://site.example/callback*');
  await page.goto(site.authorizeUrl().href);
  const window = await desktop.approvalWindow(await codeOn(page));
  assert.match(wordsOf(window), /You have not allowed this website before\./);
  await desktop.click(part(window, { name: /talk to Gatehouse/, role: 'label' }));
  await desktop.click(await desktop.enabled({ name: /^Deny and block .?site\.example/ }));
  assert.equal(site.parameters(new URL((await arrived).url())).error, 'access_denied');
  // The site is not really there, so that page now shows an error of the browser.
  const again = await browser.newPage();
  await again.goto(site.authorizeUrl().href);
  await again.getByText('You have blocked requests from').waitFor({ timeout: 5000 });
  assert.deepEqual(await gatehouse.verb('approvals'), []);

  await gatehouse.run();
  const main = await desktop.windowWith({ name: 'No client may act for you now.' });
  await desktop.click(part(main, { role: 'combo box', name: 'Allowed now' }));
  await desktop.press('Down', 'Down', 'Return');
  await desktop.click(await desktop.enabled({ role: 'push button', name: /^Unblock/ }));
  await until('it is unblocked', async () => {
    await again.goto(site.authorizeUrl().href);
    return again.getByText('Waiting for your answer').isVisible();
  });
});

test('Quitting says what is lost, and denies what waits', async (t) => {
  const { desktop, gatehouse, browser } = await setUp(t);
  const allowed = await asking(t, gatehouse, browser, { name: 'Allowed' });
  await desktop.allow(allowed.code);
  await allowed.client.redeem((await signInAndArrive(allowed)).code);
  const waiting = await asking(t, gatehouse, browser, { name: 'Waiting' });
  await desktop.approvalWindow(waiting.code);
  await gatehouse.run();
  const main = await desktop.windowWith({ role: 'push button', name: 'Pause…' });
  await desktop.click(part(main, { role: 'label', name: 'Gatehouse' }));
  await until('it is active', async () => /^Gatehouse \(demo\)/.test(await desktop.activeWindow()));
  await desktop.press('ctrl+q');
  const question = await desktop.windowWith({ name: /1 request is waiting\. It will be denied\./ });
  assert.match(wordsOf(question), /1 client loses access until Gatehouse runs again\./);
  await desktop.press('Return');
  await desktop.windowWith({ role: 'push button', name: 'Pause…' });
  assert.equal((await gatehouse.verb('approvals')).length, 1, 'Enter keeps it running');
  await until('it is active', async () => /^Gatehouse \(demo\)/.test(await desktop.activeWindow()));
  await desktop.press('ctrl+q');
  const asked = await desktop.windowWith({ role: 'push button', name: 'Quit' });
  await desktop.click(part(asked, { role: 'push button', name: 'Quit' }));
  assert.equal(await within('it ends', 5000, gatehouse.exited), kDone);

  await gatehouse.start();
  assert.deepEqual(await gatehouse.verb('approvals'), []);
  // The page goes on by itself too, perhaps at this very moment.
  await waiting.page.reload().catch(() => {});
  await denied(waiting);
});

test('SIGTERM ends it with its windows open', async (t) => {
  const { desktop, gatehouse, browser } = await setUp(t);
  const request = await asking(t, gatehouse, browser);
  await desktop.approvalWindow(request.code);
  assert.equal(await gatehouse.stop(), kDone);
});

test('Without a tray the window says so and stays in the task bar', async (t) => {
  const { desktop } = await setUp(t, { desktopOptions: { tray: false } });
  const window = await desktop.windowWith({ name: /This desktop has no tray\. Gatehouse stays in the task bar\./ });
  assert.equal(window.name, 'Gatehouse (demo)');
});

for (const [keychain, title, text] of [
  ['absent', /no keychain|No keychain/, /GNOME Keyring|KWallet|--secret-store memory/],
  ['locked', /keychain is locked/, /[Uu]nlock/],
]) {
  test(`A keychain that is ${keychain}: the window says so and what to do, and nothing is stored elsewhere`, async (t) => {
    const desktop = await new Desktop(t, { keychain }).start();
    const gatehouse = new Gatehouse(t, { desktop, secretStore: 'keychain' }).launch();
    const window = await desktop.windowWith({ name: title }, 30000);
    assert.match(wordsOf(window), text);
    assert.equal(parts(window, { role: 'push button', name: keychain === 'locked' ? 'Unlock…' : /Try again/ }).length > 0, true);
    const { code, errors } = await gatehouse.run('status');
    assert.equal(code, 3);
    assert.match(errors, /keychain/);
    assert.equal(await gatehouse.stop(), kDone);
  });
}

const hostileNames = [
  ['markup', '<b>Claude Desktop</b>', /<b>Claude Desktop<\/b> asks to act for you/],
  ['bidirectional controls', 'Claude \u202Epotkse\u202CDesk', /^Claude \uFFFDpotkse\uFFFDDesk asks to act for you$/m],
  ['10,000 characters', 'A'.repeat(10000), /^.?A{10,40}….? asks to act for you$/m],
  ['an imitation', 'Claude Desktoр', /The name looks like "Claude Desktop", but it is spelled differently/],
  ['line breaks', 'Claude\nDesktop\n\nVerified', /Claude.{0,2}Desktop.* asks to act for you/],
];
test('Hostile names are shown harmless', async (t) => {
  const { desktop, gatehouse, browser } = await setUp(t);
  for (const [what, name, expected] of hostileNames) {
    await t.test(what, async (t2) => {
      const client = new PlainClient(gatehouse, { name, redirectUri: await clientAddress(t2) });
      await client.register();
      const page = await browser.newPage();
      await page.goto(client.authorizeUrl().href);
      const code = await codeOn(page);
      const window = await desktop.approvalWindow(code);
      const words = wordsOf(window);
      assert.match(words, expected);
      assert.doesNotMatch(words, /[\u202A-\u202E]/);
      assert.ok(window.width <= 700, `it is ${window.width} pixels wide`);
      assert.ok(!(await page.content()).includes('<b>Claude'), 'the page shows markup');
      await gatehouse.verb('deny', (await gatehouse.verb('approvals'))[0].id);
      await noApproval(desktop);
    });
  }
});

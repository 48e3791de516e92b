// SPDX-License-Identifier: GPL-3.0-or-later
// A client with one grant that remembers what the server acknowledged, and in what it was interrupted.
import assert from 'node:assert/strict';
import { Browser, pendingApproval, shownCode } from './browser.mjs';
import { postRpc, rpcResult, send } from './http.mjs';
import { PlainClient } from './plain_client.mjs';

/** How long a predecessor is surely still taken for a repeated refresh; the server's own limit is longer. */
const kGrace = 30_000;

/** No answer came, or not all of it: whether the request took effect is not known. */
export class Lost extends Error {}

async function answered(request) {
  try {
    return await request;
  } catch (error) {
    if (!['ECONNRESET', 'ECONNREFUSED', 'EPIPE'].includes(error.code)) throw error;
    throw new Lost(error.message, { cause: error });
  }
}

export class Holder {
  /** What it may do next, which is also how far it got. */
  stage = 'new'; // approved, coded, redeemed, revoked
  /** What it was doing when the server went away: {what, token}. */
  doubt;
  accessTokens = new Set();
  revokedAccessTokens = new Set();
  /** Each refresh token that was exchanged, with its successor and when. */
  successors = new Map();

  constructor(gatehouse, number) {
    this.gatehouse = gatehouse;
    this.name = `Holder ${number}`;
    // A port of its own each, as one target may have few requests waiting.
    this.client = new PlainClient(gatehouse,
      { name: this.name, redirectUri: `http://127.0.0.1:${33000 + (number % 10000)}/callback` });
  }

  /** Everything up to the person's approval, which signed in before. */
  async prepare(account) {
    await this.client.register();
    this.browser = new Browser({ stop: this.client.redirectUri });
    await this.browser.open(this.client.authorizeUrl());
    const approval = await pendingApproval(this.gatehouse, shownCode(this.browser.page.text));
    await this.gatehouse.verb('approve', approval.id, '--account', account);
    this.stage = 'approved';
  }

  /** Does `action`; when its answer is lost, this stays in doubt. */
  async #doing(doubt, action) {
    this.doubt = doubt;
    const result = await answered(action());
    this.doubt = undefined;
    return result;
  }

  /** Has the browser go on after the approval, which makes the grant and its code. */
  async finish() {
    await this.#doing({ what: 'finish' }, () => this.browser.reload());
    assert.ok(this.browser.arrived(), `the browser stays at ${this.browser.url} (${this.browser.page?.status})`);
    this.code = this.client.parameters(this.browser.url).code;
    this.stage = 'coded';
  }

  #keep({ access_token: access, refresh_token: refresh }) {
    assert.ok(access && refresh);
    this.accessTokens.add(access);
    this.refreshToken = refresh;
  }

  async redeem() {
    const answer = await this.#doing({ what: 'redeem' }, () => this.client.redeem(this.code));
    assert.equal(answer.status, 200, `${this.name}: a code that was given is refused: ${answer.text}`);
    this.#keep(answer.json());
    this.stage = 'redeemed';
  }

  /** Exchanges `token`, `times` at once; every answer must bring the same successor. */
  async refresh(token = this.refreshToken, times = 1) {
    const answers = await this.#doing({ what: 'refresh', token }, () => Promise.all(
      Array.from({ length: times }, () => this.client.token({ grant_type: 'refresh_token', refresh_token: token }))));
    for (const answer of answers) {
      assert.equal(answer.status, 200, `${this.name}: a refresh token that was given is refused: ${answer.text}`);
      const tokens = answer.json();
      const known = this.successors.get(token);
      if (known) assert.equal(tokens.refresh_token, known.successor, `${this.name}: another successor than before`);
      else this.successors.set(token, { successor: tokens.refresh_token, at: Date.now() });
      this.accessTokens.add(tokens.access_token);
    }
    if (token === this.refreshToken) this.refreshToken = this.successors.get(token).successor;
  }

  #revoke(token) {
    return send(`${this.gatehouse.url}/revoke`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ client_id: this.client.id, token }).toString(),
    });
  }

  /** Gives the whole grant back. */
  async revoke() {
    const answer = await this.#doing({ what: 'revoke' }, () => this.#revoke(this.refreshToken));
    assert.equal(answer.status, 200, answer.text);
    this.stage = 'revoked';
  }

  /** Gives one access token back. */
  async revokeAccessToken(token = [...this.accessTokens].at(-1)) {
    const answer = await this.#doing({ what: 'revoke access token', token }, () => this.#revoke(token));
    assert.equal(answer.status, 200, answer.text);
    this.accessTokens.delete(token);
    this.revokedAccessTokens.add(token);
  }

  /** Calls a tool, which takes the person's token at the tenant. */
  async callTool() {
    this.client.tokens = { access_token: [...this.accessTokens].at(-1) };
    const result = await answered((async () => {
      await this.client.initialize();
      return rpcResult(await this.client.callTool('list-todos')).result;
    })());
    assert.ok(!result.isError, `${this.name}: ${JSON.stringify(result)}`);
  }

  async #accessStatus(token) {
    const message = {
      id: 1,
      method: 'initialize',
      params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: this.name, version: '1' } },
    };
    return (await postRpc(`${this.gatehouse.url}/mcp`, message, { token })).status;
  }

  /** What `clients --json` lists of it; that leaves out clients without grants. */
  async grants() {
    const client = (await this.gatehouse.verb('clients')).find(({ id }) => id === this.client.id);
    return client?.grants ?? [];
  }

  /** Resolves the doubt, as a client does that tries again; what it was about, or undefined. */
  async settle() {
    const { what, token } = this.doubt ?? {};
    this.doubt = undefined;
    if (what === 'finish') await this.#settleFinish();
    if (what === 'redeem') await this.#settleRedeem();
    if (what === 'refresh') {
      await this.refresh(token);
      await this.refresh(token);
    }
    if (what === 'revoke') await this.#settleRevoke();
    if (what === 'revoke access token') {
      assert.ok([200, 401].includes(await this.#accessStatus(token)));
      await this.revokeAccessToken(token);
    }
    return what;
  }

  async #settleFinish() {
    await this.browser.reload();
    if (this.browser.arrived()) {
      this.code = this.client.parameters(this.browser.url).code;
      this.stage = 'coded';
      return;
    }
    // The redirect with the code was lost, and nobody else gets it: what is left is for the person to revoke.
    assert.equal(this.browser.page.status, 410);
    const grants = await this.grants();
    assert.equal(grants.length, 1, `${this.name}: neither a code nor a grant`);
    await this.gatehouse.verb('revoke', grants[0].id);
    this.stage = 'revoked';
  }

  async #settleRedeem() {
    const answer = await this.client.redeem(this.code);
    if (answer.status === 200) {
      this.#keep(answer.json());
      this.stage = 'redeemed';
      return;
    }
    assert.equal(answer.json().error, 'invalid_grant');
    this.stage = 'revoked'; // RFC 6749 §4.1.2: it came twice
  }

  async #settleRevoke() {
    const statuses = await Promise.all([...this.accessTokens].map((token) => this.#accessStatus(token)));
    const answer = await this.client.token({ grant_type: 'refresh_token', refresh_token: this.refreshToken });
    const expected = answer.status === 200 ? 200 : 401;
    assert.ok(statuses.every((status) => status === expected),
      `${this.name}: half revoked: refreshing gives ${answer.status}, access tokens ${statuses}`);
    if (answer.status === 200) {
      this.#keep(answer.json());
      await this.revoke();
    } else {
      assert.equal(answer.json().error, 'invalid_grant');
      this.stage = 'revoked';
    }
  }

  /** Ends it from the other side: its code comes a second time, or the person revokes it. */
  async retire(byReplay) {
    if (byReplay) {
      const answer = await this.client.redeem(this.code);
      assert.equal(answer.status, 400, `${this.name}: its code was taken twice`);
    } else {
      const grants = await this.grants();
      assert.equal(grants.length, 1);
      await this.gatehouse.verb('revoke', grants[0].id);
    }
    this.stage = 'revoked';
  }

  /** That everything the server acknowledged is still so. Settled before. */
  async verify() {
    const refusedTokens = [...this.revokedAccessTokens, ...(this.stage === 'revoked' ? this.accessTokens : [])];
    for (const token of refusedTokens)
      assert.equal(await this.#accessStatus(token), 401, `${this.name}: a revoked access token works`);
    if (this.stage === 'revoked') {
      if (this.refreshToken) {
        const answer = await this.client.token({ grant_type: 'refresh_token', refresh_token: this.refreshToken });
        assert.equal(answer.status, 400, `${this.name}: a revoked refresh token works`);
      }
      if (this.code) {
        const answer = await this.client.redeem(this.code);
        assert.equal(answer.status, 400, `${this.name}: the code of a revoked grant works`);
      }
    }
    if (this.stage === 'coded') await this.redeem();
    if (this.stage !== 'redeemed') return;
    for (const token of this.accessTokens)
      assert.equal(await this.#accessStatus(token), 200, `${this.name}: an access token that was given is refused`);
    for (const [predecessor, { at }] of [...this.successors].slice(-3))
      if (Date.now() - at < kGrace) await this.refresh(predecessor);
    await this.refresh();
    // So many need not be looked at every time.
    for (const token of [...this.accessTokens].slice(0, -4)) this.accessTokens.delete(token);
  }
}

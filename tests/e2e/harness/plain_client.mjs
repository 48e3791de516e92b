// SPDX-License-Identifier: GPL-3.0-or-later
// An OAuth client made of single requests, for tests that look at or change one of them.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { allow, Browser } from './browser.mjs';
import { postRpc, rpcResult, send } from './http.mjs';

const random = () => randomBytes(32).toString('base64url');

export class PlainClient {
  constructor(gatehouse, { name = 'Plain Client', redirectUri = 'http://127.0.0.1:49152/callback', origin } = {}) {
    this.gatehouse = gatehouse;
    this.name = name;
    this.redirectUri = redirectUri;
    this.origin = origin ?? gatehouse.url;
    this.resource = `${this.origin}/mcp`;
  }

  async register() {
    const answer = await send(`${this.origin}/register`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({
        client_name: this.name,
        redirect_uris: [this.redirectUri],
        grant_types: ['authorization_code', 'refresh_token'],
        token_endpoint_auth_method: 'none',
      }),
    });
    assert.equal(answer.status, 201, answer.text);
    this.id = answer.json().client_id;
    return this;
  }

  authorizeUrl(changes = {}) {
    this.state = random();
    this.verifier = random();
    const url = new URL(`${this.origin}/authorize`);
    url.search = new URLSearchParams({
      response_type: 'code',
      client_id: this.id,
      redirect_uri: this.redirectUri,
      scope: 'read:todos write:todos',
      state: this.state,
      code_challenge: createHash('sha256').update(this.verifier).digest('base64url'),
      code_challenge_method: 'S256',
      resource: this.resource,
      ...changes,
    });
    return url;
  }

  /** What the browser brought back, with state and iss checked. */
  parameters(redirect) {
    const parameters = Object.fromEntries(redirect.searchParams);
    assert.equal(parameters.state, this.state, 'state');
    assert.equal(parameters.iss, this.origin, 'iss');
    return parameters;
  }

  token(fields) {
    return send(`${this.origin}/token`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ client_id: this.id, ...fields }).toString(),
    });
  }

  redeem(code) {
    return this.token({
      grant_type: 'authorization_code', code, redirect_uri: this.redirectUri, code_verifier: this.verifier,
    });
  }

  /** Registers and gets tokens, with the person allowing and signing in. */
  async signIn(person = 'Alice', changes = {}) {
    await this.register();
    this.browser = new Browser({ stop: this.redirectUri });
    await allow(this.gatehouse, this.authorizeUrl(changes), { person, browser: this.browser });
    this.code = this.parameters(this.browser.url).code;
    const answer = await this.redeem(this.code);
    assert.equal(answer.status, 200, answer.text);
    this.tokens = answer.json();
    return this;
  }

  rpc(message, options) {
    return postRpc(this.resource, message,
      { token: this.tokens.access_token, session: this.session, revision: this.revision, ...options });
  }

  async initialize() {
    const answer = await this.rpc({
      id: 1,
      method: 'initialize',
      params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: this.name, version: '1' } },
    });
    assert.equal(answer.status, 200, answer.text);
    this.session = answer.headers['mcp-session-id'];
    this.revision = rpcResult(answer).result.protocolVersion;
    await this.rpc({ method: 'notifications/initialized' });
    return this;
  }

  callTool(name, args = {}, options) {
    return this.rpc({ id: 2, method: 'tools/call', params: { name, arguments: args } }, options);
  }
}

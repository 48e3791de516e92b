// SPDX-License-Identifier: GPL-3.0-or-later
// The official SDK's client over either transport, with everything it is given kept in memory.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Browser } from './browser.mjs';
import { afterwards } from './clean_up.mjs';

class Provider {
  constructor(name) {
    this.name = name;
    this.seen = [];
  }
  get redirectUrl() {
    return 'http://127.0.0.1:49153/callback';
  }
  get clientMetadata() {
    return {
      client_name: this.name,
      redirect_uris: [this.redirectUrl],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    };
  }
  state() {
    this.lastState = randomUUID();
    return this.lastState;
  }
  clientInformation() {
    return this.information;
  }
  saveClientInformation(information) {
    this.information = information;
  }
  tokens() {
    return this.saved;
  }
  saveTokens(tokens) {
    this.saved = tokens;
    this.seen.push(['access token', tokens.access_token], ['refresh token', tokens.refresh_token]);
  }
  redirectToAuthorization(url) {
    this.authorizationUrl = url;
  }
  saveCodeVerifier(verifier) {
    this.verifier = verifier;
    this.seen.push(['code verifier', verifier]);
  }
  codeVerifier() {
    return this.verifier;
  }
}

export class SdkClient {
  /** `transport`: 'http' for /mcp or 'sse' for /sse. */
  constructor(t, gatehouse, { transport = 'http', name = 'SDK Client' } = {}) {
    this.gatehouse = gatehouse;
    this.name = name;
    this.transportKind = transport;
    this.provider = new Provider(name);
    this.browser = new Browser({ stop: this.provider.redirectUrl });
    afterwards(t, () => this.close());
  }

  #makeTransport() {
    const options = { authProvider: this.provider };
    this.transport = this.transportKind === 'sse'
      ? new SSEClientTransport(new URL(`${this.gatehouse.url}/sse`), options)
      : new StreamableHTTPClientTransport(new URL(`${this.gatehouse.url}/mcp`), options);
    return this.transport;
  }

  async connect() {
    this.client = new Client({ name: this.name, version: '1.0' });
    this.client.onerror = (error) => (this.lastError = error);
    await this.client.connect(this.#makeTransport());
  }

  /** Connects without tokens, has the person answer with `answer` (allow or deny), gives the parameters. */
  async ask(answer) {
    await assert.rejects(this.connect(), UnauthorizedError);
    await answer(this.gatehouse, this.provider.authorizationUrl, { browser: this.browser });
    assert.ok(this.browser.arrived(), `the browser stays at ${this.browser.url} (${this.browser.page?.status})`);
    const parameters = Object.fromEntries(this.browser.url.searchParams);
    assert.equal(parameters.state, this.provider.lastState);
    assert.equal(parameters.iss, this.gatehouse.url);
    return parameters;
  }

  /** The whole way to a connected client. */
  async signIn(answer) {
    const { code } = await this.ask(answer);
    this.provider.seen.push(['authorization code', code]);
    await this.transport.finishAuth(code);
    await this.connect();
    return this;
  }

  callTool(name, args = {}) {
    return this.client.callTool({ name, arguments: args });
  }

  async close() {
    await this.client?.close();
  }
}

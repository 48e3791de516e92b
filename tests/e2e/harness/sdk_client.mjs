// SPDX-License-Identifier: GPL-3.0-or-later
// The official SDK's clients over either transport, with everything they are given kept in memory.
import * as v2 from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import {
  ElicitRequestSchema, LoggingMessageNotificationSchema, ResourceUpdatedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Browser } from './browser.mjs';
import { afterwards } from './clean_up.mjs';
import { send } from './http.mjs';

/** The revision in which every request stands for itself. */
export const kStateless = '2026-07-28';

/** Asks for `revision` as a program does that was made when it was the newest. */
class ClientOfRevision extends Client {
  constructor(info, { revision, ...options }) {
    super(info, options);
    this.revision = revision;
  }
  request(request, ...rest) {
    if (request.method === 'initialize' && this.revision) request.params.protocolVersion = this.revision;
    return super.request(request, ...rest);
  }
}

/** The SDK's generations. What comes with the redirect goes in as each wants it; only the second looks at iss. */
const generations = {
  v1: {
    SSEClientTransport, StreamableHTTPClientTransport, UnauthorizedError,
    makeClient: (info, options) => new ClientOfRevision(info, options),
    finish: (transport, parameters) => transport.finishAuth(parameters.get('code')),
    elicitation: ElicitRequestSchema,
    logged: LoggingMessageNotificationSchema,
    updated: ResourceUpdatedNotificationSchema,
  },
  v2: {
    ...v2,
    makeClient: (info, { revision, ...options }) =>
      new v2.Client(info, { versionNegotiation: { mode: revision ? { pin: revision } : 'legacy' }, ...options }),
    finish: (transport, parameters) => transport.finishAuth(parameters),
    elicitation: 'elicitation/create',
    logged: 'notifications/message',
    updated: 'notifications/resources/updated',
  },
};

class Provider {
  constructor(name, grantTypes) {
    this.name = name;
    this.grantTypes = grantTypes;
    this.seen = [];
  }
  get redirectUrl() {
    return 'http://127.0.0.1:49153/callback';
  }
  get clientMetadata() {
    return {
      client_name: this.name,
      redirect_uris: [this.redirectUrl],
      grant_types: this.grantTypes,
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
    this.seen.push(['access token', tokens.access_token]);
    if (tokens.refresh_token) this.seen.push(['refresh token', tokens.refresh_token]);
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
  saveDiscoveryState(state) {
    this.discovered = state;
  }
  discoveryState() {
    return this.discovered;
  }
  invalidateCredentials(what) {
    if (what === 'all' || what === 'tokens') this.saved = undefined;
    if (what === 'all' || what === 'client') this.information = undefined;
    if (what === 'all' || what === 'discovery') this.discovered = undefined;
  }
}

export class SdkClient {
  /**
   * `transport`: 'http' for /mcp or 'sse' for /sse. `generation`: 'v1' or 'v2' of the SDK, which speaks its own
   * favourite `revision` unless one is named. `fillIn(form)` is the person whom servers ask: the values. `options` go
   * to the SDK's client.
   */
  constructor(t, gatehouse, { transport = 'http', name = 'SDK Client', generation = 'v1',
    grantTypes = ['authorization_code', 'refresh_token'], revision, fillIn, options = {} } = {}) {
    Object.assign(this, { gatehouse, name, revision, fillIn, options });
    this.transportKind = transport;
    this.sdk = generations[generation];
    this.provider = new Provider(name, grantTypes);
    this.browser = new Browser({ stop: this.provider.redirectUrl });
    afterwards(t, () => this.close());
  }

  #makeTransport() {
    const options = { authProvider: this.provider };
    this.transport = this.transportKind === 'sse'
      ? new this.sdk.SSEClientTransport(new URL(`${this.gatehouse.url}/sse`), options)
      : new this.sdk.StreamableHTTPClientTransport(new URL(`${this.gatehouse.url}/mcp`), options);
    return this.transport;
  }

  async connect() {
    this.client = this.sdk.makeClient({ name: this.name, version: '1.0' },
      { revision: this.revision, capabilities: this.fillIn ? { elicitation: {} } : {}, ...this.options });
    if (this.fillIn) {
      this.client.setRequestHandler(this.sdk.elicitation,
        async ({ params }) => ({ action: 'accept', content: this.fillIn(params) }));
    }
    this.client.onerror = (error) => (this.lastError = error);
    await this.client.connect(this.#makeTransport());
  }

  /**
   * Does `attempt` (connects, unless it is said), which must take the person; has them answer with `answer` (allow or
   * deny). The parameters that the browser brought back.
   */
  async ask(answer, attempt = () => this.connect()) {
    this.provider.authorizationUrl = undefined;
    await assert.rejects(attempt(), this.sdk.UnauthorizedError);
    assert.ok(this.provider.authorizationUrl, 'it did not open the browser');
    await answer(this.gatehouse, this.provider.authorizationUrl, { browser: this.browser });
    assert.ok(this.browser.arrived(), `the browser stays at ${this.browser.url} (${this.browser.page?.status})`);
    const parameters = this.browser.url.searchParams;
    assert.equal(parameters.get('state'), this.provider.lastState);
    assert.equal(parameters.get('iss'), this.gatehouse.url);
    return parameters;
  }

  /** The whole way to a connected client. */
  async signIn(answer, attempt) {
    const parameters = await this.ask(answer, attempt);
    this.provider.seen.push(['authorization code', parameters.get('code')]);
    await this.sdk.finish(this.transport, parameters);
    await this.connect();
    return this;
  }

  /** Gives its access token back, and nothing else (RFC 7009), so that it is refused from now on. */
  async revokeAccessToken() {
    const answer = await send(`${this.gatehouse.url}/revoke`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        token: this.provider.saved.access_token, client_id: this.provider.information.client_id,
      }).toString(),
    });
    assert.equal(answer.status, 200, answer.text);
  }

  /** `meta` goes along; `options` are the SDK's. */
  callTool(name, args = {}, { meta, ...options } = {}) {
    const params = { name, arguments: args, ...(meta && { _meta: meta }) };
    return this.sdk === generations.v1 ? this.client.callTool(params, undefined, options) : this.client.callTool(params, options);
  }

  /** Has `handle(params)` called for each notification that is `kind`: 'logged' or 'updated'. */
  on(kind, handle) {
    this.client.setNotificationHandler(this.sdk[kind], ({ params }) => handle(params));
  }

  /** Is told from now on when this resource is another. With the newest revision that is a stream: the SDK's handle. */
  async subscribe(uri) {
    return this.revision === kStateless
      ? this.client.listen({ resourceSubscriptions: [uri] })
      : this.client.subscribeResource({ uri });
  }

  async close() {
    await this.client?.close();
  }
}

// SPDX-License-Identifier: GPL-3.0-or-later
// An OAuth client on oauth4webapi, which refuses whatever in an answer the standards do not allow.
import assert from 'node:assert/strict';
import * as oauth from 'oauth4webapi';
import { allow, Browser } from './browser.mjs';
import { postRpc } from './http.mjs';

/** Loopback has no TLS. */
const insecure = { [oauth.allowInsecureRequests]: true };

const authentications = {
  none: () => oauth.None(),
  client_secret_post: (secret) => oauth.ClientSecretPost(secret),
  client_secret_basic: (secret) => oauth.ClientSecretBasic(secret),
};

/** What the authorization server says of itself at `origin` (RFC 8414). */
export async function discover(origin) {
  const issuer = new URL(origin);
  return oauth.processDiscoveryResponse(issuer,
    await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure }));
}

/** What the resource says of itself (RFC 9728). */
export async function discoverResource(resource) {
  const identifier = new URL(resource);
  return oauth.processResourceDiscoveryResponse(identifier, await oauth.resourceDiscoveryRequest(identifier, insecure));
}

export class StrictClient {
  redirectUri = 'http://127.0.0.1:49154/callback';

  /** `method`: how it authenticates at the token endpoint. */
  constructor(gatehouse, { name = 'Strict Client', method = 'none', origin = gatehouse.url } = {}) {
    Object.assign(this, { gatehouse, name, method, origin, resource: `${origin}/mcp` });
  }

  /** From the resource to its authorization server, and registers there (RFC 7591). */
  async register() {
    const { authorization_servers: [issuer] } = await discoverResource(this.resource);
    this.server = await discover(issuer);
    this.client = await oauth.processDynamicClientRegistrationResponse(
      await oauth.dynamicClientRegistrationRequest(this.server, {
        client_name: this.name,
        redirect_uris: [this.redirectUri],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: this.method,
      }, insecure));
    this.authentication = authentications[this.method](this.client.client_secret);
    return this;
  }

  async authorizationUrl(changes = {}) {
    this.verifier = oauth.generateRandomCodeVerifier();
    this.state = oauth.generateRandomState();
    const url = new URL(this.server.authorization_endpoint);
    const parameters = {
      response_type: 'code',
      client_id: this.client.client_id,
      redirect_uri: this.redirectUri,
      scope: 'read:todos write:todos',
      state: this.state,
      code_challenge: await oauth.calculatePKCECodeChallenge(this.verifier),
      code_challenge_method: 'S256',
      resource: this.resource,
      ...changes,
    };
    for (const [name, value] of Object.entries(parameters)) if (value !== undefined) url.searchParams.set(name, value);
    return url;
  }

  /**
   * Asks for authorization; `person(gatehouse, url, {browser})` answers, or nobody where the server answers at once.
   * The parameters that came back, with state and issuer checked (RFC 9207). Throws what the server answers as error.
   */
  async authorize(person = allow, changes = {}) {
    const browser = new Browser({ stop: this.redirectUri });
    const url = await this.authorizationUrl(changes);
    await (person ? person(this.gatehouse, url, { browser }) : browser.open(url));
    assert.ok(browser.arrived(), `the browser stays at ${browser.url} (${browser.page?.status})`);
    assert.ok(browser.url.searchParams.has('iss'), 'no iss');
    return oauth.validateAuthResponse(this.server, this.client, browser.url, this.state);
  }

  async redeem(parameters, { verifier = this.verifier, resource = this.resource } = {}) {
    return oauth.processAuthorizationCodeResponse(this.server, this.client,
      await oauth.authorizationCodeGrantRequest(this.server, this.client, this.authentication, parameters,
        this.redirectUri, verifier, { additionalParameters: { resource }, ...insecure }));
  }

  /** The whole way to tokens. */
  async signIn(person = allow, changes = {}) {
    await this.register();
    this.tokens = await this.redeem(await this.authorize(person, changes));
    return this;
  }

  /** The tokens for `token`. */
  async refresh(token = this.tokens.refresh_token, parameters = {}) {
    return oauth.processRefreshTokenResponse(this.server, this.client,
      await oauth.refreshTokenGrantRequest(this.server, this.client, this.authentication, token,
        { additionalParameters: { resource: this.resource, ...parameters }, ...insecure }));
  }

  async revoke(token, hint) {
    await oauth.processRevocationResponse(
      await oauth.revocationRequest(this.server, this.client, this.authentication, token,
        { additionalParameters: hint ? { token_type_hint: hint } : {}, ...insecure }));
  }

  /** The HTTP status of an MCP request with this access token. */
  async status(token) {
    const message = {
      id: 1,
      method: 'initialize',
      params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: this.name, version: '1' } },
    };
    return (await postRpc(this.resource, message, { token })).status;
  }
}

/** That `promise` fails with this error of the server's, sent as its standard says. */
export function refused(promise, error, status = 400) {
  return assert.rejects(promise, (thrown) => {
    if (thrown instanceof oauth.AuthorizationResponseError) {
      assert.equal(thrown.error, error);
    } else if (status === 401) {
      // RFC 6749 §5.2: an authentication that failed comes with a challenge.
      assert.ok(thrown instanceof oauth.WWWAuthenticateChallengeError, thrown);
      assert.equal(thrown.status, 401);
    } else {
      assert.ok(thrown instanceof oauth.ResponseBodyError, thrown);
      assert.deepEqual([thrown.status, thrown.error], [status, error]);
    }
    return true;
  });
}

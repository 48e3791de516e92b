// SPDX-License-Identifier: GPL-3.0-or-later
// oidc-provider, set up to behave as an Auth0 tenant does.
import crypto from 'node:crypto';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Memory } from './memory.mjs';
import { signInPage } from './pages.mjs';

const packages = createRequire(new URL('../../e2e/package.json', import.meta.url));
const { Provider, errors, interactionPolicy } = await import(pathToFileURL(packages.resolve('oidc-provider')));

const kDay = 24 * 60 * 60;
const kIdentityScopes = ['openid', 'profile', 'email', 'offline_access'];
const kPeople = new Map(['alice', 'bob'].map((user) => [user, {
  sub: `auth0|${user}`,
  name: user[0].toUpperCase() + user.slice(1),
  nickname: user,
  email: `${user}@demo.example`,
  email_verified: true,
}]));
const kSettings = {
  accessTokenLifetime: 60 * 60,
  refreshTokenLifetime: 30 * kDay,
  refreshTokenLeeway: 0,
  multiResource: true, // refresh tokens for every API
  confirm: false, // asks the person each time, as Auth0 may for callbacks on loopback
};

export class Tenant {
  #options;
  #memory = new Memory();
  #settings;
  #keys = [];
  #cookieKey = crypto.randomUUID();
  #offline = new Set();
  #provider;

  /** `options`: {issuer, clients, apis: {audience: [scope, …]}, settings}. */
  constructor(options) {
    this.#options = options;
    this.reset();
    this.rotateKeys();
  }

  /** Everyone is signed out, and the settings are those of the start; the keys stay. */
  reset() {
    this.#memory.forget();
    this.#offline.clear();
    this.counts = {};
    this.configure({ ...kSettings, ...this.#options.settings });
  }

  /** Changes some of the settings; what was issued before keeps its lifetime. */
  configure(settings) {
    const unknown = Object.keys(settings).filter((name) => !(name in kSettings));
    if (unknown.length > 0) throw new Error(`no such setting: ${unknown}`);
    this.#settings = { ...this.#settings, ...settings };
    this.#memory.leeway = this.#settings.refreshTokenLeeway;
  }

  /** Signs with a new key from now on; the one before is still published, as at Auth0 until it is revoked. */
  rotateKeys() {
    const { privateKey } = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
    const jwk = { ...privateKey.export({ format: 'jwk' }), kid: crypto.randomUUID(), alg: 'RS256', use: 'sig' };
    this.#keys = [jwk, ...this.#keys].slice(0, 2);
    this.#provider = this.#makeProvider();
  }

  revokeRefreshTokens(user) {
    return this.#memory.revokeRefreshTokens(kPeople.get(user).sub);
  }

  handle(request, response) {
    return this.#provider.callback()(request, response);
  }

  #makeProvider() {
    const provider = new Provider(this.#options.issuer, {
      adapter: (model) => this.#memory.adapter(model),
      clients: this.#options.clients.map((client) => ({
        application_type: 'native',
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        ...client,
      })),
      jwks: { keys: this.#keys },
      cookies: { keys: [this.#cookieKey] },
      scopes: kIdentityScopes,
      claims: {
        openid: ['sub'],
        profile: ['name', 'nickname'],
        email: ['email', 'email_verified'],
      },
      conformIdTokenClaims: false, // Auth0 puts the person's claims into the ID token
      enabledJWA: { idTokenSigningAlgValues: ['RS256'] },
      clientDefaults: { id_token_signed_response_alg: 'RS256' },
      responseTypes: ['code'],
      clientAuthMethods: ['none', 'client_secret_post', 'client_secret_basic'],
      pkce: { required: () => true },
      extraParams: ['audience'],
      routes: {
        authorization: '/authorize',
        token: '/oauth/token',
        revocation: '/oauth/revoke',
        jwks: '/.well-known/jwks.json',
        userinfo: '/userinfo',
        end_session: '/oidc/logout',
      },
      features: {
        devInteractions: { enabled: false },
        pushedAuthorizationRequests: { enabled: false },
        revocation: { enabled: true, allowedPolicy: (ctx, client, token) => token.clientId === client.clientId },
        resourceIndicators: {
          enabled: true,
          defaultResource: (ctx, client, granted) =>
            granted ? this.#audienceOfRefresh(ctx, granted) : this.#audiencesOfSignIn(ctx),
          useGrantedResource: () => true,
          getResourceServerInfo: (ctx, audience) => this.#api(audience),
        },
      },
      formats: { customizers: { jwt: (ctx, token, jwt) => this.#fillAccessToken(jwt.payload) } },
      expiresWithSession: () => false,
      // OIDC Core §11 wants the person's consent each time before offline_access counts; Auth0 does not.
      issueRefreshToken: (ctx, client, code) => this.#offline.delete(code.codeChallenge),
      rotateRefreshToken: () => true,
      ttl: {
        AccessToken: (ctx, token) => token.resourceServer?.accessTokenTTL ?? this.#settings.accessTokenLifetime,
        RefreshToken: () => this.#settings.refreshTokenLifetime,
        AuthorizationCode: 60,
        IdToken: 10 * 60 * 60,
        Interaction: 60 * 60,
        Session: 3 * kDay,
        Grant: 365 * kDay,
      },
      interactions: {
        policy: this.#policy(),
        url: (ctx, interaction) => `/u/login/${interaction.uid}`,
      },
      findAccount: (ctx, sub) => ({
        accountId: sub,
        claims: () => [...kPeople.values()].find((person) => person.sub === sub),
      }),
    });
    provider.use((ctx, next) => this.#before(ctx, next));
    provider.on('server_error', (ctx, error) => console.error(error));
    return provider;
  }

  #policy() {
    const policy = interactionPolicy.base();
    const { checks } = policy.get('consent');
    checks.remove('native_client_prompt');
    checks.add(new interactionPolicy.Check('confirmation', 'the person must confirm', 'interaction_required',
      (ctx) => this.#settings.confirm && !ctx.oidc.result?.consent));
    return policy;
  }

  // --- audiences

  #api(audience) {
    const scopes = this.#options.apis[audience];
    if (scopes === undefined) throw new errors.AccessDenied(`Service not found: ${audience}`);
    return {
      audience,
      scope: scopes.join(' '),
      accessTokenFormat: 'jwt',
      accessTokenTTL: this.#settings.accessTokenLifetime,
      jwt: { sign: { alg: 'RS256' } },
    };
  }

  /** The audience asked for first; the others are there so that the refresh token is good for them. */
  #audiencesOfSignIn(ctx) {
    const { params } = ctx.oidc;
    if (!params.audience) return undefined;
    const others = Object.entries(this.#options.apis).filter(([audience]) => audience !== params.audience);
    params.scope = [params.scope, ...others.flatMap(([, scopes]) => scopes)].join(' ');
    return [params.audience, ...others.map(([audience]) => audience)];
  }

  /** Without multi-resource refresh tokens the parameter is ignored. */
  #audienceOfRefresh(ctx, granted) {
    const { audience } = ctx.oidc.body ?? {};
    if (!this.#settings.multiResource || !audience) return granted[0];
    if (!granted.includes(audience)) throw new errors.AccessDenied(`Service not found: ${audience}`);
    return audience;
  }

  /** Auth0's access tokens are good for the userinfo endpoint as well. */
  #fillAccessToken(payload) {
    payload.aud = [payload.aud, `${this.#options.issuer}userinfo`];
    payload.azp = payload.client_id;
  }

  // --- what Auth0 has beside the standard

  async #before(ctx, next) {
    this.counts[ctx.path] = (this.counts[ctx.path] ?? 0) + 1;
    if (ctx.path === '/authorize' && ctx.query.scope?.split(' ').includes('offline_access'))
      this.#offline.add(ctx.query.code_challenge);
    if (ctx.path.startsWith('/u/login/')) return this.#signIn(ctx);
    if (ctx.path === '/v2/logout') return this.#logout(ctx);
    return next();
  }

  async #signIn(ctx) {
    const interaction = await this.#provider.interactionDetails(ctx.req, ctx.res);
    if (ctx.method === 'GET') {
      ctx.type = 'html';
      ctx.body = signInPage(ctx.path, [...kPeople.keys()]);
      return;
    }
    const person = kPeople.get(await postedUser(ctx.req));
    ctx.respond = false;
    await this.#provider.interactionFinished(ctx.req, ctx.res, person
      ? { login: { accountId: person.sub }, consent: { grantId: await this.#grant(interaction.params, person.sub) } }
      : { error: 'access_denied', error_description: 'User did not authorize the request' });
  }

  #grant(params, accountId) {
    const grant = new this.#provider.Grant({ accountId, clientId: params.client_id });
    const scopes = params.scope.split(' ');
    grant.addOIDCScope(scopes.filter((scope) => kIdentityScopes.includes(scope)));
    for (const audience of params.resource ?? [])
      grant.addResourceScope(audience, scopes.filter((scope) => this.#options.apis[audience].includes(scope)));
    return grant.save();
  }

  async #logout(ctx) {
    const { client_id: clientId, returnTo } = ctx.query;
    const client = this.#options.clients.find((each) => each.client_id === clientId);
    if (returnTo && !client?.post_logout_redirect_uris?.includes(returnTo)) {
      ctx.throw(400, 'the returnTo address is not in the list of allowed logout URLs');
    }
    await (await this.#provider.Session.get(ctx)).destroy();
    if (returnTo) ctx.redirect(returnTo);
    else ctx.body = 'OK';
  }
}

async function postedUser(request) {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  return new URLSearchParams(Buffer.concat(pieces).toString()).get('user');
}

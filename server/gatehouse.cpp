// SPDX-License-Identifier: GPL-3.0-or-later
#include <service/gatehouse.h>

#include <service/activity_log.h>
#include <service/deleted_sessions.h>
#include <service/housekeeping.h>
#include <service/own_features.h>

#include <apis/api_caller.h>
#include <apis/openapi_importer.h>
#include <apis/scope_words.h>
#include <approval/approval_service.h>
#include <base/crypto.h>
#include <base/logging.h>
#include <base/platform/process_lookup.h>
#include <base/random.h>
#include <base/text.h>
#include <http/http_server.h>
#include <http/router.h>
#include <mcp/mcp_server.h>
#include <oauth/authorization_server.h>
#include <oauth/client_metadata_fetcher.h>
#include <oidc/client_credentials.h>
#include <oidc/relying_party.h>
#include <oidc/tenant_account_tokens.h>
#include <secrets/secret_store.h>
#include <service/tenant_config.h>
#include <store/account_store.h>
#include <store/activity_store.h>
#include <store/blocked_target_store.h>
#include <store/client_store.h>
#include <store/deleted_session_store.h>
#include <store/grant_store.h>
#include <store/instance_store.h>
#include <store/interaction_store.h>
#include <store/token_store.h>

#include <QJsonArray>
#include <QPointer>

namespace gatehouse {

using namespace Qt::StringLiterals;

namespace {

constexpr auto kInstanceKeyName = "instance-key";
/// Within the five seconds that a service manager is promised.
constexpr auto kFinishTime = 4s;
constexpr auto kFinishStep = 20ms;
/// How long the person finds a client that lost its access in the list.
constexpr auto kEndedShown = 7 * 24h;
constexpr int kMostEndedShown = 200;
/// A grant's last use is noted once a minute, so it may be a minute older than it says.
constexpr auto kRecentUse = 60s;
constexpr auto kNotedUse = 2 * kRecentUse;

/// What every client hears while access is paused.
QString whyPaused(const PauseState &state, const QString &verbOptions)
{
    const auto until =
        state.until ? u" until %1"_s.arg(toRfc3339(*state.until)) : u" until it is resumed"_s;
    return u"The person has paused all access%1. Try again later, or ask them to run "
           "`gatehouse resume%2`."_s.arg(until, verbOptions);
}

} // namespace

/// Everything that runs, in the order in which it is made; destroyed the other way round.
struct Gatehouse::Parts {
    Parts(const Deps &d, const Options &options)
        : accounts(d.database), activity(d.database), blockedTargets(d.database),
          clients(d.database), deletedSessions(d.database), grants(d.database),
          instance(d.database), interactions(d.database), tokens(d.database),
          approvals({d.clock, d.random, d.database, interactions, blockedTargets, accounts,
                     processes, options.verbOptions, options.configuration.tenant.issuer}),
          documents(d.clock), activityLog(d.clock, activity, d.database.path()),
          pause(d.clock, instance), keptDeletedSessions(deletedSessions),
          judge({d.clock, clients, grants, words})
    {
    }

    store::AccountStore accounts;
    store::ActivityStore activity;
    store::BlockedTargetStore blockedTargets;
    store::ClientStore clients;
    store::DeletedSessionStore deletedSessions;
    store::GrantStore grants;
    store::InstanceStore instance;
    store::InteractionStore interactions;
    store::TokenStore tokens;
    platform::SystemProcessLookup processes;
    approval::ApprovalService approvals;
    oauth::ClientMetadataFetcher documents;
    ActivityLog activityLog;
    Pause pause;
    KeptDeletedSessions keptDeletedSessions;

    Secret instanceKey;
    apis::ScopeWords words;
    RequestJudge judge;
    oauth::ScopeCatalog scopes;
    mcp::Features features;
    std::unique_ptr<oidc::RelyingParty> relyingParty;
    std::vector<std::unique_ptr<apis::ApiCaller>> callers;
    std::unique_ptr<oauth::AuthorizationServer> oauth;
    std::unique_ptr<mcp::McpServer> mcp;
    std::unique_ptr<http::Router> router;
    std::unique_ptr<http::HttpServer> server;
    std::unique_ptr<Housekeeping> housekeeping;
    bool serving = false;
    bool wasPaused = false;
};

Gatehouse::Gatehouse(const Deps &deps, Options options)
    : m_deps(deps), m_options(std::move(options)), m_parts(std::make_unique<Parts>(deps, m_options))
{
    connect(&m_parts->pause, &Pause::changed, this, &Gatehouse::tellPaused);
    connect(&m_parts->pause, &Pause::changed, this, &Gatehouse::recordPause);
}

Gatehouse::~Gatehouse()
{
    stop();
}

void Gatehouse::start(QObject *context, Callback<std::monostate> then)
{
    readClientSecret(context, [this, context, then](const Result<Secret> &secret) {
        if (!secret)
            return then(fail(secret.error()));
        serve(*secret, context, then);
    });
}

void Gatehouse::serve(const Secret &clientSecret, QObject *context, Callback<std::monostate> then)
{
    readInstanceKey(context, [this, clientSecret, context, then](const Result<Secret> &key) {
        if (!key)
            return then(fail(key.error()));
        if (const auto built = buildServer(*key); !built)
            return then(fail(built.error()));
        m_parts->relyingParty->setClientSecret(clientSecret);
        const auto known = m_parts->accounts.list();
        if (!known)
            return then(fail(known.error()));
        QList<AccountId> ids;
        // A refresh token of another tenant must not be sent to this one.
        for (const auto &account : *known) {
            if (isOfThisTenant(account))
                ids.append(account.id);
        }
        m_parts->relyingParty->tokens().load(
            ids, context, [this, then](const Result<std::monostate> &loaded) {
                if (!loaded)
                    qCWarning(lcApp) << "accounts not loaded:" << loaded.error().message;
                if (const auto paused = m_parts->pause.load(); !paused)
                    return then(fail(paused.error()));
                const auto listening = m_parts->server->listen(m_options.port);
                if (!listening)
                    return then(fail(listening.error()));
                m_parts->serving = true;
                m_parts->oauth->personalTokens().start();
                m_parts->approvals.start();
                announceChanges();
                startHousekeeping();
                then(std::monostate());
            });
    });
}

bool Gatehouse::isOfThisTenant(const store::Account &account) const
{
    return account.issuer == m_options.configuration.tenant.issuer;
}

void Gatehouse::finish(QObject *context, const std::function<void()> &then)
{
    stop();
    waitUntilQuiet(m_deps.clock.now() + kFinishTime, context, then);
}

void Gatehouse::waitUntilQuiet(Instant deadline, QObject *context,
                               const std::function<void()> &then)
{
    if (!m_parts->server || m_parts->server->isQuiet() || m_deps.clock.now() >= deadline) {
        m_deps.clock.after(0ms, context, then);
        return;
    }
    m_deps.clock.after(kFinishStep, this, [this, deadline, context = QPointer(context), then] {
        if (context)
            waitUntilQuiet(deadline, context, then);
    });
}

void Gatehouse::stop()
{
    if (m_parts->mcp)
        m_parts->mcp->endListening();
    if (m_parts->server)
        m_parts->server->stop();
    m_parts->serving = false;
}

void Gatehouse::readClientSecret(QObject *context, Callback<Secret> then)
{
    if (!m_options.clientSecret.isEmpty())
        return then(m_options.clientSecret);
    m_deps.secretStore.read(clientSecretName(m_options.configuration.tenant), context,
                            [then](const Result<std::optional<Secret>> &found) {
                                then(found.map([](const std::optional<Secret> &secret) {
                                    return secret.value_or(Secret());
                                }));
                            });
}

void Gatehouse::setClientSecret(const std::optional<Secret> &secret, QObject *context,
                                Callback<std::monostate> then)
{
    const auto use = [this, secret, context = QPointer(context),
                      then](const Result<std::monostate> &kept) {
        if (kept)
            m_parts->relyingParty->setClientSecret(secret.value_or(Secret()));
        if (context)
            then(kept);
    };
    const auto name = clientSecretName(m_options.configuration.tenant);
    if (secret)
        m_deps.secretStore.write(name, *secret, this, use);
    else
        m_deps.secretStore.remove(name, this, use);
}

bool Gatehouse::isClientRefused() const
{
    return m_parts->relyingParty && m_parts->relyingParty->credentials().wereRefused();
}

/// Made once per instance. Without it no refresh token could be rotated, so nothing starts.
void Gatehouse::readInstanceKey(QObject *context, Callback<Secret> then)
{
    const auto name = QString::fromLatin1(kInstanceKeyName);
    m_deps.secretStore.read(
        name, context, [this, name, context, then](const Result<std::optional<Secret>> &found) {
            if (!found)
                return then(fail(found.error()));
            if (*found)
                return then(**found);
            const Secret fresh(toBase64Url(m_deps.random.bytes(32)));
            m_deps.secretStore.write(name, fresh, context,
                                     [then, fresh](const Result<std::monostate> &written) {
                                         if (!written)
                                             return then(fail(written.error()));
                                         then(fresh);
                                     });
        });
}

Result<std::monostate> Gatehouse::buildServer(const Secret &instanceKey)
{
    auto &p = *m_parts;
    const auto &configuration = m_options.configuration;
    p.instanceKey = instanceKey;

    std::vector<apis::ImportedApi> imported;
    for (const auto &config : configuration.apis) {
        auto api = apis::importApi(config, m_options.dataDirectory);
        if (!api)
            return fail(api.error());
        if (const auto added = p.words.add(*api); !added)
            return added;
        imported.push_back(std::move(*api));
    }
    if (const auto named = nameScopes(imported); !named)
        return named;

    const auto tenant = tenantConfigOf(configuration, imported, m_options.port);
    p.relyingParty = std::make_unique<oidc::RelyingParty>(
        oidc::RelyingParty::Deps{m_deps.clock, m_deps.random, p.accounts, m_deps.secretStore},
        tenant);

    p.oauth = std::make_unique<oauth::AuthorizationServer>(
        oauth::AuthorizationServer::Deps{m_deps.clock,
                                         m_deps.random,
                                         m_deps.database,
                                         p.clients,
                                         p.documents,
                                         p.interactions,
                                         p.grants,
                                         p.tokens,
                                         p.accounts,
                                         p.approvals,
                                         p.relyingParty->signIns(),
                                         p.relyingParty->tokens(),
                                         p.scopes,
                                         p.instanceKey,
                                         p.processes,
                                         m_options.port,
                                         m_options.notice,
                                         m_options.hasWindows,
                                         m_options.verbOptions,
                                         tenant.issuer});

    for (const auto &api : imported) {
        auto caller =
            apis::makeApiTools(p.features.tools, api, p.relyingParty->tokens(), m_deps.clock,
                               {u"gatehouse signin"_s + m_options.verbOptions,
                                [this] { return m_parts->oauth->signIn().offer(); }});
        if (!caller)
            return fail(caller.error());
        p.callers.push_back(std::move(*caller));
    }
    const auto added =
        OwnFeatures::add(p.features,
                         {[this](const oauth::Access &access) { return describeCaller(access); },
                          [this](const GrantId &grant, int count) {
                              m_parts->activityLog.write();
                              return m_parts->activity.newestOf(grant, count);
                          }});
    if (!added)
        return added;
    if (m_options.addFeatures)
        m_options.addFeatures(p.features);

    p.mcp = std::make_unique<mcp::McpServer>(mcp::McpServer::Deps{
        m_deps.clock, m_deps.random, p.features, p.oauth->verifier(), p.scopes.defaults,
        serverInfo(), Secret(hmacSha256(p.instanceKey.reveal(), "mcp")), &p.keptDeletedSessions});
    connect(&p.oauth->grants(), &oauth::Grants::revoked, p.mcp.get(), &mcp::McpServer::endGrant);
    recordActivity();
    if (const auto replaced = replacePreRegistered(); !replaced)
        return replaced;

    p.router = std::make_unique<http::Router>(
        http::SitePolicy{m_options.port,
                         {"http://localhost:6274", "http://127.0.0.1:6274",
                          "https://playground.ai.cloudflare.com"}});
    p.oauth->addRoutes(*p.router);
    p.mcp->addRoutes(*p.router);
    p.router->add({"/healthz",
                   http::OriginRule::Listed,
                   {},
                   {{"GET", [](const http::HttpRequest &, http::Reply reply) {
                         reply.send(http::HttpResponse::json(200, {{u"status"_s, u"ok"_s}}));
                     }}}});
    auto &verifier = p.oauth->verifier();
    p.server = http::makeHttpServer(*p.router, {}, [&verifier](QByteArrayView authorization) {
        return verifier.verify(authorization.toByteArray()).has_value();
    });
    return std::monostate();
}

/// What clients may ask for, and what one gets that asks for nothing in particular.
Result<std::monostate> Gatehouse::nameScopes(const std::vector<apis::ImportedApi> &imported)
{
    auto &p = *m_parts;
    p.scopes.known = p.words.known();
    for (const auto &scope : std::as_const(p.scopes.known))
        p.scopes.words.insert(scope, p.words.scopeWords(scope));
    for (const auto &api : imported) {
        const auto offered = offeredScopes(api);
        for (const auto &scope : offered) {
            if (!p.scopes.known.contains(scope)) {
                return fail(Error{u"apis: \"%1\" asks for the scope \"%2\", which no operation of "
                                  "it needs."_s.arg(api.config.name, scope),
                                  u"Correct the name in gatehouse.json or in the OpenAPI "
                                  "document."_s});
            }
            if (!p.scopes.defaults.contains(scope))
                p.scopes.defaults.append(scope);
        }
    }
    return std::monostate();
}

Result<std::monostate> Gatehouse::replacePreRegistered()
{
    QList<store::Client> clients;
    for (const auto &entry : std::as_const(m_options.configuration.clients)) {
        store::Client client;
        client.id = ClientId(entry.id);
        client.kind = store::ClientKind::PreRegistered;
        client.name = entry.name;
        client.redirectUris = entry.redirectUris;
        client.authMethod = u"none"_s;
        client.grantTypes = {u"authorization_code"_s, u"refresh_token"_s};
        client.createdAt = m_deps.clock.now();
        clients.append(client);
    }
    const auto replaced = m_parts->clients.replacePreRegistered(clients);
    return replaced ? revokeOrphans() : replaced;
}

/// A client that was taken out of the configuration takes its grants with it: nobody could see
/// them.
Result<std::monostate> Gatehouse::revokeOrphans()
{
    const auto grants = m_parts->oauth->grants().active();
    if (!grants)
        return fail(grants.error());
    for (const auto &grant : *grants) {
        const auto client = m_parts->clients.find(grant.client);
        if (!client)
            return fail(client.error());
        if (*client)
            continue;
        const auto revoked = m_parts->oauth->grants().revoke(
            grant.id, u"its client was removed from the configuration"_s);
        if (!revoked)
            return fail(revoked.error());
    }
    return std::monostate();
}

std::optional<QJsonObject> Gatehouse::describeCaller(const oauth::Access &access) const
{
    const auto account = m_parts->accounts.find(access.account);
    const auto grant = m_parts->grants.find(access.grant);
    if (!account || !*account || !grant || !*grant)
        return std::nullopt;
    return QJsonObject{
        {u"account"_s,
         QJsonObject{{u"id"_s, (*account)->subject},
                     {u"name"_s, (*account)->name},
                     {u"email"_s, (*account)->email},
                     {u"issuer"_s, (*account)->issuer}}},
        {u"client"_s, access.clientName},
        {u"scopes"_s, QJsonArray::fromStringList(access.scopes)},
        {u"expiresAt"_s,
         (*grant)->expiresAt ? QJsonValue(toRfc3339(*(*grant)->expiresAt)) : QJsonValue()}};
}

void Gatehouse::recordActivity()
{
    auto &p = *m_parts;
    connect(p.mcp.get(), &mcp::McpServer::toolCalled, this,
            [this](const oauth::Access &access, const QString &tool, const mcp::ToolResult &result,
                   std::chrono::milliseconds duration) {
                m_parts->activityLog.recordSoon(
                    {m_deps.clock.now(), access.grant, access.clientName, u"tool"_s, tool,
                     result.isError ? u"failed"_s : u"done"_s, duration});
                OwnFeatures::activityChanged(m_parts->features, access.grant);
            });
    connect(&p.approvals, &approval::ApprovalService::decided, this,
            [this](const store::Interaction &interaction) {
                const bool allowed = interaction.state == store::InteractionState::Allowed;
                m_parts->activityLog.record({m_deps.clock.now(),
                                             {},
                                             interaction.clientName,
                                             u"decision"_s,
                                             interaction.scopes.join(u' '),
                                             allowed ? u"allowed"_s : u"denied"_s});
            });
    connect(&p.oauth->grants(), &oauth::Grants::revoked, this, [this](const GrantId &id) {
        const auto grant = m_parts->grants.find(id);
        if (grant && *grant) {
            m_parts->activityLog.record({m_deps.clock.now(), id, (*grant)->clientName,
                                         u"decision"_s, (*grant)->revokedWhy, u"revoked"_s});
        }
    });
    recordAccounts();
}

/// No client did these, so none reads them.
void Gatehouse::recordAccounts()
{
    const auto record = [this](const AccountId &id, const QString &outcome) {
        const auto account = m_parts->accounts.find(id).value_or(std::nullopt);
        const auto name = account ? account->name : QString();
        m_parts->activityLog.record({m_deps.clock.now(), {}, {}, u"account"_s, name, outcome});
    };
    auto &tokens = m_parts->relyingParty->tokens();
    connect(&tokens, &oidc::AccountTokens::signedIn, this,
            [record](const AccountId &id) { record(id, u"signed in"_s); });
    connect(&tokens, &oidc::AccountTokens::stateChanged, this,
            [record, &tokens](const AccountId &id) {
                if (tokens.wasEndedByTenant(id))
                    record(id, u"ended by the tenant"_s);
                else if (!tokens.isSignedIn(id))
                    record(id, u"signed out"_s);
            });
}

/// Not one that was there at the start, which was recorded when it began.
void Gatehouse::recordPause()
{
    const auto state = m_parts->pause.state();
    const bool wasPaused = std::exchange(m_parts->wasPaused, state.paused);
    if (!m_parts->serving || (!state.paused && !wasPaused))
        return;
    m_parts->activityLog.record({m_deps.clock.now(),
                                 {},
                                 {},
                                 u"access"_s,
                                 u"of all clients"_s,
                                 state.paused ? u"paused"_s : u"resumed"_s});
}

void Gatehouse::announceChanges()
{
    auto &p = *m_parts;
    using approval::ApprovalService;
    connect(&p.approvals, &ApprovalService::raised, this, &Gatehouse::changed);
    connect(&p.approvals, &ApprovalService::decided, this, &Gatehouse::changed);
    connect(&p.approvals, &ApprovalService::expired, this, &Gatehouse::changed);
    connect(&p.approvals, &ApprovalService::waitingChanged, this, &Gatehouse::changed);
    connect(&p.approvals, &ApprovalService::blockedChanged, this, &Gatehouse::changed);
    connect(&p.oauth->grants(), &oauth::Grants::granted, this, &Gatehouse::changed);
    connect(&p.oauth->grants(), &oauth::Grants::revoked, this, &Gatehouse::changed);
    connect(&p.relyingParty->credentials(), &oidc::ClientCredentials::changed, this,
            &Gatehouse::changed);
    connect(&p.relyingParty->tokens(), &oidc::AccountTokens::stateChanged, this, [this] {
        OwnFeatures::accountChanged(m_parts->features);
        Q_EMIT changed();
    });
    connect(p.mcp.get(), &mcp::McpServer::connectionsChanged, this, &Gatehouse::changed);
    connect(p.mcp.get(), &mcp::McpServer::toolCalled, this, &Gatehouse::changed);
}

void Gatehouse::tellPaused()
{
    const auto state = m_parts->pause.state();
    m_parts->mcp->setPaused(state.paused,
                            state.paused ? whyPaused(state, m_options.verbOptions) : QString());
    Q_EMIT changed();
}

void Gatehouse::startHousekeeping()
{
    auto &p = *m_parts;
    p.housekeeping = std::make_unique<Housekeeping>(
        Housekeeping::Deps{m_deps.clock, p.oauth->grants(), p.grants, p.interactions, p.tokens,
                           p.clients, p.activity, p.deletedSessions});
    connect(p.housekeeping.get(), &Housekeeping::expired, p.mcp.get(), &mcp::McpServer::endGrant);
    connect(p.housekeeping.get(), &Housekeeping::ticked, &p.pause, &Pause::endInTime);
    connect(p.housekeeping.get(), &Housekeeping::ticked, this, &Gatehouse::changed);
    p.housekeeping->start();
}

quint16 Gatehouse::port() const
{
    return m_options.port;
}

approval::ApprovalService &Gatehouse::approvals()
{
    return m_parts->approvals;
}

oauth::Grants &Gatehouse::grants()
{
    return m_parts->oauth->grants();
}

oauth::PersonalTokens &Gatehouse::personalTokens()
{
    return m_parts->oauth->personalTokens();
}

oidc::AccountTokens &Gatehouse::accountTokens()
{
    return m_parts->relyingParty->tokens();
}

Result<QList<store::Account>> Gatehouse::accounts() const
{
    return m_parts->accounts.list();
}

Result<QList<store::Client>> Gatehouse::clients() const
{
    return m_parts->clients.listKnown(m_deps.clock.now());
}

Result<std::optional<store::Client>> Gatehouse::client(const ClientId &id) const
{
    return m_parts->clients.find(id);
}

Result<QList<store::Grant>> Gatehouse::endedGrants() const
{
    const auto now = m_deps.clock.now();
    return m_parts->grants.listEnded(now - kEndedShown, now, kMostEndedShown);
}

Result<QSet<GrantId>> Gatehouse::connectedGrants() const
{
    const auto now = m_deps.clock.now();
    const auto active = m_parts->grants.listActive(now);
    if (!active)
        return fail(active.error());
    auto connected = m_parts->mcp->connectedGrants(now - kRecentUse);
    for (const auto &grant : *active) {
        if (grant.lastUsedAt && *grant.lastUsedAt >= now - kNotedUse)
            connected.insert(grant.id);
    }
    return connected;
}

Result<RequestBackground> Gatehouse::background(const store::Interaction &request) const
{
    return m_parts->judge.background(request);
}

const apis::ScopeWords &Gatehouse::scopeWords() const
{
    return m_parts->words;
}

Result<QList<store::Activity>> Gatehouse::activity(int count) const
{
    m_parts->activityLog.write();
    return m_parts->activity.newest(count);
}

QUrl Gatehouse::beginSignIn()
{
    return m_parts->oauth->signIn().begin();
}

void Gatehouse::signOut(const AccountId &account, QObject *context,
                        Callback<oidc::SignOutReport> then)
{
    const auto found = m_parts->accounts.find(account);
    if (!found)
        return then(fail(found.error()));
    if (!*found || !isOfThisTenant(**found)) {
        return then(fail(Error{u"This account belongs to another tenant."_s,
                               u"Sign it out while that tenant is configured."_s}));
    }
    m_parts->relyingParty->tokens().signOut(account, context, std::move(then));
}

Result<std::monostate> Gatehouse::pause(std::optional<std::chrono::milliseconds> duration)
{
    return m_parts->pause.begin(duration);
}

Result<std::monostate> Gatehouse::resume()
{
    return m_parts->pause.end();
}

PauseState Gatehouse::pauseState() const
{
    return m_parts->pause.state();
}

} // namespace gatehouse

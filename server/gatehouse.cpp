// SPDX-License-Identifier: GPL-3.0-or-later
#include <service/gatehouse.h>

#include <apis/api_caller.h>
#include <apis/openapi_importer.h>
#include <apis/scope_words.h>
#include <apis/whoami.h>
#include <approval/approval_service.h>
#include <approval/redirect_target.h>
#include <base/crypto.h>
#include <base/logging.h>
#include <base/platform/process_lookup.h>
#include <base/random.h>
#include <base/text.h>
#include <http/http_server.h>
#include <http/router.h>
#include <mcp/mcp_server.h>
#include <oauth/authorization_server.h>
#include <oauth/client_metadata_document.h>
#include <oauth/client_metadata_fetcher.h>
#include <oidc/relying_party.h>
#include <oidc/tenant_account_tokens.h>
#include <secrets/secret_store.h>
#include <store/account_store.h>
#include <store/activity_store.h>
#include <store/blocked_target_store.h>
#include <store/client_store.h>
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
constexpr auto kPausedUntil = "paused-until";
constexpr auto kUntilResumed = "resumed";
constexpr auto kMaintenancePeriod = 60s;
/// Within the five seconds that a service manager is promised.
constexpr auto kFinishTime = 4s;
constexpr auto kFinishStep = 20ms;
/// One bounded step of purging, a few milliseconds, and how long requests go first after it.
constexpr int kPurgeStep = 200;
constexpr auto kPurgePause = 50ms;
constexpr auto kUnusedClientLifetime = 24h;
constexpr auto kActivityLifetime = 90 * 24h;
/// How long the person finds a client that lost its access in the list.
constexpr auto kEndedShown = 7 * 24h;
constexpr int kMostEndedShown = 200;
/// A grant's last use is noted once a minute, so it may be a minute older than it says.
constexpr auto kRecentUse = 60s;
constexpr auto kNotedUse = 2 * kRecentUse;
/// Of how many grants, the newest, names count as known.
constexpr int kRememberedNames = 200;

QString howToSignIn(const QString &verbOptions)
{
    return u"The person must sign in to Gatehouse again: run `gatehouse signin%1` in a terminal "
           "and open the address that it prints. Nothing needs to be approved again."_s.arg(
               verbOptions);
}

} // namespace

/// Everything that runs, in the order in which it is made; destroyed the other way round.
struct Gatehouse::Parts {
    explicit Parts(const Deps &d)
        : accounts(d.database), activity(d.database), blockedTargets(d.database),
          clients(d.database), grants(d.database), instance(d.database), interactions(d.database),
          tokens(d.database), approvals({d.clock, d.random, d.database, interactions,
                                         blockedTargets, accounts, processes}),
          documents(d.clock)
    {
    }

    store::AccountStore accounts;
    store::ActivityStore activity;
    store::BlockedTargetStore blockedTargets;
    store::ClientStore clients;
    store::GrantStore grants;
    store::InstanceStore instance;
    store::InteractionStore interactions;
    store::TokenStore tokens;
    platform::SystemProcessLookup processes;
    approval::ApprovalService approvals;
    oauth::ClientMetadataFetcher documents;

    Secret instanceKey;
    apis::ScopeWords words;
    oauth::ScopeCatalog scopes;
    mcp::ToolRegistry tools;
    std::unique_ptr<oidc::RelyingParty> relyingParty;
    std::vector<std::unique_ptr<apis::ApiCaller>> callers;
    std::unique_ptr<oauth::AuthorizationServer> oauth;
    std::unique_ptr<mcp::McpServer> mcp;
    std::unique_ptr<http::Router> router;
    std::unique_ptr<http::HttpServer> server;
    bool serving = false;
};

Gatehouse::Gatehouse(const Deps &deps, Options options)
    : m_deps(deps), m_options(std::move(options)), m_parts(std::make_unique<Parts>(deps))
{
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
        for (const auto &account : *known)
            ids.append(account.id);
        m_parts->relyingParty->tokens().load(
            ids, context, [this, then](const Result<std::monostate> &loaded) {
                if (!loaded)
                    qCWarning(lcApp) << "accounts not loaded:" << loaded.error().message;
                if (const auto paused = loadPause(); !paused)
                    return then(fail(paused.error()));
                const auto listening = m_parts->server->listen(m_options.port);
                if (!listening)
                    return then(fail(listening.error()));
                m_parts->serving = true;
                m_parts->oauth->personalTokens().start();
                m_parts->approvals.start();
                announceChanges();
                m_maintainedAt = m_deps.clock.now();
                maintain();
                then(std::monostate());
            });
    });
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
    if (m_parts->server)
        m_parts->server->stop();
    m_parts->serving = false;
}

void Gatehouse::readClientSecret(QObject *context, Callback<Secret> then)
{
    if (!m_options.clientSecret.isEmpty())
        return then(m_options.clientSecret);
    m_deps.secretStore.read(kClientSecretName, context,
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
    if (secret)
        m_deps.secretStore.write(kClientSecretName, *secret, this, use);
    else
        m_deps.secretStore.remove(kClientSecretName, this, use);
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

    oidc::TenantConfig tenant;
    tenant.issuer = configuration.tenant.issuer;
    tenant.clientId = configuration.tenant.clientId;
    tenant.authMethod = configuration.tenant.tokenEndpointAuthMethod;
    tenant.scopes = configuration.tenant.scopes;
    for (const auto &scope : std::as_const(p.scopes.defaults)) {
        if (!tenant.scopes.contains(scope))
            tenant.scopes.append(scope);
    }
    tenant.audience =
        configuration.apis.isEmpty() ? QString() : configuration.apis.first().audience;
    tenant.callbackUrl = callbackUrl(configuration.tenant, m_options.port);
    p.relyingParty = std::make_unique<oidc::RelyingParty>(
        oidc::RelyingParty::Deps{m_deps.clock, m_deps.random, p.accounts, m_deps.secretStore},
        tenant);

    p.oauth = std::make_unique<oauth::AuthorizationServer>(oauth::AuthorizationServer::Deps{
        m_deps.clock, m_deps.random, m_deps.database, p.clients, p.documents, p.interactions,
        p.grants, p.tokens, p.accounts, p.approvals, p.relyingParty->signIns(),
        p.relyingParty->tokens(), p.scopes, p.instanceKey, p.processes, m_options.port,
        m_options.notice, m_options.hasWindows, m_options.verbOptions});

    for (const auto &api : imported) {
        auto caller = apis::makeApiTools(p.tools, api, p.relyingParty->tokens(), m_deps.clock,
                                         howToSignIn(m_options.verbOptions));
        if (!caller)
            return fail(caller.error());
        p.callers.push_back(std::move(*caller));
    }
    if (!p.tools.add(apis::makeWhoami(
            [this](const oauth::Access &access) { return describeCaller(access); })))
        return fail(Error{u"An API names one of its operations \"whoami\", which is taken."_s,
                          u"Give that operation another operationId."_s});

    p.mcp = std::make_unique<mcp::McpServer>(mcp::McpServer::Deps{
        m_deps.clock, m_deps.random, p.tools, p.oauth->verifier(), p.scopes.defaults});
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
        auto offered = api.config.scopes;
        if (offered.isEmpty()) {
            for (const auto &operation : api.operations)
                offered += operation.scopes;
        }
        for (const auto &scope : std::as_const(offered)) {
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

mcp::ToolResult Gatehouse::describeCaller(const oauth::Access &access) const
{
    const auto account = m_parts->accounts.find(access.account);
    const auto grant = m_parts->grants.find(access.grant);
    if (!account || !*account || !grant || !*grant)
        return mcp::ToolResult::error(u"Gatehouse could not look up this access."_s);
    QJsonObject answer{
        {u"account"_s,
         QJsonObject{{u"id"_s, (*account)->subject},
                     {u"name"_s, (*account)->name},
                     {u"email"_s, (*account)->email},
                     {u"issuer"_s, (*account)->issuer}}},
        {u"client"_s, access.clientName},
        {u"scopes"_s, QJsonArray::fromStringList(access.scopes)},
        {u"expiresAt"_s,
         (*grant)->expiresAt ? QJsonValue(toRfc3339(*(*grant)->expiresAt)) : QJsonValue()}};
    return {QString::fromUtf8(QJsonDocument(answer).toJson(QJsonDocument::Compact)), answer};
}

void Gatehouse::recordActivity()
{
    auto &p = *m_parts;
    const auto record = [this](const store::Activity &activity) {
        if (const auto stored = m_parts->activity.append(activity); !stored)
            qCWarning(lcApp) << "activity not recorded:" << stored.error().message;
    };
    connect(p.mcp.get(), &mcp::McpServer::toolCalled, this,
            [this, record](const oauth::Access &access, const QString &tool,
                           const mcp::ToolResult &result, std::chrono::milliseconds duration) {
                record({m_deps.clock.now(), access.grant, access.clientName, u"tool"_s, tool,
                        result.isError ? u"failed"_s : u"done"_s, duration});
            });
    connect(&p.approvals, &approval::ApprovalService::decided, this,
            [this, record](const store::Interaction &interaction) {
                const bool allowed = interaction.state == store::InteractionState::Allowed;
                record({m_deps.clock.now(),
                        {},
                        interaction.clientName,
                        u"decision"_s,
                        interaction.scopes.join(u' '),
                        allowed ? u"allowed"_s : u"denied"_s});
            });
    connect(&p.oauth->grants(), &oauth::Grants::revoked, this, [this, record](const GrantId &id) {
        const auto grant = m_parts->grants.find(id);
        if (grant && *grant) {
            record({m_deps.clock.now(), id, (*grant)->clientName, u"decision"_s,
                    (*grant)->revokedWhy, u"revoked"_s});
        }
    });
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
    connect(&p.relyingParty->tokens(), &oidc::AccountTokens::stateChanged, this,
            &Gatehouse::changed);
    connect(p.mcp.get(), &mcp::McpServer::connectionsChanged, this, &Gatehouse::changed);
    connect(p.mcp.get(), &mcp::McpServer::toolCalled, this, &Gatehouse::changed);
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
    RequestBackground background;
    const auto client = m_parts->clients.find(request.client);
    const auto latest = m_parts->grants.findLatestOf(request.client);
    const auto active = m_parts->grants.listActiveOf(request.client, m_deps.clock.now());
    for (const auto *error :
         {client ? nullptr : &client.error(), latest ? nullptr : &latest.error(),
          active ? nullptr : &active.error()}) {
        if (error)
            return fail(*error);
    }
    background.client = *client;
    if (*latest) {
        background.allowedAt = (*latest)->createdAt;
        if ((*latest)->expiresAt)
            background.lastDuration = *(*latest)->expiresAt - (*latest)->createdAt;
    }
    for (const auto &grant : *active) {
        auto &scopes = background.allowedScopes[grant.account];
        for (const auto &scope : grant.scopes) {
            if (!scopes.contains(scope))
                scopes.append(scope);
        }
    }
    return riskOf(request, background).map([&](const approval::Risk &risk) {
        background.risk = risk;
        return background;
    });
}

Result<approval::Risk> Gatehouse::riskOf(const store::Interaction &request,
                                         const RequestBackground &background) const
{
    const auto names = knownNames();
    if (!names)
        return fail(names.error());
    const auto targetAllowed = m_parts->grants.hasTarget(request.target);
    if (!targetAllowed)
        return fail(targetAllowed.error());
    // Whoever waits for the answer asks; an app link or a website is answered by nobody we can see.
    const auto target = approval::redirectTargetOf(request.redirectUri).kind;
    const bool isSeen =
        target == approval::TargetKind::Loopback || target == approval::TargetKind::Terminal;
    const auto &asking = isSeen ? request.listener : request.registrar;
    const bool isConfigured =
        background.client && background.client->kind == store::ClientKind::PreRegistered;

    approval::RiskInput input;
    // The administrator gave this name, and the addresses; a token is named after the program that
    // will use it, by whoever asks for it.
    const bool isOwnName = isConfigured || request.kind == store::InteractionKind::Token;
    input.clientName = isOwnName ? QString() : request.clientName;
    input.program = asking ? asking->name : QString();
    input.redirectUri = request.redirectUri;
    input.documentHost = oauth::documentHost(background.client);
    input.allowedBefore = isConfigured || background.allowedAt || *targetAllowed;
    input.knownNames = *names;
    for (const auto &scope : request.scopes) {
        if (background.isAllowedEverywhere(scope))
            continue;
        const auto effect = m_parts->words.effect(scope);
        ++input.scopes;
        input.changingScopes += effect == apis::ScopeEffect::Reads ? 0 : 1;
        input.deletes = input.deletes || effect == apis::ScopeEffect::Deletes;
    }
    return approval::assessRisk(input);
}

/// Names that the person has allowed and not taken back, each with the program that registered it.
Result<QList<approval::KnownName>> Gatehouse::knownNames() const
{
    return m_parts->grants.newestNames(kRememberedNames).map([](const auto &granted) {
        QList<approval::KnownName> names;
        QSet<std::pair<QString, QString>> seen;
        for (const auto &[name, program] : granted) {
            const auto programName = program ? program->name : QString();
            if (seen.contains({name, programName}))
                continue;
            seen.insert({name, programName});
            names.append({name, programName});
        }
        return names;
    });
}

bool RequestBackground::isAllowedEverywhere(const QString &scope) const
{
    return !allowedScopes.isEmpty()
        && std::all_of(allowedScopes.begin(), allowedScopes.end(),
                       [&scope](const QStringList &scopes) { return scopes.contains(scope); });
}

const apis::ScopeWords &Gatehouse::scopeWords() const
{
    return m_parts->words;
}

Result<QList<store::Activity>> Gatehouse::activity(int count) const
{
    return m_parts->activity.newest(count);
}

QUrl Gatehouse::beginSignIn()
{
    return m_parts->oauth->signIn().begin();
}

void Gatehouse::signOut(const AccountId &account, QObject *context, Callback<std::monostate> then)
{
    m_parts->relyingParty->tokens().signOut(account, context, std::move(then));
}

Result<std::monostate> Gatehouse::pause(std::optional<std::chrono::milliseconds> duration)
{
    PauseState state{true, {}};
    if (duration)
        state.until = m_deps.clock.now() + *duration;
    return storePause(state).map([&](std::monostate) {
        applyPause(state);
        return std::monostate();
    });
}

Result<std::monostate> Gatehouse::resume()
{
    return storePause({}).map([this](std::monostate) {
        applyPause({});
        return std::monostate();
    });
}

PauseState Gatehouse::pauseState() const
{
    return m_pause;
}

void Gatehouse::applyPause(const PauseState &state)
{
    m_pause = state;
    const auto number = ++m_pauseNumber;
    const auto until =
        state.until ? u" until %1"_s.arg(toRfc3339(*state.until)) : u" until it is resumed"_s;
    m_parts->mcp->setPaused(
        state.paused,
        state.paused ? u"The person has paused all access%1. Try again later, or ask them to run "
                       "`gatehouse resume%2`."_s.arg(until, m_options.verbOptions)
                     : QString());
    qCInfo(lcApp) << (state.paused ? "access is paused" : "access is not paused");
    Q_EMIT changed();
    if (!state.until)
        return;
    const auto left = std::max(*state.until - m_deps.clock.now(), Instant::duration(0));
    m_deps.clock.after(left, this, [this, number] {
        // Only the latest pause ends by itself.
        if (number == m_pauseNumber)
            endPauseInTime();
    });
}

/// Timers stand still while the computer sleeps and know nothing of a clock that is set: what
/// counts is the time that the person was told.
void Gatehouse::endPauseInTime()
{
    if (!m_pause.until || *m_pause.until > m_deps.clock.now())
        return;
    if (const auto resumed = resume(); !resumed)
        qCWarning(lcApp) << "access stays paused:" << resumed.error().message;
}

Result<std::monostate> Gatehouse::storePause(const PauseState &state)
{
    QString value;
    if (state.paused) {
        value = state.until ? QString::number(toMilliseconds(*state.until))
                            : QString::fromLatin1(kUntilResumed);
    }
    return m_parts->instance.setValue(QString::fromLatin1(kPausedUntil), value);
}

/// Before the first request is served: whoever paused access must find it paused.
Result<std::monostate> Gatehouse::loadPause()
{
    const auto stored = m_parts->instance.value(QString::fromLatin1(kPausedUntil));
    if (!stored)
        return fail(stored.error());
    const auto text = stored->value_or(QString());
    if (text == QLatin1String(kUntilResumed)) {
        applyPause({true, {}});
    } else if (const auto until = fromMilliseconds(text.toLongLong()); until > m_deps.clock.now()) {
        applyPause({true, until});
    }
    return std::monostate();
}

/// Once a minute: ends what belongs to grants that have expired, and begins to forget what is old.
void Gatehouse::maintain()
{
    auto &p = *m_parts;
    const auto now = m_deps.clock.now();
    endPauseInTime();
    // Since the last time, however long the computer slept in between.
    const auto ended = p.grants.listExpiredSince(m_maintainedAt, now);
    if (ended) {
        m_maintainedAt = now;
        for (const auto &grant : *ended)
            p.mcp->endGrant(grant.id);
    }
    if (const auto unfetched = p.oauth->grants().endUnfetched(kPurgeStep); !unfetched)
        qCWarning(lcApp) << "grants that nobody fetched stay:" << unfetched.error().message;
    Q_EMIT changed();
    if (!std::exchange(m_purging, true))
        purge();
    m_deps.clock.after(kMaintenancePeriod, this, [this] { maintain(); });
}

/// Forgets what is old, step by step until nothing is.
void Gatehouse::purge()
{
    auto &p = *m_parts;
    const auto now = m_deps.clock.now();
    bool isMoreLeft = false;
    for (const auto &purged :
         {p.interactions.purge(now, kPurgeStep), p.tokens.purge(now, kPurgeStep),
          p.clients.purgeUnused(now - kUnusedClientLifetime, kPurgeStep),
          p.activity.purge(now - kActivityLifetime, kPurgeStep)}) {
        if (!purged)
            qCWarning(lcApp) << "purging failed:" << purged.error().message;
        isMoreLeft = isMoreLeft || purged.value_or(0) >= kPurgeStep;
    }
    m_purging = isMoreLeft;
    if (isMoreLeft)
        m_deps.clock.after(kPurgePause, this, [this] { purge(); });
}

} // namespace gatehouse

// SPDX-License-Identifier: GPL-3.0-or-later
#include <ui/desk_worker.h>

#include <apis/scope_words.h>
#include <approval/approval_service.h>
#include <approval/redirect_target.h>
#include <base/logging.h>
#include <oauth/client_metadata_document.h>
#include <oauth/grants.h>
#include <oidc/sign_in.h>
#include <service/gatehouse.h>

#include <QSet>
#include <QUrl>

#include <algorithm>

namespace gatehouse::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr auto kPublishPeriod = 100ms;
constexpr auto kEndsSoon = 24h;

ScopeEffect effectOf(apis::ScopeEffect effect)
{
    switch (effect) {
    case apis::ScopeEffect::Reads:
        return ScopeEffect::Reads;
    case apis::ScopeEffect::Deletes:
        return ScopeEffect::Deletes;
    case apis::ScopeEffect::Changes:
        break;
    }
    return ScopeEffect::Changes;
}

void setTarget(AccessRequest &line, const QString &redirectUri)
{
    const auto target = approval::redirectTargetOf(redirectUri);
    line.redirectUri = redirectUri;
    line.target = target.key;
    switch (target.kind) {
    case approval::TargetKind::Loopback:
        line.targetKind = TargetKind::Loopback;
        line.target = u"%1:%2"_s.arg(QUrl(redirectUri).host()).arg(target.port);
        break;
    case approval::TargetKind::Website:
        line.targetKind = TargetKind::Website;
        break;
    case approval::TargetKind::AppLink:
        line.targetKind = TargetKind::AppLink;
        break;
    case approval::TargetKind::Terminal:
        line.targetKind = TargetKind::Terminal;
        break;
    }
}

bool isPreRegistered(const std::optional<store::Client> &client)
{
    return client && client->kind == store::ClientKind::PreRegistered;
}

/// What is left of a value that nobody waits for.
template <typename T>
Result<std::monostate> done(const Result<T> &result)
{
    return result.map([](const T &) { return std::monostate(); });
}

} // namespace

DeskWorker::DeskWorker(Gatehouse &gatehouse, Clock &clock, DeskState fixed, Publish publish)
    : m_gatehouse(gatehouse), m_clock(clock), m_fixed(std::move(fixed)),
      m_publish(std::move(publish))
{
    connect(&m_gatehouse, &Gatehouse::changed, this, &DeskWorker::publishSoon);
    // A raised request itself stays as it is; what it is seen against changes with these.
    const auto forget = [this] { m_requests.clear(); };
    connect(&m_gatehouse.grants(), &oauth::Grants::granted, this, forget);
    connect(&m_gatehouse.grants(), &oauth::Grants::revoked, this, forget);
    connect(&m_gatehouse.approvals(), &approval::ApprovalService::cancelled, this,
            [this](const InteractionId &request) { m_withdrawn.insert(request); });
    publishSoon();
}

void DeskWorker::publishSoon()
{
    if (m_publishing)
        return;
    m_publishing = true;
    const auto wait = m_publishedAt + kPublishPeriod - m_clock.now();
    m_clock.after(std::clamp<std::chrono::milliseconds>(wait, 0ms, kPublishPeriod), this,
                  [this] { publishNow(); });
}

void DeskWorker::publishNow()
{
    m_publishing = false;
    m_publishedAt = m_clock.now();
    const auto state = describe();
    if (!state) {
        qCWarning(lcApp) << "the windows are not up to date:" << state.error().message;
        return;
    }
    m_publish(*state);
    m_withdrawn.clear();
}

Result<DeskState> DeskWorker::describe()
{
    auto state = m_fixed;
    const auto pause = m_gatehouse.pauseState();
    state.clientRefused = m_gatehouse.isClientRefused();
    state.paused = pause.paused;
    state.pausedUntil = pause.until;
    state.withdrawn = m_withdrawn;
    return addAccounts(state)
        .and_then([&](auto) { return addRequests(state); })
        .and_then([&](auto) { return addClients(state); })
        .and_then([&](auto) { return addBlocked(state); })
        .map([&](auto) { return state; });
}

Result<std::monostate> DeskWorker::addAccounts(DeskState &state) const
{
    const auto accounts = m_gatehouse.accounts();
    if (!accounts)
        return fail(accounts.error());
    for (const auto &account : *accounts) {
        state.accounts.append({account.id, account.name, account.email, account.issuer,
                               m_gatehouse.accountTokens().isSignedIn(account.id),
                               m_gatehouse.accountTokens().wasEndedByTenant(account.id)});
    }
    return std::monostate();
}

Result<std::monostate> DeskWorker::addRequests(DeskState &state)
{
    const auto waiting = m_gatehouse.approvals().waiting();
    if (!waiting)
        return fail(waiting.error());
    QHash<InteractionId, AccessRequest> described;
    for (const auto &request : *waiting) {
        if (const auto known = m_requests.constFind(request.id); known != m_requests.constEnd()) {
            described.insert(request.id, *known);
        } else {
            const auto line = requestLine(request);
            if (!line)
                return fail(line.error());
            described.insert(request.id, *line);
        }
        state.requests.append(described.value(request.id));
    }
    m_requests = described;
    return m_gatehouse.approvals().unraisedCount().map([&](qint64 count) {
        state.unraised = int(count);
        return std::monostate();
    });
}

Result<AccessRequest> DeskWorker::requestLine(const store::Interaction &request) const
{
    const auto background = m_gatehouse.background(request);
    if (!background)
        return fail(background.error());
    AccessRequest line;
    line.id = request.id;
    line.client = request.client;
    line.clientName = request.clientName;
    line.preRegistered = isPreRegistered(background->client);
    line.documentHost = oauth::documentHost(background->client);
    setTarget(line, request.redirectUri);
    line.listener = request.listener;
    line.registrar = request.registrar;
    for (const auto &scope : request.scopes)
        line.scopes.append(scopeLine(scope));
    line.allowedFor = background->allowedScopes;
    line.allowedBefore = background->allowedAt;
    line.lastDuration = background->lastDuration;
    if (request.kind == store::InteractionKind::Token) {
        line.askedAccount = request.account;
        if (request.grantUntil)
            line.askedDuration = *request.grantUntil - request.createdAt;
    }
    line.risk = background->risk;
    line.matchingCode = request.matchingCode;
    line.createdAt = request.createdAt;
    line.expiresAt = request.expiresAt;
    return line;
}

Result<std::monostate> DeskWorker::addClients(DeskState &state) const
{
    auto grants = m_gatehouse.grants().active();
    const auto ended = m_gatehouse.endedGrants();
    const auto connected = m_gatehouse.connectedGrants();
    if (!grants || !ended || !connected)
        return fail(!grants ? grants.error() : !ended ? ended.error() : connected.error());
    QHash<ClientId, std::optional<store::Client>> clients;
    for (const auto &grant : *grants + *ended) {
        if (!clients.contains(grant.client)) {
            const auto client = m_gatehouse.client(grant.client);
            if (!client)
                return fail(client.error());
            clients.insert(grant.client, *client);
        }
        auto line = clientLine(grant, clients.value(grant.client), state);
        if (!line.endedAt)
            line.state = clientState(line, state.paused, connected->contains(grant.id));
        state.clients.append(line);
    }
    return std::monostate();
}

ClientLine DeskWorker::clientLine(const store::Grant &grant,
                                  const std::optional<store::Client> &client,
                                  const DeskState &state) const
{
    ClientLine line;
    line.grant = grant.id;
    line.client = grant.client;
    line.clientName = grant.clientName;
    line.preRegistered = isPreRegistered(client);
    line.documentHost = oauth::documentHost(client);
    line.isToken = client && client->kind == store::ClientKind::Token;
    line.redirectUri = client ? client->redirectUris.value(0) : QString();
    line.registrar = client ? client->registeredBy : std::nullopt;
    const auto account = std::ranges::find(state.accounts, grant.account,
                                           [](const auto &known) { return known.id; });
    if (account != state.accounts.end())
        line.account = *account;
    for (const auto &scope : grant.scopes)
        line.scopes.append(scopeLine(scope));
    line.createdAt = grant.createdAt;
    line.expiresAt = grant.expiresAt;
    line.lastUsedAt = grant.lastUsedAt;
    if (grant.revokedAt) {
        line.state = ClientState::Revoked;
        line.endedAt = grant.revokedAt;
        line.misused = oauth::isMisuse(grant.revokedWhy);
    } else if (!oauth::isActive(grant, m_clock.now())) {
        line.state = ClientState::Ended;
        line.endedAt = grant.expiresAt;
    }
    return line;
}

/// Of one that may still call: what keeps it from that comes first.
ClientState DeskWorker::clientState(const ClientLine &line, bool paused, bool connected) const
{
    if (paused)
        return ClientState::Paused;
    if (!line.account.signedIn)
        return ClientState::SignedOut;
    if (connected)
        return ClientState::Connected;
    if (line.expiresAt && *line.expiresAt - m_clock.now() < kEndsSoon)
        return ClientState::EndsSoon;
    return ClientState::Allowed;
}

Result<std::monostate> DeskWorker::addBlocked(DeskState &state) const
{
    const auto blocked = m_gatehouse.approvals().blocked();
    if (!blocked)
        return fail(blocked.error());
    for (const auto &target : *blocked)
        state.blocked.append({target.target, target.clientName, target.since});
    return std::monostate();
}

ScopeLine DeskWorker::scopeLine(const QString &scope) const
{
    const auto &words = m_gatehouse.scopeWords();
    return {scope, words.scopeWords(scope), words.apiTitle(scope), effectOf(words.effect(scope))};
}

Result<std::monostate> DeskWorker::answer(const InteractionId &request, const AccessAnswer &answer)
{
    if (answer.allow && answer.scopes.isEmpty()) {
        // To the service this means all that was asked for.
        const auto asked = m_gatehouse.approvals().find(request);
        if (!asked)
            return fail(asked.error());
        if (*asked && !(*asked)->scopes.isEmpty())
            return fail(Error{tr("Choose at least one permission.")});
    }
    approval::Decision decision;
    decision.allow = answer.allow;
    decision.scopes = answer.scopes;
    decision.account = answer.account;
    decision.until = answer.until;
    decision.block = answer.block;
    return done(m_gatehouse.approvals().decide(request, decision));
}

Result<std::monostate> DeskWorker::revoke(const GrantId &grant)
{
    return done(m_gatehouse.grants().revoke(grant, oauth::kRevokedByPerson));
}

Result<std::monostate> DeskWorker::revokeAll()
{
    return done(m_gatehouse.grants().revokeAll(oauth::kRevokedByPerson));
}

Result<std::monostate> DeskWorker::unblock(const QString &target)
{
    return m_gatehouse.approvals().unblock(target);
}

Result<std::monostate> DeskWorker::pause(std::optional<std::chrono::milliseconds> duration)
{
    return m_gatehouse.pause(duration);
}

Result<std::monostate> DeskWorker::resume()
{
    return m_gatehouse.resume();
}

Result<QUrl> DeskWorker::beginSignIn()
{
    return m_gatehouse.beginSignIn();
}

void DeskWorker::setClientSecret(const Secret &secret, Desk::Done then)
{
    m_gatehouse.setClientSecret(secret, this, std::move(then));
}

void DeskWorker::signOut(const AccountId &account, Callback<oidc::SignOutReport> then)
{
    m_gatehouse.signOut(account, this, std::move(then));
}

} // namespace gatehouse::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/mcp_server.h>

#include <mcp/wire.h>

namespace gatehouse::mcp {

using namespace Qt::StringLiterals;

namespace {

constexpr auto kUpdatePause = 250ms;

} // namespace

McpServer::McpServer(const Deps &deps, SessionLimits limits)
    : m_clock(deps.clock), m_verifier(deps.verifier), m_challengeScopes(deps.challengeScopes),
      m_info(deps.info), m_dispatcher({deps.clock, deps.features, m_info, deps.key}),
      m_sessions(deps.clock, deps.random, deps.key, limits, deps.deletedSessions),
      m_heartbeat(deps.clock, [this] { return beat(); }),
      m_listeners(deps.features, m_info, m_heartbeat),
      m_stateless({deps.clock, deps.features, m_dispatcher, m_listeners, m_heartbeat,
                   deps.challengeScopes}),
      m_streamable({m_sessions, m_dispatcher, m_stateless, m_heartbeat, deps.challengeScopes}),
      m_sse(m_sessions, m_dispatcher, m_heartbeat)
{
    connect(&m_dispatcher, &Dispatcher::toolCalled, this, &McpServer::toolCalled);
    connect(&m_sessions, &SessionStore::connectionsChanged, this, &McpServer::connectionsChanged);
    connect(&m_listeners, &ListenStreams::changed, this, &McpServer::connectionsChanged);
    connect(&deps.features, &Features::listChanged, this, &McpServer::tellListChanged);
    connect(&deps.features, &Features::resourceUpdated, this, &McpServer::noteUpdate);
}

McpServer::~McpServer()
{
    m_listeners.endAll();
    m_stateless.endCalls(NoAnswer::SessionEnded);
    m_sessions.endAll();
}

void McpServer::addRoutes(http::Router &router)
{
    const auto guard = [this](http::HttpRequest &request) { return checkBearer(request); };
    const auto to = [](auto &transport, auto member) {
        return [&transport, member](const http::HttpRequest &request, http::Reply reply) {
            (transport.*member)(request, std::move(reply));
        };
    };
    router.add({"/mcp",
                http::OriginRule::Listed,
                guard,
                {{"POST", to(m_streamable, &StreamableHttp::post)},
                 {"GET", to(m_streamable, &StreamableHttp::get)},
                 {"DELETE", to(m_streamable, &StreamableHttp::remove)}}});
    router.add(
        {"/sse", http::OriginRule::Listed, guard, {{"GET", to(m_sse, &HttpSse::openStream)}}});
    router.add({"/messages",
                http::OriginRule::Listed,
                guard,
                {{"POST", to(m_sse, &HttpSse::postMessage)}}});
}

void McpServer::endGrant(const GrantId &grant)
{
    m_sessions.endGrant(grant);
    m_listeners.endGrant(grant);
    m_stateless.endGrant(grant);
}

QSet<GrantId> McpServer::connectedGrants(Instant usedSince) const
{
    return m_sessions.connectedGrants(usedSince) + m_listeners.grants() + m_stateless.busyGrants();
}

bool McpServer::beat()
{
    bool anyStream = false;
    m_sessions.forEach([&](Session &session) {
        session.beat();
        anyStream = anyStream || session.hasStreams();
    });
    m_listeners.beat();
    const bool anyAnswer = m_stateless.beat();
    return anyStream || anyAnswer || !m_listeners.isEmpty();
}

void McpServer::tellListChanged(ListKind kind)
{
    m_listeners.tellListChanged(kind);
    m_sessions.forEach([&](Session &session) {
        session.send(toWire(rpcNotification(listChangedMethod(kind)), session.revision));
    });
}

/// Updates come in bursts, one for every call; whoever listens is told once.
void McpServer::noteUpdate(const QString &uri, const GrantId &grant)
{
    if (m_updates.isEmpty())
        m_clock.after(kUpdatePause, this, [this] { tellUpdates(); });
    m_updates.insert({uri, grant});
}

void McpServer::tellUpdates()
{
    const auto updates = std::exchange(m_updates, {});
    for (const auto &[uri, grant] : updates)
        m_listeners.tellUpdated(uri, grant);
    m_sessions.forEach([&](Session &session) {
        for (const auto &[uri, grant] : updates) {
            if (!session.subscriptions.contains(uri)
                || (!grant.isEmpty() && grant != session.grant))
                continue;
            session.send(
                toWire(rpcNotification(u"notifications/resources/updated"_s, {{u"uri"_s, uri}}),
                       session.revision));
        }
    });
}

void McpServer::setPaused(bool paused, const QString &why)
{
    if (!paused)
        return m_dispatcher.resume();
    m_dispatcher.pause(why);
    const CallOutcome outcome = CallResult(ToolResult::error(why));
    m_sessions.forEach([&](Session &session) { session.calls.endAll(outcome); });
    m_stateless.endCalls(outcome);
}

std::optional<http::HttpResponse> McpServer::checkBearer(http::HttpRequest &request) const
{
    const auto refuse = [&](oauth::BearerFailure failure) {
        return oauth::bearerChallenge(request, failure, m_challengeScopes);
    };
    if (request.headers.count("authorization") > 1)
        return refuse(oauth::BearerFailure::Malformed);
    const auto access = m_verifier.verify(request.headers.value("authorization"));
    if (!access)
        return refuse(access.error());
    request.principal = *access;
    return std::nullopt;
}

} // namespace gatehouse::mcp

// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/mcp_server.h>

namespace gatehouse::mcp {

McpServer::McpServer(const Deps &deps, SessionLimits limits)
    : m_verifier(deps.verifier), m_challengeScopes(deps.challengeScopes),
      m_dispatcher(deps.clock, deps.tools), m_sessions(deps.clock, deps.random, limits),
      m_heartbeat(deps.clock, m_sessions),
      m_streamable(m_sessions, m_dispatcher, m_heartbeat, deps.challengeScopes),
      m_sse(m_sessions, m_dispatcher, m_heartbeat)
{
    connect(&m_dispatcher, &Dispatcher::toolCalled, this, &McpServer::toolCalled);
    connect(&m_sessions, &SessionStore::connectionsChanged, this, &McpServer::connectionsChanged);
    connect(&m_dispatcher, &Dispatcher::clientNamed, this, &McpServer::clientNamed);
}

McpServer::~McpServer()
{
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
}

void McpServer::setPaused(bool paused, const QString &why)
{
    if (!paused)
        return m_dispatcher.resume();
    m_dispatcher.pause(why);
    m_sessions.forEach([&](Session &session) { session.calls.endAll(ToolResult::error(why)); });
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

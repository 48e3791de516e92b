// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>
#include <base/random.h>
#include <http/router.h>
#include <mcp/dispatcher.h>
#include <mcp/heartbeat.h>
#include <mcp/http_sse.h>
#include <mcp/listen_streams.h>
#include <mcp/stateless_http.h>
#include <mcp/session_store.h>
#include <mcp/streamable_http.h>
#include <mcp/tool.h>
#include <oauth/access.h>

#include <QObject>
#include <QStringList>

namespace gatehouse::mcp {

/// The MCP server as one piece: /mcp, /sse and /messages behind the bearer check, and what the
/// person can do to running clients. Constructed by the composition root, lives as long as the
/// service, on the server thread; the router it was added to must not serve longer.
class McpServer : public QObject {
    Q_OBJECT

public:
    struct Deps {
        Clock &clock;
        RandomSource &random;
        const Features &features;
        oauth::TokenVerifier &verifier;
        QStringList challengeScopes; ///< what a 401 tells clients to ask for
        ServerInfo info;
        Secret
            key; ///< signs what goes through clients; with the same one, sessions outlive a restart
        DeletedSessions *deletedSessions = nullptr; ///< see SessionStore
    };

    explicit McpServer(const Deps &deps, SessionLimits limits = {});
    ~McpServer() override;

    void addRoutes(http::Router &router);

    /// Revoked or expired: every session, stream and running call of this grant ends now.
    void endGrant(const GrantId &grant);
    /// Every stream of 2026-07-28 ends with a result, so that clients know it for no accident. For
    /// when the service ends.
    void endListening() { m_listeners.endAll(); }
    /// While paused, tool calls answer a tool error with `why`, and running ones end with it. Lists
    /// and new sessions still work, as clients would otherwise forget the server.
    void setPaused(bool paused, const QString &why);
    /// Grants with an open stream or a running call, or with a session that was used since then.
    [[nodiscard]] QSet<GrantId> connectedGrants(Instant usedSince) const;
    [[nodiscard]] qsizetype sessionCount() const { return m_sessions.count(); }

Q_SIGNALS:
    /// connectedGrants() may be another.
    void connectionsChanged();
    /// A call has ended, in whatever way; for the activity log.
    void toolCalled(const gatehouse::oauth::Access &access, const QString &tool,
                    const gatehouse::mcp::ToolResult &result, std::chrono::milliseconds duration);

private:
    [[nodiscard]] std::optional<http::HttpResponse> checkBearer(http::HttpRequest &request) const;
    [[nodiscard]] bool beat();
    void tellListChanged(ListKind kind);
    void noteUpdate(const QString &uri, const GrantId &grant);
    void tellUpdates();

    Clock &m_clock;
    oauth::TokenVerifier &m_verifier;
    QStringList m_challengeScopes;
    ServerInfo m_info;
    Dispatcher m_dispatcher;
    SessionStore m_sessions;
    Heartbeat m_heartbeat;
    ListenStreams m_listeners;
    StatelessHttp m_stateless;
    StreamableHttp m_streamable;
    HttpSse m_sse;
    QSet<std::pair<QString, GrantId>> m_updates; ///< of resources, not yet told
};

} // namespace gatehouse::mcp

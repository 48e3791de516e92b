// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <http/reply.h>
#include <mcp/dispatcher.h>
#include <mcp/heartbeat.h>
#include <mcp/listen_streams.h>
#include <mcp/stateless_request.h>

#include <QHash>
#include <QObject>

#include <memory>

namespace gatehouse::mcp {

/// The Streamable HTTP transport of 2026-07-28 on POST /mcp: no sessions, every request stands for
/// itself. Every request has passed the bearer guard. Lives as long as the McpServer.
class StatelessHttp : public QObject {
    Q_OBJECT

public:
    struct Deps {
        Clock &clock;
        const Features &features;
        Dispatcher &dispatcher;
        ListenStreams &listeners;
        Heartbeat &heartbeat;
        QStringList challengeScopes;
    };
    explicit StatelessHttp(Deps deps) : m_deps(std::move(deps)) { }

    /// One request, answered as JSON or as an event stream. A client that leaves before the answer
    /// has cancelled it (§Cancellation).
    void post(const http::HttpRequest &request, http::Reply reply, const RpcInput &input);

    void endGrant(const GrantId &grant);
    /// Every running call, each with this outcome.
    void endCalls(const CallOutcome &outcome);
    /// Grants with a running call.
    [[nodiscard]] QSet<GrantId> busyGrants() const;
    /// Writes to every stream that waits for an answer; false when there is none.
    bool beat();

private:
    class ReplyOutlet;

    void handle(const http::HttpRequest &request, http::Reply reply, const RpcRequest &call);

    Deps m_deps;
    QHash<GrantId, std::shared_ptr<RunningCalls>> m_calls;
    QList<std::weak_ptr<ReplyOutlet>> m_streams; ///< with an open stream
    qint64 m_lastCall = 0;
};

} // namespace gatehouse::mcp

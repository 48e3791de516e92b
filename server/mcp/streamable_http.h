// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <http/reply.h>
#include <mcp/dispatcher.h>
#include <mcp/heartbeat.h>
#include <mcp/session_store.h>
#include <mcp/stateless_http.h>

#include <QObject>
#include <QStringList>

namespace gatehouse::mcp {

/// The Streamable HTTP transport on /mcp: 2025-03-26 to 2025-11-25 here, in sessions; what a client
/// of 2026-07-28 sends goes on to StatelessHttp. Every request has passed the bearer guard. Lives
/// as long as the McpServer, which routes to it.
class StreamableHttp : public QObject {
    Q_OBJECT

public:
    struct Deps {
        SessionStore &sessions;
        Dispatcher &dispatcher;
        StatelessHttp &stateless;
        Heartbeat &heartbeat;
        QStringList challengeScopes;
    };
    explicit StreamableHttp(Deps deps) : m_deps(std::move(deps)) { }

    /// One message or batch. Requests are answered as application/json, or as an event stream from
    /// the first message before the answer on.
    void post(const http::HttpRequest &request, http::Reply reply);
    /// A stream for what the server has to say, or (Last-Event-ID) the rest of an earlier one.
    void get(const http::HttpRequest &request, http::Reply reply);
    /// Ends the session.
    void remove(const http::HttpRequest &request, http::Reply reply);

private:
    using SessionOrRefusal = Result<Session *, http::HttpResponse>;

    [[nodiscard]] SessionOrRefusal sessionOf(const http::HttpRequest &request);
    [[nodiscard]] SessionOrRefusal sessionFor(const http::HttpRequest &request,
                                              const RpcInput &input);
    void postOne(const http::HttpRequest &request, http::Reply reply, Session &session,
                 const RpcMessage &message);
    void postRequest(const http::HttpRequest &request, http::Reply reply, Session &session,
                     const RpcRequest &call);
    void postBatch(const http::HttpRequest &request, http::Reply reply, Session &session,
                   const RpcInput &input);
    [[nodiscard]] http::HttpResponse withoutAnswer(const http::HttpRequest &request,
                                                   NoAnswer why) const;

    /// The stream that a client comes back to, with what it has missed; null for one that is not
    /// kept.
    [[nodiscard]] static EventStream *streamToResume(Session &session,
                                                     const std::optional<EventId> &last);

    Deps m_deps;
};

} // namespace gatehouse::mcp

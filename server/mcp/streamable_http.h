// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <http/reply.h>
#include <mcp/dispatcher.h>
#include <mcp/heartbeat.h>
#include <mcp/session_store.h>

#include <QObject>
#include <QStringList>

namespace gatehouse::mcp {

/// The Streamable HTTP transport on /mcp, 2025-03-26 to 2025-11-25. Every request has passed the
/// bearer guard. Lives as long as the McpServer, which routes to it.
class StreamableHttp : public QObject {
    Q_OBJECT

public:
    StreamableHttp(SessionStore &sessions, Dispatcher &dispatcher, Heartbeat &heartbeat,
                   QStringList challengeScopes);

    /// One message or batch. Requests are answered as application/json.
    void post(const http::HttpRequest &request, http::Reply reply);
    /// A stream for what the server has to say.
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

    SessionStore &m_sessions;
    Dispatcher &m_dispatcher;
    Heartbeat &m_heartbeat;
    QStringList m_challengeScopes;
};

} // namespace gatehouse::mcp

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <http/reply.h>
#include <mcp/dispatcher.h>
#include <mcp/heartbeat.h>
#include <mcp/session_store.h>

#include <QObject>

namespace gatehouse::mcp {

/// The HTTP+SSE transport of 2024-11-05: messages come by POST /messages and are answered on the
/// stream that GET /sse opened. Every request has passed the bearer guard. A session lasts as long
/// as its stream. Lives as long as the McpServer, which routes to it.
class HttpSse : public QObject {
    Q_OBJECT

public:
    HttpSse(SessionStore &sessions, Dispatcher &dispatcher, Heartbeat &heartbeat)
        : m_sessions(sessions), m_dispatcher(dispatcher), m_heartbeat(heartbeat)
    {
    }

    void openStream(const http::HttpRequest &request, http::Reply reply);
    void postMessage(const http::HttpRequest &request, http::Reply reply);

private:
    void deliver(Session &session, const oauth::Access &access, const RpcMessage &message);

    SessionStore &m_sessions;
    Dispatcher &m_dispatcher;
    Heartbeat &m_heartbeat;
};

} // namespace gatehouse::mcp

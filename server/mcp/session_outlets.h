// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <http/reply.h>
#include <mcp/dispatcher.h>
#include <mcp/heartbeat.h>
#include <mcp/outlet.h>
#include <mcp/session.h>

#include <QPointer>

#include <functional>
#include <optional>

namespace gatehouse::mcp {

/// One request by POST to /mcp in a session: answered as JSON, or as an event stream as soon as
/// something is sent before the answer (MCP 2025-11-25 transports §Sending Messages).
class PostOutlet final : public Outlet {
public:
    struct Asked {
        QString method;
        bool takesStreams = false; ///< its Accept has text/event-stream
        /// How the answer goes out, and what stands there when there is none.
        std::function<http::HttpResponse(const RpcOutcome &)> response;
    };

    PostOutlet(Session &session, http::Reply reply, Asked asked, Heartbeat &heartbeat);

    [[nodiscard]] bool canSend() const override;
    void send(const QJsonObject &message) override;
    void finish(const RpcOutcome &outcome) override;
    void releaseConnection() override;

private:
    void openStream();

    QPointer<Session> m_session;
    std::optional<http::Reply> m_reply; ///< until it is answered or became a stream
    QPointer<EventStream> m_stream;
    Asked m_asked;
    Heartbeat &m_heartbeat;
};

/// One request in a session of HTTP+SSE: everything goes over the session's stream.
class SseOutlet final : public Outlet {
public:
    SseOutlet(Session &session, QString method) : m_session(&session), m_method(std::move(method))
    {
    }

    [[nodiscard]] bool canSend() const override { return m_session != nullptr; }
    void send(const QJsonObject &message) override;
    void finish(const RpcOutcome &outcome) override;

private:
    QPointer<Session> m_session;
    QString m_method;
};

/// Who sends this request in that session.
[[nodiscard]] Peer peerOf(Session &session, const oauth::Access &access, const RpcRequest &request);

} // namespace gatehouse::mcp

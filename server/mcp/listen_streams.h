// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <http/reply.h>
#include <mcp/features.h>
#include <mcp/heartbeat.h>
#include <mcp/results.h>

#include <QObject>
#include <QSet>

#include <memory>
#include <vector>

namespace gatehouse::mcp {

/// The streams that `subscriptions/listen` opened (MCP 2026-07-28 patterns/subscriptions): each
/// hears what its client asked for until one side ends it. Lives as long as the McpServer.
class ListenStreams : public QObject {
    Q_OBJECT

public:
    ListenStreams(const Features &features, const ServerInfo &server, Heartbeat &heartbeat)
        : m_features(features), m_server(server), m_heartbeat(heartbeat)
    {
    }

    /// Answers with a stream that says first what it will tell. Past kMostPerGrant the grant's
    /// oldest one ends.
    void open(const RpcRequest &request, const GrantId &grant, http::Reply reply);
    void tellListChanged(ListKind kind);
    /// To one grant, or (empty) to all.
    void tellUpdated(const QString &uri, const GrantId &grant);
    void beat();
    /// Each with a result, which tells its client that this is no broken connection.
    void endGrant(const GrantId &grant);
    void endAll();

    [[nodiscard]] bool isEmpty() const { return m_listeners.empty(); }
    [[nodiscard]] QSet<GrantId> grants() const;

    static constexpr qsizetype kMostPerGrant = 64;
    static constexpr qsizetype kMostUris = 64;

Q_SIGNALS:
    /// grants() may be another.
    void changed();

private:
    struct Listener {
        RpcId id;
        GrantId grant;
        QSet<ListKind> lists;
        QSet<QString> uris;
        std::unique_ptr<http::Stream> stream;
    };

    [[nodiscard]] QJsonObject honoured(const QJsonObject &asked, Listener &listener) const;
    static void tell(const Listener &listener, const QString &method, QJsonObject params);
    void endIf(const std::function<bool(const Listener &)> &matches, qsizetype atMost);
    void drop(const http::Stream *stream);

    const Features &m_features;
    const ServerInfo &m_server;
    Heartbeat &m_heartbeat;
    std::vector<std::unique_ptr<Listener>> m_listeners; ///< the oldest first
};

/// "notifications/tools/list_changed" and its kin.
[[nodiscard]] QString listChangedMethod(ListKind kind);

} // namespace gatehouse::mcp

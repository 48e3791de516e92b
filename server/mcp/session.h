// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>
#include <base/ids.h>
#include <http/reply.h>
#include <mcp/revision.h>
#include <mcp/running_calls.h>

#include <QObject>
#include <QPointer>

#include <memory>
#include <vector>

namespace gatehouse::mcp {

enum class Transport {
    StreamableHttp, ///< /mcp, from 2025-03-26 on
    HttpSse, ///< /sse and /messages, 2024-11-05
};

/// One conversation with one client, bound to the grant that began it. Owned by the SessionStore;
/// others keep its id, or a QPointer across the event loop.
class Session : public QObject {
    Q_OBJECT

public:
    Session(QByteArray sessionId, GrantId owner, Transport way, Instant now);

    const QByteArray id; ///< guards the session together with the token: never in a log
    const GrantId grant;
    const Transport transport;

    Revision revision;
    QString clientName; ///< as shownText()
    QString clientVersion;
    RunningCalls calls;

    /// For a log line.
    [[nodiscard]] QString shortId() const { return QString::fromLatin1(id.left(6)); }
    [[nodiscard]] Instant lastUsed() const { return m_lastUsed; }
    void touch(Instant now) { m_lastUsed = now; }
    [[nodiscard]] bool hasStreams() const { return !m_streams.empty(); }
    /// True while somebody listens or waits.
    [[nodiscard]] bool isBusy() const { return hasStreams() || calls.count() > 0; }

    /// Takes an open stream. Past kMostStreams the oldest is closed: some clients open a new one
    /// whenever they reconnect and never close the old.
    void addStream(std::unique_ptr<http::Stream> stream);
    /// Writes to the newest stream (never to several: MCP transports §Multiple Connections).
    void send(const QByteArray &event);
    /// Keeps every stream from looking dead: a comment, which event-stream readers skip.
    void beat();
    /// Closes the streams and ends the calls.
    void close(NoAnswer why);

    static constexpr size_t kMostStreams = 8;

Q_SIGNALS:
    void firstStreamOpened();
    /// The client left the last stream.
    void lastStreamGone();

private:
    void dropStream(const http::Stream *stream);

    Instant m_lastUsed;
    std::vector<std::unique_ptr<http::Stream>> m_streams;
};

} // namespace gatehouse::mcp

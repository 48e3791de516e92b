// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>
#include <base/ids.h>
#include <mcp/event_stream.h>
#include <mcp/log_level.h>
#include <mcp/running_calls.h>

#include <QObject>
#include <QPointer>
#include <QSet>

#include <memory>
#include <vector>

namespace gatehouse::mcp {

enum class Transport {
    StreamableHttp, ///< /mcp, from 2025-03-26 to 2025-11-25
    HttpSse, ///< /sse and /messages, 2024-11-05
};

/// One conversation with one client, bound to the grant that began it. Owned by the SessionStore;
/// others keep its id, or a QPointer across the event loop.
class Session : public QObject, public EventStreamOwner {
    Q_OBJECT

public:
    /// `firstNumber` is random: after a restart, numbers of the process before mean nothing.
    Session(QByteArray sessionId, GrantId owner, Transport way, Clock &clock, quint32 firstNumber);

    const QByteArray id; ///< guards the session together with the token: never in a log
    const GrantId grant;
    const Transport transport;

    Revision revision;
    ClientAbilities abilities = {};
    LogLevel logLevel = kUsualLogLevel;
    QSet<QString> subscriptions = {}; ///< URIs of resources (resources/subscribe)
    RunningCalls calls;

    /// For a log line.
    [[nodiscard]] QString shortId() const { return QString::fromLatin1(id.right(6)); }
    [[nodiscard]] Instant lastUsed() const { return m_lastUsed; }
    void touch(Instant now) { m_lastUsed = now; }
    /// True while a connection carries one of its streams.
    [[nodiscard]] bool hasStreams() const;
    /// True while somebody listens or waits.
    [[nodiscard]] bool isBusy() const { return hasStreams() || calls.count() > 0; }

    /// A stream that nothing carries yet. Past kMostStreams of a kind the oldest goes: some clients
    /// open a new one whenever they reconnect and never close the old. Valid until the loop runs.
    [[nodiscard]] EventStream &openStream(EventStream::Kind kind);
    /// The stream of this number, or null: unknown, or forgotten.
    [[nodiscard]] EventStream *findStream(quint64 number) const;
    /// One message that belongs to no request, to the newest general stream (never to several: MCP
    /// transports §Multiple Connections). Lost while no client has ever listened.
    void send(const QByteArray &message);
    /// Keeps every stream from looking dead.
    void beat();
    /// Closes the streams and ends the calls.
    void close(NoAnswer why);

    void onCarrierChanged() override;
    void onKeptMore(const EventStream &grown) override;

    static constexpr size_t kMostStreams = 8;
    /// Of requests; each may wait for a person.
    static constexpr size_t kMostRequestStreams = 72;
    /// What is kept for clients that come back, over all streams of the session.
    static constexpr qsizetype kMostKeptBytes = 1024 * 1024;

Q_SIGNALS:
    void firstStreamOpened();
    /// The client left the last stream.
    void lastStreamGone();

private:
    void makeRoom(EventStream::Kind kind);

    Instant m_lastUsed;
    std::vector<std::unique_ptr<EventStream>> m_streams; ///< the oldest first
    quint64 m_lastStream;
    bool m_wasCarried = false;
};

} // namespace gatehouse::mcp

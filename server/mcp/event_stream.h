// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <http/reply.h>
#include <mcp/event_id.h>
#include <mcp/revision.h>

#include <QList>
#include <QObject>

#include <chrono>
#include <memory>

namespace gatehouse::mcp {

class EventStream;

/// Whom event streams belong to. Signals to it would take half a kilobyte of each idle stream.
class EventStreamOwner {
public:
    /// A connection carries one of its streams, or none does any more.
    virtual void onCarrierChanged() = 0;
    /// The stream keeps more than before.
    virtual void onKeptMore(const EventStream &) = 0;

protected:
    ~EventStreamOwner() = default;
};

/// One event stream of a session as its client knows it, whatever connection carries it. Events
/// have IDs, and the last ones are kept for a client that comes back with Last-Event-ID (MCP
/// 2025-11-25 transports §Resumability and Redelivery). Its owner outlives it, or has closed it.
class EventStream : public QObject {
    Q_OBJECT

public:
    enum class Kind {
        General, ///< GET: what belongs to no request
        OfRequest, ///< POST: what belongs to one request, and its answer
        Plain, ///< HTTP+SSE: without IDs, nothing is kept
    };

    EventStream(EventStreamOwner &owner, quint64 streamNumber, Kind streamKind,
                Revision streamRevision);
    ~EventStream() override;

    const quint64 number;
    const Kind kind;
    const Revision revision;

    /// How long a client that lost the connection waits before it comes back.
    static constexpr auto kComeBackAfter = std::chrono::milliseconds(1000);

    /// The first bytes of a connection that carries this stream: for a client that knows them, an
    /// empty event, so that it can come back before the first message.
    /// Everything after `seen` follows it.
    [[nodiscard]] QByteArray opening(quint64 seen) const;
    [[nodiscard]] QByteArray opening() const { return opening(m_lastEvent); }
    /// Whether it has sent this event; an ID of an earlier process can name a later one.
    [[nodiscard]] bool hasSent(quint64 event) const { return event <= m_lastEvent; }
    /// Everything kept that comes after `event`.
    [[nodiscard]] QByteArray eventsAfter(quint64 event) const;
    /// A connection to write to from now on, in place of an earlier one.
    void carryOn(std::unique_ptr<http::Stream> carrier);
    /// One message, compact.
    void send(const QByteArray &message);
    /// A comment, so that nothing takes the connection for dead; readers of event streams skip it.
    void beat();
    /// Nothing follows; a client that lost the connection may still fetch what is kept.
    void end();
    /// Ends the connection; the client comes back for the rest, as opening() told it.
    void release();
    /// Ends the connection; there is nothing to come back to. The owner hears nothing more.
    void close();

    [[nodiscard]] bool isCarried() const { return m_carrier != nullptr; }
    [[nodiscard]] bool hasEnded() const { return m_ended; }
    [[nodiscard]] qsizetype keptBytes() const { return m_keptBytes; }
    [[nodiscard]] qsizetype keptCount() const { return m_kept.size(); }
    /// Forgets the oldest event that is kept.
    void forgetOldest();

private:
    struct Event {
        quint64 number;
        QByteArray bytes;
    };

    void dropCarrier();
    void letGo();
    void tellOfCarrier() const;

    EventStreamOwner *m_owner; ///< null once it is closed
    std::unique_ptr<http::Stream> m_carrier;
    QList<Event> m_kept; ///< an empty deque takes half a kilobyte
    qsizetype m_keptBytes = 0;
    quint64 m_lastEvent = 0;
    bool m_ended = false;
};

} // namespace gatehouse::mcp

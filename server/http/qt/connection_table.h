// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <http/http_server.h>
#include <http/qt/response_writer.h>

#include <QHash>
#include <QPointer>
#include <QSet>
#include <QTimer>

#include <chrono>
#include <memory>
#include <vector>

namespace gatehouse::http {

class GuardedSocket;
class StreamPark;

/// What the connections of one server share: the limits, how many they are, how much they hold in
/// memory, where their streams are parked, and one timer for all deadlines. Shared by the server
/// and its sockets; lives until the last of them is gone.
class ConnectionTable final {
public:
    using TimePoint = std::chrono::steady_clock::time_point;
    static constexpr TimePoint kNever = TimePoint::max();

    ConnectionTable(HttpLimits limits, BodyAuthorizer authorizer);
    ~ConnectionTable();

    [[nodiscard]] const HttpLimits &limits() const { return m_limits; }
    /// The largest body that a request with this Authorization value may bring, in bytes.
    [[nodiscard]] qint64 maxBodyBytes(qint64 announced, QByteArrayView authorization) const;
    [[nodiscard]] ResponseWriter &writer() { return m_writer; }
    [[nodiscard]] StreamPark &park() { return *m_park; }

    void add(GuardedSocket *);
    void remove(GuardedSocket *);
    /// Makes sure that one more connection fits, if need be at the cost of the one that has waited
    /// longest without asking anything. False when all are being answered or stream.
    [[nodiscard]] bool makeRoom();
    /// All connections but those of parked streams.
    [[nodiscard]] QList<QPointer<GuardedSocket>> sockets() const;

    /// Notes that a connection holds more (or, negative, fewer) bytes of requests than before.
    void charge(qint64 bytes) { m_bufferedBytes += bytes; }
    [[nodiscard]] bool isOverfull() const { return m_bufferedBytes > m_limits.bufferedBytesInAll; }

    /// Calls sendUnsent() of a socket before the event loop waits again: the answers to all that
    /// had arrived go out together, and wake their clients once.
    void sendSoon(GuardedSocket *);

    /// Makes sure that the sockets are asked about their deadlines at `deadline`.
    void wakeAt(TimePoint deadline);

    /// Logs something that strangers can cause at will: each text at most once a minute.
    void logSeldom(const char *text);

    /// The connection whose request QHttpServer is being told of at this moment.
    [[nodiscard]] GuardedSocket *handingOver() const { return m_handingOver; }
    void setHandingOver(GuardedSocket *socket) { m_handingOver = socket; }

    /// True while code of ours or of a handler runs below a socket's signal: then nothing on that
    /// stack may be deleted.
    [[nodiscard]] bool isBusy() const { return m_busy > 0; }

    /// Marks the stack as busy while it lives.
    class Busy {
    public:
        explicit Busy(std::shared_ptr<ConnectionTable> table) : m_table(std::move(table))
        {
            ++m_table->m_busy;
        }
        Busy(const Busy &) = delete;
        Busy &operator=(const Busy &) = delete;
        ~Busy() { --m_table->m_busy; }

    private:
        std::shared_ptr<ConnectionTable> m_table;
    };

private:
    void expireDue();
    void sendWaiting();
    [[nodiscard]] bool hasRoom() const;
    [[nodiscard]] GuardedSocket *leastNeeded() const;

    HttpLimits m_limits;
    BodyAuthorizer m_authorizer;
    ResponseWriter m_writer;
    QSet<GuardedSocket *> m_sockets;
    std::vector<GuardedSocket *> m_unsent; ///< have something for sendUnsent()
    bool m_sendsBeforeWaiting = false;
    qint64 m_bufferedBytes = 0;
    QTimer m_timer;
    TimePoint m_wakeAt = kNever;
    QHash<const char *, TimePoint> m_lastLogged;
    GuardedSocket *m_handingOver = nullptr;
    int m_busy = 0;
    std::unique_ptr<StreamPark> m_park;
};

} // namespace gatehouse::http

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/platform/descriptor.h>
#include <base/platform/socket_watch.h>
#include <http/qt/connection_table.h>

#include <QPointer>

#include <functional>

namespace gatehouse::http {

/// A stream whose connection has left Qt's event loop for the StreamPark. Both the park and the
/// Stream of the handler hold it: the park until the connection has ended, the Stream until the
/// handler lets go of it. Each call into it is made by one who holds it.
class ParkedStream final {
public:
    ParkedStream(StreamPark &park, platform::Descriptor connection);

    /// Queues bytes; ends the connection when its client leaves too much unread.
    void write(const QByteArray &);
    /// Ends the answer after what is queued.
    void end();
    [[nodiscard]] bool isOpen() const { return m_phase == Phase::Open; }
    /// Calls `then` once from the event loop when the connection has ended, for whatever reason.
    void whenGone(QObject *context, std::function<void()> then);

    /// Ends the connection now.
    void abort();
    /// What happened on the connection.
    void onReady(platform::SocketWatch::Ready);

    /// True while it is open, or the end of what was written is on its way.
    [[nodiscard]] bool hasWork() const { return isOpen() || m_phase == Phase::Flushing; }
    /// When it has to have ended. Never while it is open.
    [[nodiscard]] ConnectionTable::TimePoint deadline() const { return m_deadline; }
    [[nodiscard]] qintptr descriptor() const { return m_connection.get(); }

private:
    enum class Phase {
        Open,
        Flushing, ///< nothing is added; what is queued is on its way
        Draining, ///< our end is closed; what still comes in is thrown away
        Gone,
    };

    void flush();
    void beginDraining();
    void setDeadlineIn(std::chrono::milliseconds);

    StreamPark &m_park; ///< not to be used once it is gone
    platform::Descriptor m_connection;
    Phase m_phase = Phase::Open;
    QByteArray m_unsent;
    qint64 m_discarded = 0;
    ConnectionTable::TimePoint m_deadline = ConnectionTable::kNever;
    QPointer<QObject> m_context;
    std::function<void()> m_whenGone;
};

} // namespace gatehouse::http

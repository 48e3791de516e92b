// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/platform/socket_watch.h>
#include <http/qt/connection_table.h>

#include <memory>
#include <set>
#include <unordered_map>

namespace gatehouse::http {

class ParkedStream;

/// The streams of one server that have left Qt's event loop, which goes through all its sockets at
/// every turn: beside 10,000 idle ones it has time for a fortieth of the requests. Here a stream
/// costs a descriptor and some hundred bytes until something happens on it. Part of the
/// ConnectionTable.
class StreamPark final {
public:
    explicit StreamPark(ConnectionTable &table);
    StreamPark(const StreamPark &) = delete;
    StreamPark &operator=(const StreamPark &) = delete;
    /// Ends what is left.
    ~StreamPark();

    /// Takes over a connection on which a stream was begun and all of it sent. Its descriptor stays
    /// the caller's, who closes it without shutting the connection down. Null when the system has
    /// no room for another descriptor.
    [[nodiscard]] std::shared_ptr<ParkedStream> park(qintptr descriptor);
    /// How many there are, with those whose end is on its way.
    [[nodiscard]] int size() const { return int(m_streams.size()); }
    /// True while one is open or has not sent everything.
    [[nodiscard]] bool hasWork() const;
    /// Ends all after what is queued on them.
    void endAll();
    /// Ends all now.
    void abortAll();

    /// Ends those whose deadline has passed; returns the next deadline.
    ConnectionTable::TimePoint expireDue(ConnectionTable::TimePoint now);

    // What a ParkedStream needs.
    [[nodiscard]] const HttpLimits &limits() const { return m_table.limits(); }
    [[nodiscard]] platform::SocketWatch &watch() { return m_watch; }
    void wakeAt(ConnectionTable::TimePoint deadline) { m_table.wakeAt(deadline); }
    /// It has a deadline from now on.
    void noteEnding(const ParkedStream &);
    /// It has ended.
    void remove(const ParkedStream &);

private:
    using Streams = std::vector<std::shared_ptr<ParkedStream>>;

    void onReady(qintptr descriptor, platform::SocketWatch::Ready);
    [[nodiscard]] Streams streams() const;

    ConnectionTable &m_table;
    platform::SocketWatch m_watch;
    std::unordered_map<qintptr, std::shared_ptr<ParkedStream>> m_streams;
    std::set<qintptr> m_ending; ///< few: the deadlines of all are looked at together
};

} // namespace gatehouse::http

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/result.h>
#include <http/reply.h>

#include <QByteArrayView>

#include <chrono>
#include <functional>
#include <memory>

namespace gatehouse {
class Clock;
}

namespace gatehouse::http {

/// What one server accepts. All sizes in bytes.
struct HttpLimits {
    qint64 headBytes = 64 * 1024;
    /// A body before and after `isAuthorized` has said yes to the head's Authorization value.
    qint64 anonymousBodyBytes = 64 * 1024;
    qint64 authorizedBodyBytes = 4 * 1024 * 1024;
    qint64 bufferedBytesInAll = 64 * 1024 * 1024;
    /// What a stream's client may leave unread before it is dropped.
    qint64 streamBacklogBytes = 1024 * 1024;
    std::chrono::milliseconds requestTime{10'000};
    std::chrono::milliseconds idleTime{60'000};
    /// Connections in all. Streams that are open cost little (http/qt/stream_park.h) but a
    /// descriptor each, of which a process on Linux may usually open far more than this: 10,000
    /// streams, and what follows beside them.
    int connections = 12'288;
    /// Connections that are no open streams: each of them costs 16 KiB, and some time whenever
    /// anything happens on any of them.
    int watchedConnections = 2048;
    /// Connections that wait to be accepted. One that finds no room there is tried again by its
    /// system after a whole second.
    int backlog = 4096;
};

/// Decides by the Authorization value whether a request may bring a large body. Asked only when it
/// announces one.
using BodyAuthorizer = std::function<bool(QByteArrayView authorization)>;

/// A loopback HTTP server on 127.0.0.1 and ::1. Stops when destroyed; the handler outlives it.
class HttpServer {
public:
    virtual ~HttpServer() = default;
    /// Binds both loopback addresses; `port` 0 picks one that is free on both. An error names who
    /// holds the port. Only a machine without IPv6 may lack ::1.
    [[nodiscard]] virtual Result<quint16> listen(quint16 port) = 0;
    /// Closes listening sockets and ends idle connections and streams. A request that is being
    /// handled may still be answered, as long as the server lives.
    virtual void stop() = 0;
    /// True when no request waits for its answer and no answer for being written.
    [[nodiscard]] virtual bool isQuiet() const = 0;
};

/// The one implementation, on QHttpServer (http/qt). Lives on the calling thread.
[[nodiscard]] std::unique_ptr<HttpServer> makeHttpServer(RequestHandler &, HttpLimits = {},
                                                         BodyAuthorizer = {});

} // namespace gatehouse::http

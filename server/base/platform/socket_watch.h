// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/platform/descriptor.h>

#include <QSocketNotifier>

#include <functional>
#include <memory>

namespace gatehouse::platform {

/// Says which of many sockets can be read or written, from the event loop of the thread that made
/// it. Qt's event loop goes through all sockets that it watches at every turn; here it watches
/// one thing for all of them, and those on which nothing happens cost nothing. On Linux that is an
/// epoll descriptor.
class SocketWatch {
public:
    /// What can be done without waiting. Reading includes finding out that the connection is over.
    struct Ready {
        bool reading = false;
        bool writing = false;
    };
    /// Told again at every turn until the bytes are read, or the writing is not watched any more.
    /// It may remove the socket that it is told of and no other one, and must not destroy the
    /// watch.
    using OnReady = std::function<void(qintptr descriptor, Ready ready)>;

    explicit SocketWatch(OnReady onReady);

    /// Watches an open socket until remove(), which must come before its descriptor is closed.
    /// False when the system has no room for it.
    [[nodiscard]] bool add(qintptr descriptor);
    void watchWriting(qintptr descriptor, bool isWatched);
    void remove(qintptr descriptor);

private:
    void tellReady();

    OnReady m_onReady;
    Descriptor m_poll;
    std::unique_ptr<QSocketNotifier> m_notifier;
};

} // namespace gatehouse::platform

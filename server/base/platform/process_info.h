// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHostAddress>
#include <QString>
#include <QStringList>

#include <optional>

namespace gatehouse::platform {

/// A program on this computer as the system tells it. Not verified: another program of the same
/// user can take any name.
struct ProcessInfo {
    qint64 pid = 0;
    QString name; ///< of the executable, for example "claude"
    QString path; ///< of the executable; empty when it cannot be told
    QStringList parents = {}; ///< names, the nearest first, without init and session managers
};

/// Whoever listens on a TCP port.
struct Listener {
    uint user = 0;
    std::optional<ProcessInfo> process = {}; ///< only for processes of this user
};

/// Both ends of a TCP connection that this process has accepted.
struct ConnectionEnds {
    QHostAddress peer;
    quint16 peerPort = 0;
    QHostAddress local;
    quint16 localPort = 0;
};

/// The process of this user at the other end of a loopback connection. Reads /proc: takes
/// milliseconds, so it is not for the server's thread.
[[nodiscard]] std::optional<ProcessInfo> processOfLoopbackPeer(const ConnectionEnds &ends);

/// The process at the other end of a Unix socket. Nothing when it is gone or another user's.
[[nodiscard]] std::optional<ProcessInfo> processOfUnixPeer(qintptr descriptor);

/// Who listens on this port of any loopback or wildcard address; nothing when nobody does. Where
/// several users do, it is one of the others. Reads /proc: takes milliseconds, so it is not for the
/// server's thread.
[[nodiscard]] std::optional<Listener> listenerOn(quint16 port);

} // namespace gatehouse::platform

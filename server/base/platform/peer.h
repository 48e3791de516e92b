// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArrayView>
#include <QHostAddress>

#include <optional>

namespace gatehouse::platform {

/// The numeric user id of this process.
[[nodiscard]] uint currentUser();

/// The user id that owns the other end of a TCP connection on loopback. `peer` is that end as this
/// process sees it, `local` ours. Nothing when the system does not tell. Takes microseconds.
[[nodiscard]] std::optional<uint> userOfLoopbackPeer(const QHostAddress &peer, quint16 peerPort,
                                                     const QHostAddress &local, quint16 localPort);

/// The user id at the other end of a Unix socket, from the kernel. Nothing when it cannot be told.
[[nodiscard]] std::optional<uint> userOfUnixPeer(qintptr descriptor);

/// The process id at the other end of a Unix socket, as it was when it connected.
[[nodiscard]] std::optional<qint64> pidOfUnixPeer(qintptr descriptor);

/// Writes to a TCP connection as much as the system takes at once; returns how many bytes it took.
/// An error counts as none: the socket that owns the descriptor meets it at its next turn.
[[nodiscard]] qint64 sendNow(qintptr descriptor, QByteArrayView bytes);

/// True when bytes have arrived on a TCP connection that nobody has read yet.
[[nodiscard]] bool hasUnread(qintptr descriptor);

/// Throws away some of what has arrived on a TCP connection; returns how many bytes, 0 when there
/// was nothing. Nothing when no more can arrive, because the other end has closed it or is gone.
[[nodiscard]] std::optional<qint64> discardArrived(qintptr descriptor);

/// Tells the other end of a TCP connection that nothing more will be written; reading goes on.
void endWriting(qintptr descriptor);

/// The command name of the process that listens on a loopback TCP port and belongs to this user,
/// for a message like: The program "node" (process 3120) uses port 8377. Empty when it cannot be
/// told.
[[nodiscard]] QString describeListener(quint16 port);

} // namespace gatehouse::platform

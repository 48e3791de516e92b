// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHostAddress>
#include <QList>

#include <optional>

namespace gatehouse::platform {

/// One TCP socket of this computer, as /proc/net/tcp and tcp6 list it.
struct TcpRow {
    QHostAddress local; ///< an IPv4 address that was mapped into IPv6 stands here as IPv4
    quint16 localPort = 0;
    QHostAddress remote;
    quint16 remotePort = 0;
    bool isListening = false;
    uint user = 0;
    quint64 inode = 0; ///< 0 when no process has it open any more
};

/// The sockets of one such file's text; lines that make no sense are left out.
[[nodiscard]] QList<TcpRow> parseTcpTable(const QByteArray &text);

/// The TCP sockets of this computer that have this port at one end. Takes milliseconds.
[[nodiscard]] QList<TcpRow> readTcpTables(quint16 port);

/// The connection with these ends, seen from the side of `local`.
[[nodiscard]] std::optional<TcpRow> findConnection(const QList<TcpRow> &rows,
                                                   const QHostAddress &local, quint16 localPort,
                                                   const QHostAddress &remote, quint16 remotePort);

/// Who would get a connection to this port of a loopback address: sockets that listen on loopback
/// or on all addresses. Where several users do, it is one that is not `user`.
[[nodiscard]] std::optional<TcpRow> findListener(const QList<TcpRow> &rows, quint16 port,
                                                 uint user);

} // namespace gatehouse::platform

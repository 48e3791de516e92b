// SPDX-License-Identifier: GPL-3.0-or-later
#include <base/platform/tcp_table.h>

#include <QFile>
#include <QtEndian>

#include <array>
#include <cstring>

namespace gatehouse::platform {

using namespace Qt::StringLiterals;

namespace {

constexpr auto kListenState = "0A"; // TCP_LISTEN
constexpr qsizetype kFields = 10;

struct End {
    QHostAddress address;
    quint16 port = 0;
};

/// IPv4 that came through an IPv6 socket is IPv4 to whoever compares.
QHostAddress plain(const QHostAddress &address)
{
    bool isMapped = false;
    const auto v4 = address.toIPv4Address(&isMapped);
    return isMapped && address.protocol() == QAbstractSocket::IPv6Protocol ? QHostAddress(v4)
                                                                           : address;
}

/// "0100007F:1F90": the address in words of the machine's byte order, then the port.
std::optional<End> parseEnd(const QByteArray &text)
{
    const auto colon = text.indexOf(':');
    if (colon != 8 && colon != 32)
        return std::nullopt;
    bool ok = false;
    const auto port = text.mid(colon + 1).toUShort(&ok, 16);
    std::array<quint32, 4> words{};
    for (qsizetype i = 0; ok && i < colon / 8; ++i)
        words.at(size_t(i)) = text.mid(8 * i, 8).toUInt(&ok, 16);
    if (!ok)
        return std::nullopt;
    if (colon == 8)
        return End{QHostAddress(qFromBigEndian(words.front())), port};
    Q_IPV6ADDR bytes;
    std::memcpy(&bytes, words.data(), sizeof bytes);
    return End{plain(QHostAddress(bytes)), port};
}

std::optional<TcpRow> parseRow(const QByteArray &line)
{
    const auto fields = line.simplified().split(' ');
    if (fields.size() < kFields)
        return std::nullopt;
    const auto local = parseEnd(fields.at(1));
    const auto remote = parseEnd(fields.at(2));
    bool hasUser = false;
    bool hasInode = false;
    const auto user = fields.at(7).toUInt(&hasUser);
    const auto inode = fields.at(9).toULongLong(&hasInode);
    if (!local || !remote || !hasUser || !hasInode)
        return std::nullopt;
    return TcpRow{
        local->address, local->port, remote->address, remote->port, fields.at(3) == kListenState,
        user,           inode};
}

bool takesLoopback(const QHostAddress &address)
{
    return address.isLoopback() || address == QHostAddress(QHostAddress::AnyIPv4)
        || address == QHostAddress(QHostAddress::AnyIPv6);
}

} // namespace

QList<TcpRow> parseTcpTable(const QByteArray &text)
{
    QList<TcpRow> rows;
    const auto lines = text.split('\n');
    for (const auto &line : lines) {
        if (auto row = parseRow(line))
            rows.append(std::move(*row));
    }
    return rows;
}

QList<TcpRow> readTcpTables(quint16 port)
{
    // Only lines that matter are kept: tens of thousands of connections may be waiting for their
    // end.
    const auto portField =
        ':' + QByteArray::number(port, 16).toUpper().rightJustified(4, '0') + ' ';
    QByteArray lines;
    for (const auto &path : {u"/proc/net/tcp"_s, u"/proc/net/tcp6"_s}) {
        QFile table(path);
        if (!table.open(QIODevice::ReadOnly))
            continue;
        for (auto line = table.readLine(); !line.isEmpty(); line = table.readLine()) {
            if (line.contains(portField))
                lines += line;
        }
    }
    return parseTcpTable(lines);
}

std::optional<TcpRow> findConnection(const QList<TcpRow> &rows, const QHostAddress &local,
                                     quint16 localPort, const QHostAddress &remote,
                                     quint16 remotePort)
{
    const auto from = plain(local);
    const auto to = plain(remote);
    for (const auto &row : rows) {
        if (!row.isListening && row.localPort == localPort && row.remotePort == remotePort
            && row.local == from && row.remote == to)
            return row;
    }
    return std::nullopt;
}

std::optional<TcpRow> findListener(const QList<TcpRow> &rows, quint16 port, uint user)
{
    std::optional<TcpRow> own;
    for (const auto &row : rows) {
        if (!row.isListening || row.localPort != port || !takesLoopback(row.local))
            continue;
        if (row.user != user)
            return row;
        if (!own)
            own = row;
    }
    return own;
}

} // namespace gatehouse::platform

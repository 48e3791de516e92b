// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHostAddress>
#include <QTcpServer>

namespace gatehouse::tests {

/// True when nobody listens on this port on either loopback address.
inline bool isPortFree(quint16 port)
{
    QTcpServer v4;
    QTcpServer v6;
    return v4.listen(QHostAddress::LocalHost, port) && v6.listen(QHostAddress::LocalHostIPv6, port);
}

/// The first of `count` ports in a row that are free on both loopback addresses, for servers that
/// must know their port before they listen; 0 when there are none.
inline quint16 freePorts(int count)
{
    for (int attempt = 0; attempt < 100; ++attempt) {
        QTcpServer probe;
        if (!probe.listen(QHostAddress::LocalHost))
            return 0;
        const auto first = probe.serverPort();
        probe.close();
        bool allFree = first + count < 65536;
        for (int i = 0; allFree && i < count; ++i)
            allFree = isPortFree(quint16(first + i));
        if (allFree)
            return first;
    }
    return 0;
}

} // namespace gatehouse::tests

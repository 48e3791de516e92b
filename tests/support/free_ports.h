// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHostAddress>
#include <QRandomGenerator>
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
/// must know their port before they listen, and between two starts; 0 when there are none. Below
/// those that the system hands out by itself, so that no other test gets them meanwhile.
inline quint16 freePorts(int count)
{
    for (int attempt = 0; attempt < 100; ++attempt) {
        const auto first = quint16(QRandomGenerator::system()->bounded(10'240, 32'000));
        bool allFree = true;
        for (int i = 0; allFree && i < count; ++i)
            allFree = isPortFree(quint16(first + i));
        if (allFree)
            return first;
    }
    return 0;
}

} // namespace gatehouse::tests

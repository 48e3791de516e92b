// SPDX-License-Identifier: GPL-3.0-or-later
#include <app/ports.h>

#include <QTcpServer>

namespace gatehouse::app {

using namespace Qt::StringLiterals;

namespace {

bool isFree(quint16 port)
{
    QTcpServer v4;
    QTcpServer v6;
    if (!v4.listen(QHostAddress::LocalHost, port))
        return false;
    return v6.listen(QHostAddress::LocalHostIPv6, port)
        || v6.serverError() != QAbstractSocket::AddressInUseError;
}

} // namespace

Result<quint16> chooseFreePorts(int count)
{
    constexpr int kTries = 50;
    for (int i = 0; i < kTries; ++i) {
        QTcpServer probe;
        if (!probe.listen(QHostAddress::LocalHost, 0))
            break;
        const auto first = probe.serverPort();
        probe.close();
        bool free = first <= 65535 - count;
        for (int offset = 0; free && offset < count; ++offset)
            free = isFree(quint16(first + offset));
        if (free)
            return first;
    }
    return fail(Error{u"No free port was found on this computer."_s, u"Name one with --port."_s});
}

} // namespace gatehouse::app

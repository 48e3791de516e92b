// SPDX-License-Identifier: GPL-3.0-or-later
#include <app/ports.h>

#include <base/random.h>

#include <QTcpServer>

namespace gatehouse::app {

using namespace Qt::StringLiterals;

namespace {

/// Below those that systems hand out for connections (RFC 6335 §6; Linux begins at 32768): the
/// ports are kept, and have to be free at the next start too.
constexpr int kLowest = 10'240;
constexpr int kHighest = 32'000;

} // namespace

bool isPortFree(quint16 port)
{
    QTcpServer v4;
    QTcpServer v6;
    if (!v4.listen(QHostAddress::LocalHost, port))
        return false;
    return v6.listen(QHostAddress::LocalHostIPv6, port)
        || v6.serverError() != QAbstractSocket::AddressInUseError;
}

Result<quint16> chooseFreePorts(int count, RandomSource &random)
{
    constexpr int kTries = 100;
    for (int i = 0; i < kTries; ++i) {
        const auto bytes = random.bytes(2);
        const auto number = uchar(bytes.at(0)) * 256 + uchar(bytes.at(1));
        const auto first = quint16(kLowest + number % (kHighest - kLowest - count));
        bool free = true;
        for (int offset = 0; free && offset < count; ++offset)
            free = isPortFree(quint16(first + offset));
        if (free)
            return first;
    }
    return fail(Error{u"No free port was found on this computer."_s, u"Name one with --port."_s});
}

} // namespace gatehouse::app

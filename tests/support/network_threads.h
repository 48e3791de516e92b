// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDir>
#include <QFile>
#include <QTest>

#include <algorithm>

namespace gatehouse::tests {

/// Waits until the threads of QNetworkAccessManager have ended as the system sees it. Qt waits for
/// the end of their work; OpenSSL frees what it keeps of a thread a moment later, and what it could
/// not free before the process ends looks like a leak. For cleanupTestCase().
inline void awaitEndOfNetworkThreads()
{
    const auto isNetworkThread = [](const QString &id) {
        QFile name(QStringLiteral("/proc/self/task/%1/comm").arg(id));
        return name.open(QIODevice::ReadOnly) && name.readAll().startsWith("QNetworkAccess");
    };
    const auto haveEnded = [&isNetworkThread] {
        const auto threads = QDir(QStringLiteral("/proc/self/task")).entryList(QDir::Dirs);
        return std::none_of(threads.begin(), threads.end(), isNetworkThread);
    };
    QVERIFY(QTest::qWaitFor(haveEnded, 10'000));
}

} // namespace gatehouse::tests

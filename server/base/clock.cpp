// SPDX-License-Identifier: GPL-3.0-or-later
#include <base/clock.h>

#include <QDateTime>
#include <QTimer>

namespace gatehouse {

Instant SystemClock::now() const
{
    return std::chrono::time_point_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now());
}

void SystemClock::after(std::chrono::milliseconds delay, QObject *context,
                        std::function<void()> work)
{
    // Qt counts milliseconds in an int: 24 days.
    static constexpr std::chrono::milliseconds kLongest = 24h;
    if (delay > kLongest) {
        QTimer::singleShot(kLongest, context, [this, delay, context, work = std::move(work)] {
            after(delay - kLongest, context, work);
        });
        return;
    }
    // Qt's coarse timers may be late by a twentieth: half a minute in ten.
    QTimer::singleShot(std::max(delay, 0ms), Qt::PreciseTimer, context, std::move(work));
}

qint64 toMilliseconds(Instant instant)
{
    return instant.time_since_epoch().count();
}

Instant fromMilliseconds(qint64 milliseconds)
{
    return Instant(std::chrono::milliseconds(milliseconds));
}

QString toRfc3339(Instant instant)
{
    return QDateTime::fromMSecsSinceEpoch(toMilliseconds(instant)).toUTC().toString(Qt::ISODate);
}

} // namespace gatehouse

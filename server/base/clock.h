// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>

#include <chrono>
#include <functional>

namespace gatehouse {

using namespace std::chrono_literals;

/// A point in time in UTC, to the millisecond.
using Instant = std::chrono::sys_time<std::chrono::milliseconds>;

/// Tells the time and schedules work. Constructed by the composition root, outlives every user;
/// tests set one by hand.
class Clock {
public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual Instant now() const = 0;
    /// Calls `work` once after `delay`, on the calling thread, unless `context` is gone by then.
    virtual void after(std::chrono::milliseconds delay, QObject *context,
                       std::function<void()> work) = 0;
};

/// The machine's clock and Qt's timers.
class SystemClock final : public Clock {
public:
    [[nodiscard]] Instant now() const override;
    void after(std::chrono::milliseconds delay, QObject *context,
               std::function<void()> work) override;
};

/// Milliseconds since 1970-01-01T00:00Z, as the database stores times.
[[nodiscard]] qint64 toMilliseconds(Instant);
[[nodiscard]] Instant fromMilliseconds(qint64);
/// RFC 3339 in UTC with seconds, for example 2026-11-23T14:31:00Z.
[[nodiscard]] QString toRfc3339(Instant);

} // namespace gatehouse

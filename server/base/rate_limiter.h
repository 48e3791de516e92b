// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>

#include <QByteArray>
#include <QHash>

#include <optional>

namespace gatehouse {

/// How many requests pass in a minute: of one caller, and of all strangers together.
struct RateLimits {
    int perCaller = 300;
    int strangers = 1200;
};

/// Token buckets, one per caller and one that strangers share. Whoever the person has let in before
/// is held to their own bucket alone, so that a flood of strangers shuts nobody out. Remembers a
/// bounded number of callers. Lives as long as the endpoint that asks it.
class RateLimiter {
public:
    explicit RateLimiter(Clock &clock, RateLimits limits = {})
        : m_clock(clock), m_limits(limits) { }
    /// Nothing: the request may go on, and was counted. Otherwise how long to wait, at least 1 s.
    [[nodiscard]] std::optional<std::chrono::seconds> admit(const QByteArray &caller,
                                                            bool isStranger);

private:
    struct Bucket {
        double left = 0;
        Instant filledAt;
    };

    [[nodiscard]] Bucket &bucketOf(const QByteArray &caller);
    void fill(Bucket &bucket, int perMinute) const;
    void forgetFullOnes();

    Clock &m_clock;
    RateLimits m_limits;
    QHash<QByteArray, Bucket> m_callers;
    std::optional<Bucket> m_strangers;
};

} // namespace gatehouse

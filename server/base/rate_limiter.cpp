// SPDX-License-Identifier: GPL-3.0-or-later
#include <base/rate_limiter.h>

#include <algorithm>
#include <cmath>

namespace gatehouse {

namespace {

constexpr qsizetype kMostCallers = 4096;
/// Callers beyond that share this bucket.
constexpr auto kOthers = "";

/// Nothing when one more fits in, which is not taken yet.
std::optional<std::chrono::seconds> waitFor(double left, int perMinute)
{
    if (left >= 1)
        return std::nullopt;
    return std::chrono::seconds(std::max(1, int(std::ceil((1 - left) * 60 / perMinute))));
}

} // namespace

std::optional<std::chrono::seconds> RateLimiter::admit(const QByteArray &caller, bool isStranger)
{
    auto &own = bucketOf(caller);
    if (const auto wait = waitFor(own.left, m_limits.perCaller))
        return wait;
    if (isStranger) {
        if (!m_strangers)
            m_strangers = Bucket{double(m_limits.strangers), m_clock.now()};
        fill(*m_strangers, m_limits.strangers);
        if (const auto wait = waitFor(m_strangers->left, m_limits.strangers))
            return wait;
        m_strangers->left -= 1;
    }
    own.left -= 1;
    return std::nullopt;
}

RateLimiter::Bucket &RateLimiter::bucketOf(const QByteArray &caller)
{
    if (m_callers.size() >= kMostCallers && !m_callers.contains(caller))
        forgetFullOnes();
    const bool hasRoom = m_callers.contains(caller) || m_callers.size() < kMostCallers;
    const auto key = hasRoom ? caller : QByteArray(kOthers);
    auto found = m_callers.find(key);
    if (found == m_callers.end())
        found = m_callers.insert(key, {double(m_limits.perCaller), m_clock.now()});
    fill(*found, m_limits.perCaller);
    return *found;
}

/// A clock that was set back fills nothing, and takes nothing away.
void RateLimiter::fill(Bucket &bucket, int perMinute) const
{
    const auto now = m_clock.now();
    const auto passed =
        std::chrono::duration<double>(std::max(now - bucket.filledAt, Instant::duration(0)));
    bucket.left = std::min(double(perMinute), bucket.left + passed.count() * perMinute / 60);
    bucket.filledAt = now;
}

void RateLimiter::forgetFullOnes()
{
    m_callers.removeIf([this](const std::pair<const QByteArray &, Bucket &> &item) {
        fill(item.second, m_limits.perCaller);
        return item.second.left >= m_limits.perCaller;
    });
}

} // namespace gatehouse

// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/manual_clock.h"

#include <algorithm>

namespace gatehouse::tests {

void ManualClock::after(std::chrono::milliseconds delay, QObject *context,
                        std::function<void()> work)
{
    m_work.push_back({m_now + delay, context, std::move(work)});
}

std::optional<std::chrono::milliseconds> ManualClock::untilNext() const
{
    std::optional<std::chrono::milliseconds> next;
    for (const auto &work : m_work) {
        if (work.context)
            next = std::min(next.value_or(work.due - m_now), work.due - m_now);
    }
    return next;
}

void ManualClock::advance(std::chrono::milliseconds by)
{
    const Instant end = m_now + by;
    for (;;) {
        const auto next =
            std::min_element(m_work.begin(), m_work.end(),
                             [](const Work &a, const Work &b) { return a.due < b.due; });
        if (next == m_work.end() || next->due > end)
            break;
        auto work = std::move(*next);
        m_work.erase(next);
        m_now = std::max(m_now, work.due);
        if (work.context)
            work.run();
    }
    m_now = end;
}

void ManualClock::sleepFor(std::chrono::milliseconds time)
{
    m_now += time;
    advance(0ms);
}

} // namespace gatehouse::tests

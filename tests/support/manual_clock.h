// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>

#include <QPointer>

#include <optional>
#include <vector>

namespace gatehouse::tests {

/// A clock that stands still until a test moves it; scheduled work runs inside advance().
class ManualClock final : public Clock {
public:
    [[nodiscard]] Instant now() const override { return m_now; }
    void after(std::chrono::milliseconds delay, QObject *context,
               std::function<void()> work) override;
    /// How long until the next scheduled work; nothing when there is none.
    [[nodiscard]] std::optional<std::chrono::milliseconds> untilNext() const;
    void advance(std::chrono::milliseconds by);
    /// The computer sleeps: whatever falls due meanwhile runs once, afterwards.
    void sleepFor(std::chrono::milliseconds time);

private:
    struct Work {
        Instant due;
        QPointer<QObject> context;
        std::function<void()> run;
    };

    Instant m_now = fromMilliseconds(1'795'000'000'000); // 2026-11-18
    std::vector<Work> m_work;
};

} // namespace gatehouse::tests

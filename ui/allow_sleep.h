// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>

namespace gatehouse::ui {

/// The half second in which "Allow" sleeps after anything that the person may not have seen yet.
/// Lives in an approval window.
class AllowSleep final : public QObject {
    Q_OBJECT

public:
    explicit AllowSleep(Clock &clock) : m_clock(clock) { }

    /// From now on, however much of an earlier sleep is left.
    void begin();
    [[nodiscard]] bool isOver() const { return m_over; }

Q_SIGNALS:
    void ended();

private:
    Clock &m_clock;
    bool m_over = false;
    int m_count = 0; ///< numbers them, so that only the last one ends in waking
};

} // namespace gatehouse::ui

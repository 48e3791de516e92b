// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>

class QWidget;

namespace gatehouse::ui {

/// The time until a request expires, which passes aloud while its window is shown. Lives in an
/// approval window.
class ExpiryCountdown final : public QObject {
    Q_OBJECT

public:
    ExpiryCountdown(Clock &clock, const QWidget &window) : m_clock(clock), m_window(window) { }

    /// Counts anew, to this moment.
    void begin(Instant end);
    /// The window is shown now: ticks until it no longer is.
    void onShown();
    [[nodiscard]] std::chrono::milliseconds left() const { return m_end - m_clock.now(); }

Q_SIGNALS:
    /// Each second.
    void ticked();
    /// After ticked(), when so little is left that the person is to hear it.
    void runningOut();

private:
    void tick();

    Clock &m_clock;
    const QWidget &m_window;
    Instant m_end;
    std::chrono::milliseconds m_leftBefore{}; ///< at the last tick
    bool m_ticking = false;
};

} // namespace gatehouse::ui

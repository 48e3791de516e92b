// SPDX-License-Identifier: GPL-3.0-or-later
#include <ui/expiry_countdown.h>

#include <QWidget>

#include <array>

namespace gatehouse::ui {

namespace {

constexpr auto kTick = 1s;
constexpr std::array kAloud{60s, 15s};

} // namespace

void ExpiryCountdown::begin(Instant end)
{
    m_end = end;
    m_leftBefore = left();
}

void ExpiryCountdown::onShown()
{
    if (!m_ticking)
        tick();
}

void ExpiryCountdown::tick()
{
    m_ticking = m_window.isVisible();
    if (!m_ticking)
        return;
    Q_EMIT ticked();
    const auto now = left();
    for (const auto moment : kAloud) {
        if (now <= moment && m_leftBefore > moment)
            Q_EMIT runningOut();
    }
    m_leftBefore = now;
    m_clock.after(kTick, this, [this] { tick(); });
}

} // namespace gatehouse::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#include <ui/allow_sleep.h>

namespace gatehouse::ui {

namespace {

constexpr auto kSleep = 500ms;

} // namespace

void AllowSleep::begin()
{
    m_over = false;
    m_clock.after(kSleep, this, [this, number = ++m_count] {
        if (number != m_count)
            return;
        m_over = true;
        Q_EMIT ended();
    });
}

} // namespace gatehouse::ui

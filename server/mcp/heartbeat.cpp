// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/heartbeat.h>

namespace gatehouse::mcp {

void Heartbeat::start()
{
    if (!std::exchange(m_running, true))
        m_clock.after(kInterval, this, [this] { beat(); });
}

void Heartbeat::beat()
{
    m_running = false;
    if (m_beatAll())
        start();
}

} // namespace gatehouse::mcp

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
    bool anyStream = false;
    m_sessions.forEach([&](Session &session) {
        session.beat();
        anyStream = anyStream || session.hasStreams();
    });
    if (anyStream)
        start();
}

} // namespace gatehouse::mcp

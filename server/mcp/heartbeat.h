// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>
#include <mcp/session_store.h>

#include <QObject>

namespace gatehouse::mcp {

/// Writes a comment to every open stream every 15 s, so that neither clients (undici gives up after
/// 300 s of silence) nor anything between them takes it for dead. One timer for all streams, none
/// while there is no stream. Lives as long as the McpServer.
class Heartbeat : public QObject {
    Q_OBJECT

public:
    Heartbeat(Clock &clock, SessionStore &sessions) : m_clock(clock), m_sessions(sessions) { }

    /// To be called whenever a stream was opened.
    void start();

    static constexpr auto kInterval = std::chrono::seconds(15);

private:
    void beat();

    Clock &m_clock;
    SessionStore &m_sessions;
    bool m_running = false;
};

} // namespace gatehouse::mcp

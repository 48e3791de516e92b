// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>

#include <QObject>

#include <functional>

namespace gatehouse::mcp {

/// Has a comment written to every open stream every 15 s, so that neither clients (undici gives up
/// after 300 s of silence) nor anything between them takes it for dead. One timer for all streams,
/// none while there is no stream. Lives as long as the McpServer.
class Heartbeat : public QObject {
    Q_OBJECT

public:
    /// `beatAll` writes to every stream and says whether there is any.
    Heartbeat(Clock &clock, std::function<bool()> beatAll)
        : m_clock(clock), m_beatAll(std::move(beatAll))
    {
    }

    /// To be called whenever a stream was opened.
    void start();

    static constexpr auto kInterval = std::chrono::seconds(15);

private:
    void beat();

    Clock &m_clock;
    std::function<bool()> m_beatAll;
    bool m_running = false;
};

} // namespace gatehouse::mcp

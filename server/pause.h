// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>
#include <base/result.h>

#include <QObject>

#include <optional>

namespace gatehouse::store {
class InstanceStore;
}

namespace gatehouse {

/// How far access is paused.
struct PauseState {
    bool paused = false;
    std::optional<Instant> until = {}; ///< empty while paused: until resumed
};

/// Whether the person has paused all access, across restarts. Lives as long as the service; what
/// follows from a pause is for those who listen to changed().
class Pause : public QObject {
    Q_OBJECT

public:
    Pause(Clock &clock, store::InstanceStore &instance, QObject *parent = nullptr);

    /// Takes up a pause of an earlier process. Once, before the first request is served: whoever
    /// paused access must find it paused.
    [[nodiscard]] Result<std::monostate> load();
    /// Until it is ended, or for so long. What holds stays when it cannot be stored.
    [[nodiscard]] Result<std::monostate> begin(std::optional<std::chrono::milliseconds> duration);
    [[nodiscard]] Result<std::monostate> end();
    /// Ends a pause whose time is over. Timers stand still while the computer sleeps and know
    /// nothing of a clock that is set: what counts is the time that the person was told, so ask
    /// every now and then.
    void endInTime();
    [[nodiscard]] PauseState state() const { return m_state; }

Q_SIGNALS:
    /// state() is another.
    void changed();

private:
    void apply(const PauseState &state);
    [[nodiscard]] Result<std::monostate> keep(const PauseState &state);

    Clock &m_clock;
    store::InstanceStore &m_instance;
    PauseState m_state;
    quint64 m_number = 0; ///< of the latest change
};

} // namespace gatehouse

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>
#include <store/activity_writer.h>

#include <QList>
#include <QObject>

namespace gatehouse::store {
class ActivityStore;
}

namespace gatehouse {

/// Writes down what happened. Every transaction waits for the disk, far longer than a tool call
/// takes; so calls are collected for a moment and written together on another thread, while what
/// the person decided is on the disk at once. Whoever reads the store first has the rest written.
/// Lives as long as the service, on its thread.
class ActivityLog : public QObject {
public:
    /// `store` is of the database at `path`.
    ActivityLog(Clock &clock, store::ActivityStore &store, const QString &path)
        : m_clock(clock), m_store(store), m_writer(path)
    {
    }
    ActivityLog(const ActivityLog &) = delete;
    ActivityLog &operator=(const ActivityLog &) = delete;
    ~ActivityLog() override;

    /// Written soon after kDelay, or earlier with what is recorded or read. Lost if the process is
    /// killed before.
    void recordSoon(const store::Activity &activity);
    /// Written when this returns, after everything before it. An error is only logged.
    void record(const store::Activity &activity);
    /// Writes what is still collected, and waits for what is being written.
    void write();

    static constexpr auto kDelay = 100ms;
    /// So many are not collected any longer.
    static constexpr qsizetype kMostCollected = 1000;
    /// A disk that does not keep up holds up calls from so many on, before it fills the memory.
    static constexpr qsizetype kMostWaiting = 5 * kMostCollected;

private:
    void makeDue();
    void handOver();

    Clock &m_clock;
    store::ActivityStore &m_store;
    store::ActivityWriter m_writer;
    QList<store::Activity> m_collected;
    bool m_isDue = false;
};

} // namespace gatehouse

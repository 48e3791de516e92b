// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <store/records.h>

#include <QList>
#include <QObject>
#include <QThread>

#include <future>
#include <memory>

namespace gatehouse::store {

class Database;

/// Writes down what happened on a thread of its own, so that nobody waits for the disk meanwhile.
/// Belongs to one thread; ends before the file that it writes to is moved or removed.
class ActivityWriter {
public:
    /// `path` is a database that is open, and of today's schema.
    explicit ActivityWriter(const QString &path);
    ActivityWriter(const ActivityWriter &) = delete;
    ActivityWriter &operator=(const ActivityWriter &) = delete;
    /// Writes what it was given before it returns.
    ~ActivityWriter();

    /// Returns at once. A few rows at a time, after everything from before; an error is only
    /// logged.
    void write(const QList<Activity> &activities);
    [[nodiscard]] bool isBusy() const;
    /// Returns when everything is written.
    void wait() const;

private:
    /// On the thread.
    struct Desk : QObject {
        explicit Desk(QString file);
        ~Desk() override;
        void write(const QList<Activity> &activities);

        QString path;
        std::unique_ptr<Database> database;
    };

    QThread m_thread;
    Desk m_desk;
    std::future<void> m_written; ///< of the last write()
};

} // namespace gatehouse::store

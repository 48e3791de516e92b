// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/result.h>
#include <store/records.h>

#include <QList>

namespace gatehouse::store {

class Database;

/// What happened, newest first. Holds no token and no argument values.
class ActivityStore {
public:
    explicit ActivityStore(Database &database) : m_database(database) { }

    [[nodiscard]] Result<std::monostate> append(const Activity &activity);
    /// All of them, the oldest first, in one transaction, or none.
    [[nodiscard]] Result<std::monostate> append(const QList<Activity> &activities);
    [[nodiscard]] Result<QList<Activity>> newest(int count) const;
    [[nodiscard]] Result<QList<Activity>> newestOf(const GrantId &grant, int count) const;
    /// Forgets what is older, in one bounded step; answers how many rows went.
    [[nodiscard]] Result<qint64> purge(Instant before, int atMost);

private:
    Database &m_database;
};

} // namespace gatehouse::store

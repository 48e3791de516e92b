// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>
#include <base/result.h>

#include <QByteArray>

namespace gatehouse::store {

class Database;

/// The last sessions that clients have deleted, by the hash of their ID and when it was made.
class DeletedSessionStore {
public:
    explicit DeletedSessionStore(Database &database, qint64 most = 5000)
        : m_database(database), m_most(most)
    {
    }

    /// When there are too many, the one whose ID is the oldest goes; see contains().
    [[nodiscard]] Result<std::monostate> insert(const QByteArray &hash, Instant issuedAt);
    /// True as well for an ID that is older than all that are kept, when some had to go: it may
    /// have been among them.
    [[nodiscard]] Result<bool> contains(const QByteArray &hash, Instant issuedAt) const;
    /// Forgets those with IDs from before, at most so many; how many it were.
    [[nodiscard]] Result<qint64> purge(Instant before, int atMost);

private:
    Database &m_database;
    qint64 m_most;
};

} // namespace gatehouse::store

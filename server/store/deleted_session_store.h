// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>
#include <base/ids.h>
#include <base/result.h>

#include <QByteArray>

namespace gatehouse::store {

class Database;

/// A session that its client has deleted.
struct DeletedSession {
    GrantId grant;
    Instant issuedAt; ///< when its ID was made
    QByteArray hash; ///< of its ID
};

/// The last sessions of each grant that its client has deleted.
class DeletedSessionStore {
public:
    explicit DeletedSessionStore(Database &database, qint64 mostOfGrant = 1000)
        : m_database(database), m_mostOfGrant(mostOfGrant)
    {
    }

    /// When a grant has too many, the one with the oldest ID goes; see contains().
    [[nodiscard]] Result<std::monostate> insert(const DeletedSession &session);
    /// True as well for an ID that is older than all of its grant that are kept, when some had to
    /// go: it may have been among them.
    [[nodiscard]] Result<bool> contains(const DeletedSession &session) const;
    /// Forgets those with IDs from before, at most so many; how many it were.
    [[nodiscard]] Result<qint64> purge(Instant before, int atMost);

private:
    Database &m_database;
    qint64 m_mostOfGrant;
};

} // namespace gatehouse::store

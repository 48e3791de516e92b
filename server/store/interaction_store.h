// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/result.h>
#include <store/records.h>

#include <QList>

namespace gatehouse::store {

class Database;

/// Authorization requests on their way: asked, decided, signed in, finished.
class InteractionStore {
public:
    explicit InteractionStore(Database &database) : m_database(database) { }

    [[nodiscard]] Result<std::monostate> insert(const Interaction &interaction);
    [[nodiscard]] Result<std::optional<Interaction>> find(const InteractionId &id) const;
    /// Raised, undecided and not expired, the earliest expiry first.
    [[nodiscard]] Result<QList<Interaction>> listWaiting(Instant now) const;
    /// False when it was raised before, decided, or is gone.
    [[nodiscard]] Result<bool> markRaised(const InteractionId &id, Instant now);
    /// Writes the decision if there is none yet and it has not expired; false otherwise.
    [[nodiscard]] Result<bool> decide(const Interaction &decided, Instant now);
    /// Moves Allowed or Denied to Finished, once; false otherwise.
    [[nodiscard]] Result<bool> finish(const InteractionId &id, InteractionState from);
    [[nodiscard]] Result<qint64> countOpen(Instant now) const;
    [[nodiscard]] Result<qint64> purge(Instant expiredBefore, int atMost);

private:
    Database &m_database;
};

} // namespace gatehouse::store

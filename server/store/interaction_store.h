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
    /// Asked to be raised but not raised, undecided and not expired, who asked first first.
    [[nodiscard]] Result<QList<Interaction>> listAsking(Instant now) const;
    [[nodiscard]] Result<qint64> countAsking(Instant now) const;
    /// Undecided ones of this redirect target, raised or not.
    [[nodiscard]] Result<QList<Interaction>> listPendingOf(const QString &target,
                                                           Instant now) const;
    /// Writes what belongs to raising: when it was asked for, the listener, whether it is raised.
    /// False when it was raised before, decided, or is gone.
    [[nodiscard]] Result<bool> updateRaising(const Interaction &interaction, Instant now);
    /// Writes the decision if there is none yet and it has not expired; false otherwise.
    [[nodiscard]] Result<bool> decide(const Interaction &decided, Instant now);
    /// Moves Allowed or Denied to Finished, once; false otherwise.
    [[nodiscard]] Result<bool> finish(const InteractionId &id, InteractionState from);
    /// Turns what was allowed but not finished into denials, of one client or of all; answers how
    /// many there were.
    [[nodiscard]] Result<qint64> withdrawAllowed(const std::optional<ClientId> &client,
                                                 Instant now);
    /// Pending and not expired.
    /// Of every kind and state.
    [[nodiscard]] Result<qint64> count(Instant now) const;
    /// Drops the oldest pending one that no person has seen; false when there is none.
    [[nodiscard]] Result<bool> dropOldestUnraised();
    /// Of those that were denied or finished, which only their pages ask for. False without any.
    [[nodiscard]] Result<bool> dropOldestDone();
    /// Denies every pending request of the kind Token.
    [[nodiscard]] Result<std::monostate> denyTokens();
    [[nodiscard]] Result<qint64> purge(Instant expiredBefore, int atMost);

private:
    Database &m_database;
};

} // namespace gatehouse::store

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/result.h>
#include <store/records.h>

#include <QList>

namespace gatehouse::store {

class Database;

/// What the person has allowed, per client and account.
class GrantStore {
public:
    explicit GrantStore(Database &database) : m_database(database) { }

    [[nodiscard]] Result<std::monostate> insert(const Grant &grant);
    [[nodiscard]] Result<std::optional<Grant>> find(const GrantId &id) const;
    /// Not revoked and not expired, newest first.
    [[nodiscard]] Result<QList<Grant>> listActive(Instant now) const;
    [[nodiscard]] Result<QList<Grant>> listActiveOf(const ClientId &client, Instant now) const;
    /// Not revoked, but expired within this time: a short list by its nature.
    [[nodiscard]] Result<QList<Grant>> listExpiredSince(Instant from, Instant now) const;
    /// Revoked or expired since then, the latest end first.
    [[nodiscard]] Result<QList<Grant>> listEnded(Instant from, Instant now, int atMost) const;
    /// The one that this client got last and that was not revoked: it may have expired.
    [[nodiscard]] Result<std::optional<Grant>> findLatestOf(const ClientId &client) const;
    /// Whether any client got a grant at this redirect target that was not revoked.
    [[nodiscard]] Result<bool> hasTarget(const QString &target) const;
    /// The names of clients with the newest grants that were not revoked, and what registered each.
    [[nodiscard]] Result<QList<GrantedName>> newestNames(int atMost) const;
    /// False when it was revoked before or does not exist. Deletes its tokens and codes too,
    /// of each at most a thousand: none is good without its grant.
    [[nodiscard]] Result<bool> revoke(const GrantId &id, Instant now, const QString &why);
    /// When grants were last used, in one transaction.
    [[nodiscard]] Result<std::monostate> touch(const QHash<GrantId, Instant> &used);

private:
    Database &m_database;
};

} // namespace gatehouse::store

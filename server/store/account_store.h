// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/result.h>
#include <store/records.h>

#include <QList>

namespace gatehouse::store {

class Database;

/// Identities that have signed in at a tenant. Tokens are not here but in the keychain.
class AccountStore {
public:
    explicit AccountStore(Database &database) : m_database(database) { }

    /// Inserts, or refreshes name, email, picture, time and scopes of the account with this issuer
    /// and subject. `account.id` is used only for a new one; the stored record is returned.
    [[nodiscard]] Result<Account> upsert(const Account &account);
    [[nodiscard]] Result<std::optional<Account>> find(const AccountId &id) const;
    /// By what the tenant calls it (OIDC Core §2: only both together are unique).
    [[nodiscard]] Result<std::optional<Account>> find(const QString &issuer,
                                                      const QString &subject) const;
    [[nodiscard]] Result<QList<Account>> list() const;
    /// Remembers that it has had a refresh token for this audience.
    [[nodiscard]] Result<std::monostate> noteAudience(const AccountId &id, const QString &audience);
    /// Those that were noted, also when no API of the configuration has them any more.
    [[nodiscard]] Result<QStringList> audiences(const AccountId &id) const;

private:
    Database &m_database;
};

} // namespace gatehouse::store

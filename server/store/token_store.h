// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/result.h>
#include <store/records.h>

namespace gatehouse::store {

class Database;

/// Authorization codes, access and refresh tokens, by the SHA-256 of their values.
class TokenStore {
public:
    explicit TokenStore(Database &database) : m_database(database) { }

    [[nodiscard]] Result<std::monostate> insert(const AuthorizationCode &code);
    [[nodiscard]] Result<std::optional<AuthorizationCode>> findCode(const QByteArray &hash) const;
    /// False when it was consumed before.
    [[nodiscard]] Result<bool> consumeCode(const QByteArray &hash, Instant now);

    [[nodiscard]] Result<std::monostate> insert(const AccessToken &token);
    [[nodiscard]] Result<std::optional<AccessToken>> findAccess(const QByteArray &hash) const;
    [[nodiscard]] Result<std::monostate> removeAccess(const QByteArray &hash);

    [[nodiscard]] Result<std::monostate> insert(const RefreshToken &token);
    [[nodiscard]] Result<std::optional<RefreshToken>> findRefresh(const QByteArray &hash) const;
    /// False when it was consumed before. It is remembered for a week, no longer: a client may
    /// exchange its tokens as often as it likes.
    [[nodiscard]] Result<bool> consumeRefresh(const QByteArray &hash, const QByteArray &successor,
                                              Instant now);

    /// Grants whose code expired before `before` and was never redeemed: nobody holds a token.
    [[nodiscard]] Result<QList<GrantId>> listUnfetched(Instant before, int atMost) const;
    /// Forgets what has expired, at most `atMost` of each kind: access tokens at once, codes and
    /// refresh tokens a day later. Answers how many went.
    [[nodiscard]] Result<qint64> purge(Instant now, int atMost);

private:
    Database &m_database;
};

} // namespace gatehouse::store

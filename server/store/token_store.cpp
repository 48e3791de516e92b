// SPDX-License-Identifier: GPL-3.0-or-later
#include <store/token_store.h>

#include <store/database.h>
#include <store/query.h>

#include <array>

namespace gatehouse::store {

using namespace Qt::StringLiterals;

namespace {

/// Codes and refresh tokens are remembered this long past their end, so that reuse is noticed; a
/// refresh token that was exchanged ends this long after.
constexpr auto kExpiredMemory = 24h;
constexpr auto kConsumedMemory = 7 * 24h;
constexpr auto kCodeColumns =
    "hash, access_grant, client, redirect_uri, code_challenge, expires_at, consumed_at"_L1;
constexpr auto kAccessColumns = "hash, access_grant, scopes, expires_at"_L1;
constexpr auto kRefreshColumns = "hash, access_grant, expires_at, consumed_at, successor_hash"_L1;

AuthorizationCode readCode(Row row)
{
    AuthorizationCode code;
    code.hash = row.bytes();
    code.grant = row.id<GrantId>();
    code.client = row.id<ClientId>();
    code.redirectUri = row.text();
    code.codeChallenge = row.text();
    code.expiresAt = row.instant();
    code.consumedAt = row.optionalInstant();
    return code;
}

GrantId readGrantId(Row row)
{
    return row.id<GrantId>();
}

AccessToken readAccess(Row row)
{
    AccessToken token;
    token.hash = row.bytes();
    token.grant = row.id<GrantId>();
    token.scopes = row.strings();
    token.expiresAt = row.instant();
    return token;
}

RefreshToken readRefresh(Row row)
{
    RefreshToken token;
    token.hash = row.bytes();
    token.grant = row.id<GrantId>();
    token.expiresAt = row.instant();
    token.consumedAt = row.optionalInstant();
    token.successorHash = row.bytes();
    return token;
}

} // namespace

Result<std::monostate> TokenStore::insert(const AuthorizationCode &code)
{
    return runOnly(
        m_database,
        u"INSERT INTO authorization_code (%1) VALUES (?, ?, ?, ?, ?, ?, ?)"_s.arg(kCodeColumns),
        {toColumn(code.hash), toColumn(code.grant), toColumn(code.client),
         toColumn(code.redirectUri), toColumn(code.codeChallenge), toColumn(code.expiresAt),
         toColumn(code.consumedAt)});
}

Result<std::optional<AuthorizationCode>> TokenStore::findCode(const QByteArray &hash) const
{
    return readOne(m_database,
                   u"SELECT %1 FROM authorization_code WHERE hash = ?"_s.arg(kCodeColumns),
                   {toColumn(hash)}, readCode);
}

Result<bool> TokenStore::consumeCode(const QByteArray &hash, Instant now)
{
    return runAndCount(m_database,
                       u"UPDATE authorization_code SET consumed_at = ? "
                       "WHERE hash = ? AND consumed_at IS NULL"_s,
                       {toColumn(now), toColumn(hash)})
        .map([](qint64 rows) { return rows == 1; });
}

Result<std::monostate> TokenStore::insert(const AccessToken &token)
{
    return runOnly(m_database,
                   u"INSERT INTO access_token (%1) VALUES (?, ?, ?, ?)"_s.arg(kAccessColumns),
                   {toColumn(token.hash), toColumn(token.grant), toColumn(token.scopes),
                    toColumn(token.expiresAt)});
}

Result<std::optional<AccessToken>> TokenStore::findAccess(const QByteArray &hash) const
{
    return readOne(m_database, u"SELECT %1 FROM access_token WHERE hash = ?"_s.arg(kAccessColumns),
                   {toColumn(hash)}, readAccess);
}

Result<std::monostate> TokenStore::removeAccess(const QByteArray &hash)
{
    return runOnly(m_database, u"DELETE FROM access_token WHERE hash = ?"_s, {toColumn(hash)});
}

Result<std::monostate> TokenStore::insert(const RefreshToken &token)
{
    return runOnly(m_database,
                   u"INSERT INTO refresh_token (%1) VALUES (?, ?, ?, ?, ?)"_s.arg(kRefreshColumns),
                   {toColumn(token.hash), toColumn(token.grant), toColumn(token.expiresAt),
                    toColumn(token.consumedAt), toColumn(token.successorHash)});
}

Result<std::optional<RefreshToken>> TokenStore::findRefresh(const QByteArray &hash) const
{
    return readOne(m_database,
                   u"SELECT %1 FROM refresh_token WHERE hash = ?"_s.arg(kRefreshColumns),
                   {toColumn(hash)}, readRefresh);
}

Result<bool> TokenStore::consumeRefresh(const QByteArray &hash, const QByteArray &successor,
                                        Instant now)
{
    return runAndCount(m_database,
                       u"UPDATE refresh_token SET consumed_at = ?, successor_hash = ?, "
                       "expires_at = min(expires_at, ?) WHERE hash = ? AND consumed_at IS NULL"_s,
                       {toColumn(now), toColumn(successor), toColumn(now + kConsumedMemory),
                        toColumn(hash)})
        .map([](qint64 rows) { return rows == 1; });
}

Result<QList<GrantId>> TokenStore::listUnfetched(Instant before, int atMost) const
{
    return readAll(m_database,
                   u"SELECT access_grant FROM authorization_code AS code WHERE expires_at < ? "
                   "AND consumed_at IS NULL AND (SELECT revoked_at FROM access_grant "
                   "WHERE id = code.access_grant) IS NULL ORDER BY expires_at LIMIT ?"_s,
                   {toColumn(before), toColumn(qint64(atMost))}, readGrantId);
}

Result<qint64> TokenStore::purge(Instant now, int atMost)
{
    const std::array<std::pair<QString, Instant>, 3> kTables{
        {{u"access_token"_s, now},
         {u"refresh_token"_s, now - kExpiredMemory},
         {u"authorization_code"_s, now - kExpiredMemory}}};
    qint64 gone = 0;
    for (const auto &[table, before] : kTables) {
        const auto rows =
            runAndCount(m_database,
                        u"DELETE FROM %1 WHERE hash IN (SELECT hash FROM %1 "
                        "WHERE expires_at < ? ORDER BY expires_at LIMIT ?)"_s.arg(table),
                        {toColumn(before), toColumn(qint64(atMost))});
        if (!rows)
            return rows;
        gone += *rows;
    }
    return gone;
}

} // namespace gatehouse::store

// SPDX-License-Identifier: GPL-3.0-or-later
#include <store/grant_store.h>

#include <store/database.h>
#include <store/query.h>

namespace gatehouse::store {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 kMostDeletedAtOnce = 1000;
constexpr auto kColumns = "id, client, client_name, account, scopes, resource, created_at, "
                          "expires_at, last_used_at, revoked_at, revoked_why, target"_L1;
/// As the index access_grant_active has it: with OR every grant that ever expired would be read.
constexpr auto kActive = "revoked_at IS NULL AND ifnull(expires_at, 9223372036854775807) > ?"_L1;

Grant readGrant(Row row)
{
    Grant grant;
    grant.id = row.id<GrantId>();
    grant.client = row.id<ClientId>();
    grant.clientName = row.text();
    grant.account = row.id<AccountId>();
    grant.scopes = row.strings();
    grant.resource = row.text();
    grant.createdAt = row.instant();
    grant.expiresAt = row.optionalInstant();
    grant.lastUsedAt = row.optionalInstant();
    grant.revokedAt = row.optionalInstant();
    grant.revokedWhy = row.text();
    grant.target = row.text();
    return grant;
}

GrantedName readName(Row row)
{
    GrantedName granted;
    granted.name = row.text();
    granted.registeredBy = row.optionalProcess();
    return granted;
}

} // namespace

Result<std::monostate> GrantStore::insert(const Grant &grant)
{
    return runOnly(
        m_database,
        u"INSERT INTO access_grant (%1) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"_s.arg(
            kColumns),
        {toColumn(grant.id), toColumn(grant.client), toColumn(grant.clientName),
         toColumn(grant.account), toColumn(grant.scopes), toColumn(grant.resource),
         toColumn(grant.createdAt), toColumn(grant.expiresAt), toColumn(grant.lastUsedAt),
         toColumn(grant.revokedAt), toColumn(grant.revokedWhy), toColumn(grant.target)});
}

Result<std::optional<Grant>> GrantStore::find(const GrantId &id) const
{
    return readOne(m_database, u"SELECT %1 FROM access_grant WHERE id = ?"_s.arg(kColumns),
                   {toColumn(id)}, readGrant);
}

Result<QList<Grant>> GrantStore::listActive(Instant now) const
{
    return readAll(m_database,
                   u"SELECT %1 FROM access_grant WHERE %2 ORDER BY created_at DESC, id"_s.arg(
                       kColumns, kActive),
                   {toColumn(now)}, readGrant);
}

Result<QList<Grant>> GrantStore::listActiveOf(const ClientId &client, Instant now) const
{
    return readAll(m_database,
                   u"SELECT %1 FROM access_grant WHERE client = ? AND %2 "
                   "ORDER BY created_at DESC, id"_s.arg(kColumns, kActive),
                   {toColumn(client), toColumn(now)}, readGrant);
}

Result<QList<Grant>> GrantStore::listExpiredSince(Instant from, Instant now) const
{
    return readAll(m_database,
                   u"SELECT %1 FROM access_grant WHERE revoked_at IS NULL "
                   "AND expires_at > ? AND expires_at <= ?"_s.arg(kColumns),
                   {toColumn(from), toColumn(now)}, readGrant);
}

Result<QList<Grant>> GrantStore::listEnded(Instant from, Instant now, int atMost) const
{
    // Two lists, each along its own index; one WHERE with OR would read every grant there ever was.
    const auto columns = QString(kColumns);
    return readAll(m_database,
                   u"SELECT %1 FROM (SELECT %1, revoked_at AS ended_at FROM access_grant "
                   "WHERE revoked_at IS NOT NULL AND revoked_at > ? UNION ALL "
                   "SELECT %1, expires_at AS ended_at FROM access_grant "
                   "WHERE revoked_at IS NULL AND expires_at > ? AND expires_at <= ?) "
                   "ORDER BY ended_at DESC, id LIMIT ?"_s.arg(columns),
                   {toColumn(from), toColumn(from), toColumn(now), toColumn(qint64(atMost))},
                   readGrant);
}

Result<std::optional<Grant>> GrantStore::findLatestOf(const ClientId &client) const
{
    return readOne(m_database,
                   u"SELECT %1 FROM access_grant WHERE client = ? AND revoked_at IS NULL "
                   "ORDER BY created_at DESC LIMIT 1"_s.arg(kColumns),
                   {toColumn(client)}, readGrant);
}

Result<bool> GrantStore::hasTarget(const QString &target) const
{
    return readOne(
               m_database,
               u"SELECT %1 FROM access_grant WHERE target = ? AND revoked_at IS NULL LIMIT 1"_s.arg(
                   kColumns),
               {toColumn(target)}, readGrant)
        .map([](const std::optional<Grant> &found) { return found.has_value(); });
}

Result<QList<GrantedName>> GrantStore::newestNames(int atMost) const
{
    return readAll(m_database,
                   u"SELECT g.client_name, c.registered_by FROM access_grant g "
                   "LEFT JOIN client c ON c.id = g.client WHERE g.revoked_at IS NULL "
                   "AND ifnull(c.kind, '') <> 'token' "
                   "ORDER BY g.created_at DESC LIMIT ?"_s,
                   {toColumn(qint64(atMost))}, readName);
}

Result<bool> GrantStore::revoke(const GrantId &id, Instant now, const QString &why)
{
    auto transaction = Transaction::begin(m_database);
    if (!transaction)
        return fail(transaction.error());
    const auto rows = runAndCount(m_database,
                                  u"UPDATE access_grant SET revoked_at = ?, revoked_why = ? "
                                  "WHERE id = ? AND revoked_at IS NULL"_s,
                                  {toColumn(now), toColumn(why), toColumn(id)});
    if (!rows)
        return fail(rows.error());
    for (const auto &table : {u"access_token"_s, u"refresh_token"_s, u"authorization_code"_s}) {
        // The rest of a long list is refused because of the grant, and expires.
        if (auto done = runOnly(m_database,
                                u"DELETE FROM %1 WHERE hash IN (SELECT hash FROM %1 "
                                "WHERE access_grant = ? LIMIT ?)"_s.arg(table),
                                {toColumn(id), toColumn(kMostDeletedAtOnce)});
            !done)
            return fail(done.error());
    }
    if (auto done = transaction->commit(); !done)
        return fail(done.error());
    return *rows == 1;
}

Result<std::monostate> GrantStore::touch(const QHash<GrantId, Instant> &used)
{
    auto transaction = Transaction::begin(m_database);
    if (!transaction)
        return fail(transaction.error());
    for (auto use = used.begin(); use != used.end(); ++use) {
        const auto touched =
            runOnly(m_database, u"UPDATE access_grant SET last_used_at = ? WHERE id = ?"_s,
                    {toColumn(use.value()), toColumn(use.key())});
        if (!touched)
            return touched;
    }
    return transaction->commit();
}

} // namespace gatehouse::store

// SPDX-License-Identifier: GPL-3.0-or-later
#include <store/deleted_session_store.h>

#include <store/database.h>
#include <store/query.h>

namespace gatehouse::store {

using namespace Qt::StringLiterals;

namespace {

bool isThere(Row row)
{
    return row.number() > 0;
}

} // namespace

Result<std::monostate> DeletedSessionStore::insert(const DeletedSession &session)
{
    auto transaction = Transaction::begin(m_database);
    if (!transaction)
        return fail(transaction.error());
    const auto inserted =
        runOnly(m_database,
                u"INSERT INTO deleted_session (access_grant, issued_at, hash) VALUES (?, ?, ?) "
                "ON CONFLICT DO NOTHING"_s,
                {toColumn(session.grant), toColumn(session.issuedAt), toColumn(session.hash)});
    if (!inserted)
        return inserted;
    const auto dropped =
        runOnly(m_database,
                u"DELETE FROM deleted_session WHERE (access_grant, issued_at, hash) IN "
                "(SELECT access_grant, issued_at, hash FROM deleted_session WHERE access_grant = ? "
                "ORDER BY issued_at DESC, hash DESC LIMIT -1 OFFSET ?)"_s,
                {toColumn(session.grant), toColumn(m_mostOfGrant)});
    if (!dropped)
        return dropped;
    return transaction->commit();
}

Result<bool> DeletedSessionStore::contains(const DeletedSession &session) const
{
    return readOne(m_database,
                   u"SELECT (SELECT count(*) FROM deleted_session "
                   "WHERE access_grant = ? AND issued_at = ? AND hash = ?) "
                   "+ (SELECT count(*) FROM (SELECT issued_at FROM deleted_session "
                   "WHERE access_grant = ? ORDER BY issued_at DESC LIMIT 1 OFFSET ?) "
                   "WHERE issued_at >= ?)"_s,
                   {toColumn(session.grant), toColumn(session.issuedAt), toColumn(session.hash),
                    toColumn(session.grant), toColumn(m_mostOfGrant - 1),
                    toColumn(session.issuedAt)},
                   isThere)
        .map([](const std::optional<bool> &found) { return found.value_or(true); });
}

Result<qint64> DeletedSessionStore::purge(Instant before, int atMost)
{
    return runAndCount(m_database,
                       u"DELETE FROM deleted_session WHERE (access_grant, issued_at, hash) IN "
                       "(SELECT access_grant, issued_at, hash FROM deleted_session "
                       "WHERE issued_at < ? ORDER BY issued_at LIMIT ?)"_s,
                       {toColumn(before), toColumn(qint64(atMost))});
}

} // namespace gatehouse::store

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

Result<std::monostate> DeletedSessionStore::insert(const QByteArray &hash, Instant issuedAt)
{
    auto transaction = Transaction::begin(m_database);
    if (!transaction)
        return fail(transaction.error());
    const auto inserted = runOnly(m_database,
                                  u"INSERT INTO deleted_session (hash, issued_at) VALUES (?, ?) "
                                  "ON CONFLICT (hash) DO NOTHING"_s,
                                  {toColumn(hash), toColumn(issuedAt)});
    if (!inserted)
        return inserted;
    const auto dropped =
        runOnly(m_database,
                u"DELETE FROM deleted_session WHERE hash IN (SELECT hash FROM deleted_session "
                "ORDER BY issued_at DESC, hash LIMIT -1 OFFSET ?)"_s,
                {toColumn(m_most)});
    if (!dropped)
        return dropped;
    return transaction->commit();
}

Result<bool> DeletedSessionStore::contains(const QByteArray &hash, Instant issuedAt) const
{
    return readOne(m_database,
                   u"SELECT (SELECT count(*) FROM deleted_session WHERE hash = ?) "
                   "+ (SELECT count(*) FROM (SELECT issued_at FROM deleted_session "
                   "ORDER BY issued_at DESC LIMIT 1 OFFSET ?) WHERE issued_at >= ?)"_s,
                   {toColumn(hash), toColumn(m_most - 1), toColumn(issuedAt)}, isThere)
        .map([](const std::optional<bool> &found) { return found.value_or(true); });
}

Result<qint64> DeletedSessionStore::purge(Instant before, int atMost)
{
    return runAndCount(m_database,
                       u"DELETE FROM deleted_session WHERE hash IN (SELECT hash FROM "
                       "deleted_session WHERE issued_at < ? ORDER BY issued_at LIMIT ?)"_s,
                       {toColumn(before), toColumn(qint64(atMost))});
}

} // namespace gatehouse::store

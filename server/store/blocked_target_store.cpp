// SPDX-License-Identifier: GPL-3.0-or-later
#include <store/blocked_target_store.h>

#include <store/database.h>
#include <store/query.h>

namespace gatehouse::store {

using namespace Qt::StringLiterals;

namespace {

constexpr auto kColumns = "target, client_name, since"_L1;

BlockedTarget readBlocked(Row row)
{
    BlockedTarget blocked;
    blocked.target = row.text();
    blocked.clientName = row.text();
    blocked.since = row.instant();
    return blocked;
}

} // namespace

Result<std::monostate> BlockedTargetStore::insert(const BlockedTarget &blocked)
{
    return runOnly(
        m_database,
        u"INSERT INTO blocked_target (%1) VALUES (?, ?, ?) "
        "ON CONFLICT (target) DO NOTHING"_s.arg(kColumns),
        {toColumn(blocked.target), toColumn(blocked.clientName), toColumn(blocked.since)});
}

Result<bool> BlockedTargetStore::contains(const QString &target) const
{
    return readOne(m_database, u"SELECT %1 FROM blocked_target WHERE target = ?"_s.arg(kColumns),
                   {toColumn(target)}, readBlocked)
        .map([](const std::optional<BlockedTarget> &found) { return found.has_value(); });
}

Result<QList<BlockedTarget>> BlockedTargetStore::list() const
{
    return readAll(m_database,
                   u"SELECT %1 FROM blocked_target ORDER BY since DESC, target"_s.arg(kColumns), {},
                   readBlocked);
}

Result<bool> BlockedTargetStore::remove(const QString &target)
{
    return runAndCount(m_database, u"DELETE FROM blocked_target WHERE target = ?"_s,
                       {toColumn(target)})
        .map([](qint64 rows) { return rows == 1; });
}

} // namespace gatehouse::store

// SPDX-License-Identifier: GPL-3.0-or-later
#include <store/activity_store.h>

#include <store/database.h>
#include <store/query.h>

#include <algorithm>

namespace gatehouse::store {

using namespace Qt::StringLiterals;

namespace {

constexpr auto kColumns = "at, access_grant, client_name, kind, what, outcome, duration_ms"_L1;

/// One for each of kColumns.
const QStringList &names()
{
    static const QStringList names{u":at"_s,   u":grant"_s,   u":client"_s,  u":kind"_s,
                                   u":what"_s, u":outcome"_s, u":duration"_s};
    return names;
}

QString insertion()
{
    return u"INSERT INTO activity (%1) VALUES (%2)"_s.arg(kColumns, names().join(u", "_s));
}

QVariantList toRow(const Activity &activity)
{
    return {toColumn(activity.at),
            toColumn(activity.grant),
            toColumn(activity.clientName),
            toColumn(activity.kind),
            toColumn(activity.what),
            toColumn(activity.outcome),
            toColumn(qint64(activity.duration.count()))};
}

Activity readActivity(Row row)
{
    Activity activity;
    activity.at = row.instant();
    activity.grant = row.id<GrantId>();
    activity.clientName = row.text();
    activity.kind = row.text();
    activity.what = row.text();
    activity.outcome = row.text();
    activity.duration = std::chrono::milliseconds(row.number());
    return activity;
}

} // namespace

Result<std::monostate> ActivityStore::append(const Activity &activity)
{
    return runForEach(m_database, insertion(), names(), {toRow(activity)});
}

Result<std::monostate> ActivityStore::append(const QList<Activity> &activities)
{
    auto transaction = Transaction::begin(m_database);
    if (!transaction)
        return fail(transaction.error());
    QList<QVariantList> rows;
    std::transform(activities.begin(), activities.end(), std::back_inserter(rows), &toRow);
    if (const auto inserted = runForEach(m_database, insertion(), names(), rows); !inserted)
        return inserted;
    return transaction->commit();
}

Result<QList<Activity>> ActivityStore::newest(int count) const
{
    return readAll(m_database, u"SELECT %1 FROM activity ORDER BY id DESC LIMIT ?"_s.arg(kColumns),
                   {toColumn(qint64(count))}, readActivity);
}

Result<QList<Activity>> ActivityStore::newestOf(const GrantId &grant, int count) const
{
    return readAll(
        m_database,
        u"SELECT %1 FROM activity WHERE access_grant = ? ORDER BY id DESC LIMIT ?"_s.arg(kColumns),
        {toColumn(grant), toColumn(qint64(count))}, readActivity);
}

Result<qint64> ActivityStore::purge(Instant before, int atMost)
{
    return runAndCount(m_database,
                       u"DELETE FROM activity WHERE id IN (SELECT id FROM activity WHERE at < ? "
                       "ORDER BY at LIMIT ?)"_s,
                       {toColumn(before), toColumn(qint64(atMost))});
}

} // namespace gatehouse::store

// SPDX-License-Identifier: GPL-3.0-or-later
#include <store/instance_store.h>

#include <store/database.h>
#include <store/query.h>

namespace gatehouse::store {

using namespace Qt::StringLiterals;

Result<std::optional<QString>> InstanceStore::value(const QString &key) const
{
    return readOne<QString>(m_database, u"SELECT value FROM instance WHERE key = ?"_s,
                            {toColumn(key)}, [](Row row) { return row.text(); });
}

Result<std::monostate> InstanceStore::setValue(const QString &key, const QString &value)
{
    return runOnly(m_database,
                   u"INSERT INTO instance (key, value) VALUES (?, ?) "
                   "ON CONFLICT (key) DO UPDATE SET value = excluded.value"_s,
                   {toColumn(key), toColumn(value)});
}

} // namespace gatehouse::store

// SPDX-License-Identifier: GPL-3.0-or-later
#include <store/instance_peek.h>

#include <QFileInfo>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QVariant>

namespace gatehouse::store {

using namespace Qt::StringLiterals;

namespace {

constexpr auto kConnection = "gatehouse-peek"_L1;

std::optional<QString> readValue(const QString &databasePath, const QString &key)
{
    auto connection = QSqlDatabase::addDatabase(u"QSQLITE"_s, kConnection);
    connection.setDatabaseName(databasePath);
    connection.setConnectOptions(u"QSQLITE_OPEN_READONLY;QSQLITE_BUSY_TIMEOUT=2000"_s);
    if (!connection.open())
        return std::nullopt;
    QSqlQuery query(connection);
    query.prepare(u"SELECT value FROM instance WHERE key = ?"_s);
    query.addBindValue(key);
    if (!query.exec() || !query.next())
        return std::nullopt;
    return query.value(0).toString();
}

} // namespace

std::optional<QString> peekInstanceValue(const QString &databasePath, const QString &key)
{
    if (!QFileInfo::exists(databasePath))
        return std::nullopt;
    auto value = readValue(databasePath, key);
    QSqlDatabase::removeDatabase(kConnection);
    return value;
}

} // namespace gatehouse::store

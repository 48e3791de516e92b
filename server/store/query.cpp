// SPDX-License-Identifier: GPL-3.0-or-later
#include <store/query.h>

#include <base/json.h>
#include <base/logging.h>
#include <store/database.h>

#include <QJsonDocument>
#include <QSqlDatabase>
#include <QSqlError>

namespace gatehouse::store {

using namespace Qt::StringLiterals;

namespace {

QStringList toStrings(const QJsonArray &array)
{
    QStringList strings;
    for (const auto &element : array)
        strings.append(element.toString());
    return strings;
}

Error failure(const QSqlQuery &query)
{
    const auto reason = query.lastError().text();
    qCWarning(lcStore) << "a statement failed:" << reason;
    return Error{u"The database could not be read or written."_s,
                 u"Check that the disk is not full and that the data directory is "
                 "writable."_s,
                 reason};
}

} // namespace

QVariant toColumn(const QString &text)
{
    // A null string would become NULL; the columns say NOT NULL and mean "".
    return text.isNull() ? QVariant(u""_s) : QVariant(text);
}

QVariant toColumn(const QByteArray &bytes)
{
    return bytes.isNull() ? QVariant(QMetaType::fromType<QByteArray>()) : QVariant(bytes);
}

QVariant toColumn(const QStringList &strings)
{
    return QString::fromUtf8(toCompactJson(QJsonArray::fromStringList(strings)));
}

QVariant toColumn(Instant instant)
{
    return toMilliseconds(instant);
}

QVariant toColumn(std::optional<Instant> instant)
{
    return instant ? QVariant(toMilliseconds(*instant)) : QVariant(QMetaType::fromType<qint64>());
}

QVariant toColumn(const std::optional<platform::ProcessInfo> &process)
{
    if (!process)
        return QVariant(QMetaType::fromType<QString>());
    return QString::fromUtf8(
        toCompactJson(QJsonObject{{u"pid"_s, process->pid},
                                  {u"name"_s, process->name},
                                  {u"path"_s, process->path},
                                  {u"parents"_s, QJsonArray::fromStringList(process->parents)}}));
}

QVariant toColumn(qint64 number)
{
    return number;
}

QStringList Row::strings()
{
    return toStrings(QJsonDocument::fromJson(bytes()).array());
}

std::optional<platform::ProcessInfo> Row::optionalProcess()
{
    const auto value = next();
    if (value.isNull())
        return std::nullopt;
    const auto object = QJsonDocument::fromJson(value.toByteArray()).object();
    return platform::ProcessInfo{object[u"pid"_s].toInteger(), object[u"name"_s].toString(),
                                 object[u"path"_s].toString(),
                                 toStrings(object[u"parents"_s].toArray())};
}

std::optional<Instant> Row::optionalInstant()
{
    const auto value = next();
    return value.isNull() ? std::nullopt : std::optional(fromMilliseconds(value.toLongLong()));
}

Result<QSqlQuery> run(const Database &database, const QString &sql, const QVariantList &values)
{
    QSqlQuery query(database.connection());
    query.setForwardOnly(true);
    bool done = query.prepare(sql);
    for (const auto &value : values)
        query.addBindValue(value);
    done = done && query.exec();
    if (!done)
        return fail(failure(query));
    return query;
}

Result<qint64> runAndCount(Database &database, const QString &sql, const QVariantList &values)
{
    return run(database, sql, values).map([](const QSqlQuery &query) {
        return qint64(query.numRowsAffected());
    });
}

Result<std::monostate> runOnly(Database &database, const QString &sql, const QVariantList &values)
{
    return run(database, sql, values).map([](const QSqlQuery &) { return std::monostate(); });
}

Result<std::monostate> runForEach(Database &database, const QString &sql,
                                  const QList<QVariantList> &rows)
{
    QSqlQuery query(database.connection());
    if (!query.prepare(sql))
        return fail(failure(query));
    for (const auto &row : rows) {
        for (qsizetype i = 0; i < row.size(); ++i)
            query.bindValue(int(i), row.at(i));
        if (!query.exec())
            return fail(failure(query));
    }
    return std::monostate();
}

} // namespace gatehouse::store

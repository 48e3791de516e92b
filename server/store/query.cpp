// SPDX-License-Identifier: GPL-3.0-or-later
#include <store/query.h>

#include <base/json.h>
#include <base/logging.h>
#include <store/database.h>

#include <QJsonDocument>
#include <QSqlError>

namespace gatehouse::store {

using namespace Qt::StringLiterals;

namespace {

/// More than there are different ones; of those that are made as needed none is worth keeping.
constexpr size_t kMostKept = 256;

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

Statement::Statement(const Database &database, QString sql, QSqlQuery query)
    : m_database(&database), m_sql(std::move(sql)), m_query(std::move(query))
{
}

Statement::Statement(Statement &&other) noexcept
    : m_database(std::exchange(other.m_database, nullptr)), m_sql(std::move(other.m_sql)),
      m_query(std::move(other.m_query))
{
}

Statement::~Statement()
{
    if (m_database == nullptr)
        return;
    m_query.finish();
    auto &idle = m_database->m_idle;
    if (idle.size() >= kMostKept)
        idle.clear();
    idle.try_emplace(m_sql, std::move(m_query));
}

Result<Statement> Statement::prepare(const Database &database, const QString &sql)
{
    auto &idle = database.m_idle;
    if (const auto found = idle.find(sql); found != idle.end()) {
        Statement statement(database, sql, std::move(found->second));
        idle.erase(found);
        return statement;
    }
    QSqlQuery query(database.connection());
    query.setForwardOnly(true);
    if (!query.prepare(sql))
        return fail(failure(query));
    return Statement(database, sql, std::move(query));
}

Result<std::monostate> Statement::execute(const QVariantList &values)
{
    for (qsizetype i = 0; i < values.size(); ++i)
        m_query.bindValue(int(i), values.at(i));
    // It still has the values of its last run.
    if (m_query.boundValues().size() != values.size()) {
        m_database = nullptr;
        return fail(Error{u"A database statement lacks values."_s});
    }
    return execute();
}

Result<std::monostate> Statement::execute(const QStringList &names, const QVariantList &values)
{
    for (qsizetype i = 0; i < values.size(); ++i)
        m_query.bindValue(names.at(i), values.at(i));
    return execute();
}

Result<std::monostate> Statement::execute()
{
    if (m_query.exec())
        return std::monostate();
    m_database = nullptr;
    return fail(failure(m_query));
}

Result<Statement> run(const Database &database, const QString &sql, const QVariantList &values)
{
    auto statement = Statement::prepare(database, sql);
    if (!statement)
        return statement;
    if (const auto done = statement->execute(values); !done)
        return fail(done.error());
    return statement;
}

Result<qint64> runAndCount(Database &database, const QString &sql, const QVariantList &values)
{
    return run(database, sql, values).map([](const Statement &statement) {
        return statement.changedRows();
    });
}

Result<std::monostate> runOnly(Database &database, const QString &sql, const QVariantList &values)
{
    return run(database, sql, values).map([](const Statement &) { return std::monostate(); });
}

Result<std::monostate> runForEach(Database &database, const QString &sql, const QStringList &names,
                                  const QList<QVariantList> &rows)
{
    auto statement = Statement::prepare(database, sql);
    if (!statement)
        return fail(statement.error());
    for (const auto &row : rows) {
        if (const auto done = statement->execute(names, row); !done)
            return done;
    }
    return std::monostate();
}

} // namespace gatehouse::store

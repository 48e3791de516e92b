// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>
#include <base/ids.h>
#include <base/platform/process_info.h>
#include <base/result.h>

#include <QList>
#include <QSqlQuery>
#include <QStringList>
#include <QVariant>

#include <optional>

namespace gatehouse::store {

class Database;

[[nodiscard]] QVariant toColumn(const QString &);
[[nodiscard]] QVariant toColumn(const QByteArray &);
[[nodiscard]] QVariant toColumn(const QStringList &);
[[nodiscard]] QVariant toColumn(Instant);
[[nodiscard]] QVariant toColumn(std::optional<Instant>);
[[nodiscard]] QVariant toColumn(const std::optional<platform::ProcessInfo> &);
[[nodiscard]] QVariant toColumn(qint64);
[[nodiscard]] QVariant toColumn(bool) = delete; // say 0 or 1: SQLite has no boolean
template <typename Tag>
[[nodiscard]] QVariant toColumn(const Id<Tag> &id)
{
    return toColumn(id.value);
}
template <typename Tag>
[[nodiscard]] QVariant toColumn(const std::optional<Id<Tag>> &id)
{
    return id ? toColumn(id->value) : QVariant(QMetaType::fromType<QString>());
}

/// The current row of a query, read column by column from the left.
class Row {
public:
    explicit Row(const QSqlQuery &query) : m_query(query) { }
    [[nodiscard]] QString text() { return next().toString(); }
    [[nodiscard]] QByteArray bytes() { return next().toByteArray(); }
    [[nodiscard]] qint64 number() { return next().toLongLong(); }
    [[nodiscard]] QStringList strings();
    [[nodiscard]] Instant instant() { return fromMilliseconds(number()); }
    [[nodiscard]] std::optional<Instant> optionalInstant();
    [[nodiscard]] std::optional<platform::ProcessInfo> optionalProcess();
    template <typename IdType>
    [[nodiscard]] IdType id()
    {
        return IdType(text());
    }
    template <typename IdType>
    [[nodiscard]] std::optional<IdType> optionalId()
    {
        const auto value = next();
        return value.isNull() ? std::nullopt : std::optional(IdType(value.toString()));
    }

private:
    QVariant next() { return m_query.value(m_column++); }
    const QSqlQuery &m_query;
    int m_column = 0;
};

/// A prepared statement. Preparing takes longer than most statements run, so each is kept for
/// whoever runs the same text next on this connection. Outlived by the Database.
class Statement {
public:
    [[nodiscard]] static Result<Statement> prepare(const Database &database, const QString &sql);
    Statement(Statement &&) noexcept;
    Statement &operator=(Statement &&) = delete;
    Statement(const Statement &) = delete;
    Statement &operator=(const Statement &) = delete;
    ~Statement();

    /// Runs it with its values bound in the order of their question marks.
    [[nodiscard]] Result<std::monostate> execute(const QVariantList &values);
    /// Runs it with its values bound by their names.
    [[nodiscard]] Result<std::monostate> execute(const QStringList &names,
                                                 const QVariantList &values);
    /// Goes on to the next row of what came, at first to the first; false after the last.
    [[nodiscard]] bool next() { return m_query.next(); }
    [[nodiscard]] Row row() const { return Row(m_query); }
    [[nodiscard]] qint64 changedRows() const { return m_query.numRowsAffected(); }

private:
    Statement(const Database &database, QString sql, QSqlQuery query);
    [[nodiscard]] Result<std::monostate> execute();

    const Database *m_database; ///< null: is not kept
    QString m_sql;
    QSqlQuery m_query;
};

/// Runs one statement with its values bound in the order of their question marks.
[[nodiscard]] Result<Statement> run(const Database &database, const QString &sql,
                                    const QVariantList &values = {});
/// The number of rows a statement changed.
[[nodiscard]] Result<qint64> runAndCount(Database &database, const QString &sql,
                                         const QVariantList &values = {});
[[nodiscard]] Result<std::monostate> runOnly(Database &database, const QString &sql,
                                             const QVariantList &values = {});
/// Runs one statement with each of several rows of values, which stand for `names` in it (":at").
/// Qt makes such a name for every question mark each time that it is bound, which took more than
/// half of what SQLite takes to store an activity.
[[nodiscard]] Result<std::monostate> runForEach(Database &database, const QString &sql,
                                                const QStringList &names,
                                                const QList<QVariantList> &rows);

/// Every row, through `read`.
template <typename T>
[[nodiscard]] Result<QList<T>> readAll(const Database &database, const QString &sql,
                                       const QVariantList &values, T (*read)(Row))
{
    auto statement = run(database, sql, values);
    if (!statement)
        return fail(statement.error());
    QList<T> rows;
    while (statement->next())
        rows.append(read(statement->row()));
    return rows;
}

/// The first row, or nothing.
template <typename T>
[[nodiscard]] Result<std::optional<T>> readOne(const Database &database, const QString &sql,
                                               const QVariantList &values, T (*read)(Row))
{
    auto statement = run(database, sql, values);
    if (!statement)
        return fail(statement.error());
    if (!statement->next())
        return std::optional<T>();
    return std::optional<T>(read(statement->row()));
}

} // namespace gatehouse::store

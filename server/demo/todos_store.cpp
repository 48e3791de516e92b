// SPDX-License-Identifier: GPL-3.0-or-later
#include <demo/todos_store.h>

#include <demo/private_file.h>

#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>

#include <array>

namespace gatehouse::demo {

using namespace Qt::StringLiterals;

namespace {

constexpr std::array kSchema{
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    "CREATE TABLE IF NOT EXISTS person (subject TEXT PRIMARY KEY, first_seen INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS todo (position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, "
    "owner TEXT NOT NULL, title TEXT NOT NULL, done INTEGER NOT NULL, created INTEGER NOT NULL)",
    "CREATE INDEX IF NOT EXISTS todo_by_owner ON todo (owner, position)",
};

auto storeError(const QSqlError &error)
{
    return fail(Error{u"The sample todos cannot be read or written."_s,
                      u"Move the demo's data directory away; it is made anew."_s, error.text()});
}

Todo readTodo(const QSqlQuery &row)
{
    return {row.value(0).toString(), row.value(1).toString(), row.value(2).toBool(),
            fromMilliseconds(row.value(3).toLongLong())};
}

/// Rolls back unless committed.
class Transaction {
public:
    explicit Transaction(QSqlDatabase database) : m_database(std::move(database))
    {
        m_open = m_database.transaction();
    }
    ~Transaction()
    {
        if (m_open)
            m_database.rollback();
    }
    Transaction(const Transaction &) = delete;
    Transaction &operator=(const Transaction &) = delete;
    [[nodiscard]] bool commit()
    {
        const bool done = m_open && m_database.commit();
        m_open = m_open && !done;
        return done;
    }

private:
    QSqlDatabase m_database;
    bool m_open = false;
};

} // namespace

QJsonObject Todo::toJson() const
{
    return {{u"id"_s, id},
            {u"title"_s, title},
            {u"done"_s, done},
            {u"createdAt"_s, toRfc3339(createdAt)}};
}

Result<std::unique_ptr<TodosStore>> TodosStore::open(const QString &path, Deps deps)
{
    if (const auto made = ensurePrivateFile(path); !made)
        return fail(made.error());
    const auto connection = u"gatehouse-demo-todos-"_s + randomId(deps.random);
    std::unique_ptr<TodosStore> store(new TodosStore(connection, deps));
    auto database = QSqlDatabase::addDatabase(u"QSQLITE"_s, connection);
    database.setDatabaseName(path);
    database.setConnectOptions(u"QSQLITE_BUSY_TIMEOUT=2000"_s);
    if (!database.open())
        return storeError(database.lastError());
    if (const auto created = store->createSchema(); !created)
        return fail(created.error());
    return store;
}

TodosStore::TodosStore(QString connection, Deps deps)
    : m_connection(std::move(connection)), m_deps(deps)
{
}

TodosStore::~TodosStore()
{
    database().close();
    QSqlDatabase::removeDatabase(m_connection);
}

QSqlDatabase TodosStore::database() const
{
    return QSqlDatabase::database(m_connection, false);
}

Result<QSqlQuery> TodosStore::run(const QString &sql, const QVariantList &values) const
{
    QSqlQuery query(database());
    query.setForwardOnly(true);
    if (!query.prepare(sql))
        return storeError(query.lastError());
    for (const auto &value : values)
        query.addBindValue(value);
    if (!query.exec())
        return storeError(query.lastError());
    return query;
}

Result<std::monostate> TodosStore::createSchema()
{
    for (const auto *statement : kSchema) {
        if (const auto done = run(QString::fromLatin1(statement)); !done)
            return fail(done.error());
    }
    return {};
}

Result<std::monostate> TodosStore::seedOnce(const QString &owner, const QStringList &titles)
{
    Transaction transaction(database());
    const auto first = run(u"INSERT OR IGNORE INTO person (subject, first_seen) VALUES (?, ?)"_s,
                           {owner, toMilliseconds(m_deps.clock.now())});
    if (!first)
        return fail(first.error());
    if (first->numRowsAffected() == 0)
        return {};
    if (const auto inserted = insertSamples(owner, titles); !inserted)
        return inserted;
    if (!transaction.commit())
        return storeError(database().lastError());
    return {};
}

Result<std::monostate> TodosStore::insertSamples(const QString &owner, const QStringList &titles)
{
    for (const auto &title : titles) {
        if (const auto inserted = insert(owner, makeTodo(title)); !inserted)
            return inserted;
    }
    return {};
}

Result<std::monostate> TodosStore::insert(const QString &owner, const Todo &todo)
{
    const auto done =
        run(u"INSERT INTO todo (id, owner, title, done, created) VALUES (?, ?, ?, ?, ?)"_s,
            {todo.id, owner, todo.title, todo.done, toMilliseconds(todo.createdAt)});
    if (!done)
        return fail(done.error());
    return {};
}

Todo TodosStore::makeTodo(const QString &title) const
{
    return {randomId(m_deps.random), title, false, m_deps.clock.now()};
}

Result<QList<Todo>> TodosStore::list(const QString &owner, std::optional<bool> done) const
{
    auto sql = u"SELECT id, title, done, created FROM todo WHERE owner = ?"_s;
    QVariantList values{owner};
    if (done) {
        sql += u" AND done = ?"_s;
        values.append(*done);
    }
    auto rows = run(sql + u" ORDER BY position"_s, values);
    if (!rows)
        return fail(rows.error());
    QList<Todo> todos;
    while (rows->next())
        todos.append(readTodo(*rows));
    return todos;
}

Result<std::optional<Todo>> TodosStore::find(const QString &owner, const QString &id) const
{
    auto row =
        run(u"SELECT id, title, done, created FROM todo WHERE owner = ? AND id = ?"_s, {owner, id});
    if (!row)
        return fail(row.error());
    return row->next() ? std::optional(readTodo(*row)) : std::nullopt;
}

Result<std::optional<Todo>> TodosStore::add(const QString &owner, const NewTodo &todo)
{
    auto count = run(u"SELECT COUNT(*) FROM todo WHERE owner = ?"_s, {owner});
    if (!count)
        return fail(count.error());
    if (!count->next() || count->value(0).toInt() >= kMaxTodosPerPerson)
        return std::optional<Todo>();
    count->finish();
    const auto made = makeTodo(todo.title);
    if (const auto inserted = insert(owner, made); !inserted)
        return fail(inserted.error());
    return made;
}

Result<std::optional<Todo>> TodosStore::change(const QString &owner, const QString &id,
                                               const TodoChange &change)
{
    const auto changed = run(u"UPDATE todo SET title = COALESCE(?, title), done = COALESCE(?, done)"
                             " WHERE owner = ? AND id = ?"_s,
                             {change.title ? QVariant(*change.title) : QVariant(),
                              change.done ? QVariant(*change.done) : QVariant(), owner, id});
    if (!changed)
        return fail(changed.error());
    return find(owner, id);
}

Result<bool> TodosStore::remove(const QString &owner, const QString &id)
{
    const auto removed = run(u"DELETE FROM todo WHERE owner = ? AND id = ?"_s, {owner, id});
    if (!removed)
        return fail(removed.error());
    return removed->numRowsAffected() == 1;
}

} // namespace gatehouse::demo

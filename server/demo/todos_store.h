// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>
#include <base/random.h>
#include <base/result.h>
#include <demo/todo_input.h>

#include <QJsonObject>
#include <QList>
#include <QString>
#include <QVariantList>

#include <memory>
#include <optional>
#include <variant>

class QSqlDatabase;
class QSqlQuery;

namespace gatehouse::demo {

struct Todo {
    QString id;
    QString title;
    bool done = false;
    Instant createdAt;

    [[nodiscard]] QJsonObject toJson() const;
};

/// How many todos one person can have: the demo must not fill a disk.
constexpr int kMaxTodosPerPerson = 1000;

/// Everyone's todos in one SQLite file (WAL, 0600) with a connection of its own. Lives as long as
/// the Todos API. Every function takes the owner's subject and sees nothing of anyone else.
class TodosStore {
public:
    struct Deps {
        Clock &clock;
        RandomSource &random;
    };

    [[nodiscard]] static Result<std::unique_ptr<TodosStore>> open(const QString &path, Deps deps);
    ~TodosStore();
    TodosStore(const TodosStore &) = delete;
    TodosStore &operator=(const TodosStore &) = delete;

    /// Gives a person their sample todos the first time, never again (they may delete them all).
    [[nodiscard]] Result<std::monostate> seedOnce(const QString &owner, const QStringList &titles);
    /// In the order of creation; `done` filters.
    [[nodiscard]] Result<QList<Todo>> list(const QString &owner, std::optional<bool> done) const;
    [[nodiscard]] Result<std::optional<Todo>> find(const QString &owner, const QString &id) const;
    /// Nothing when the person has kMaxTodosPerPerson already.
    [[nodiscard]] Result<std::optional<Todo>> add(const QString &owner, const NewTodo &todo);
    /// The changed todo, or nothing when this person has none of that id.
    [[nodiscard]] Result<std::optional<Todo>> change(const QString &owner, const QString &id,
                                                     const TodoChange &change);
    /// False when this person has none of that id.
    [[nodiscard]] Result<bool> remove(const QString &owner, const QString &id);

private:
    TodosStore(QString connection, Deps deps);
    [[nodiscard]] QSqlDatabase database() const;
    [[nodiscard]] Result<QSqlQuery> run(const QString &sql, const QVariantList &values = {}) const;
    [[nodiscard]] Result<std::monostate> createSchema();
    [[nodiscard]] Result<std::monostate> insert(const QString &owner, const Todo &todo);
    [[nodiscard]] Result<std::monostate> insertSamples(const QString &owner,
                                                       const QStringList &titles);
    [[nodiscard]] Todo makeTodo(const QString &title) const;

    QString m_connection;
    Deps m_deps;
};

} // namespace gatehouse::demo

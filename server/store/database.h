// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/result.h>

#include <QSqlDatabase>
#include <QSqlQuery>
#include <QString>

#include <memory>
#include <unordered_map>

namespace gatehouse::store {

/// A connection to the SQLite file of one data directory: WAL, foreign keys, schema brought up to
/// date. Used on the thread that opened it, and outlived by nothing that uses it.
class Database {
public:
    /// Opens or creates the file (0600). A file that is damaged, is no SQLite database, is locked
    /// by another process, or was written by a newer Gatehouse is an error and stays untouched.
    [[nodiscard]] static Result<std::unique_ptr<Database>> open(const QString &path);
    /// One more connection, for another thread, to a file that is open already. Its changes do not
    /// wait for the disk: a power failure may take the last of them, in their order.
    [[nodiscard]] static Result<std::unique_ptr<Database>> openBeside(const QString &path);
    ~Database();
    Database(const Database &) = delete;
    Database &operator=(const Database &) = delete;

    [[nodiscard]] QSqlDatabase connection() const;
    [[nodiscard]] QString path() const;

private:
    friend class Statement;

    explicit Database(QString name);
    [[nodiscard]] static Result<std::unique_ptr<Database>> connectTo(const QString &path,
                                                                     bool readOnly = false);
    /// Whether the file may be opened for writing; one that is not there yet may.
    [[nodiscard]] static Result<std::monostate> inspect(const QString &path);
    [[nodiscard]] Result<std::monostate> inspect(const QString &path, bool endedInOrder);
    [[nodiscard]] bool isWhollySound();
    /// Everything but the middle of the activity and the free pages: in the same time however long
    /// the activity has become.
    [[nodiscard]] bool isSoundWhereUsed();
    [[nodiscard]] Result<std::monostate> prepare(const QString &path);
    [[nodiscard]] Result<std::monostate> migrate();

    QString m_name;
    mutable std::unordered_map<QString, QSqlQuery> m_idle; ///< statements to run again, by text
};

/// One change of state: everything until commit() happens, or nothing. Rolls back when destroyed.
class Transaction {
public:
    [[nodiscard]] static Result<Transaction> begin(Database &database);
    Transaction(Transaction &&) noexcept;
    Transaction &operator=(Transaction &&) = delete;
    Transaction(const Transaction &) = delete;
    Transaction &operator=(const Transaction &) = delete;
    ~Transaction();

    [[nodiscard]] Result<std::monostate> commit();

private:
    explicit Transaction(Database &database) : m_database(&database) { }
    Database *m_database;
};

} // namespace gatehouse::store

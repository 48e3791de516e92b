// SPDX-License-Identifier: GPL-3.0-or-later
#include <store/database.h>

#include <base/logging.h>
#include <store/query.h>

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QSqlError>

#include <algorithm>
#include <atomic>

namespace gatehouse::store {

using namespace Qt::StringLiterals;

namespace {

/// "GATE" in SQLite's header: tells our file from any other program's.
constexpr qint64 kApplicationId = 0x47415445;

Error damaged(const QString &path, const QString &detail)
{
    return Error{
        u"The database %1 is damaged or is not one of Gatehouse. Nothing was overwritten."_s.arg(
            path),
        u"Restore a copy of it, or move it away to start afresh: every client then has to "
        "ask again."_s,
        detail};
}

/// SQLite's own number behind a QSqlError: 5 and 6 say that somebody else holds the file.
bool isLocked(const QSqlError &error)
{
    const auto code = error.nativeErrorCode().toInt() & 0xff;
    return code == 5 || code == 6;
}

QStringList migrations()
{
    QDir folder(u":/gatehouse/schema"_s);
    return folder.entryList({u"*.sql"_s}, QDir::Files, QDir::Name);
}

/// Splits a migration at ";" + line end; our scripts hold no trigger bodies.
QStringList statements(const QString &script)
{
    QString code;
    const auto lines = script.split(u'\n');
    for (const auto &line : lines) {
        if (!line.trimmed().startsWith("--"_L1))
            code += line + u'\n';
    }
    QStringList out;
    const auto parts = code.split(u";\n"_s);
    for (const auto &part : parts) {
        if (!part.trimmed().isEmpty())
            out.append(part.trimmed());
    }
    return out;
}

Result<qint64> pragma(const Database &database, const QString &name)
{
    return run(database, u"PRAGMA "_s + name).map([](Statement statement) {
        return statement.next() ? statement.row().number() : 0;
    });
}

} // namespace

Database::Database(QString name) : m_name(std::move(name)) { }

Database::~Database()
{
    m_idle.clear();
    {
        auto open = connection();
        open.close();
    }
    QSqlDatabase::removeDatabase(m_name);
}

QSqlDatabase Database::connection() const
{
    return QSqlDatabase::database(m_name, false);
}

QString Database::path() const
{
    return connection().databaseName();
}

Result<std::unique_ptr<Database>> Database::open(const QString &path)
{
    if (const auto usable = inspect(path); !usable)
        return fail(usable.error());
    auto database = connectTo(path);
    if (!database)
        return database;
    if (const auto prepared = (*database)->prepare(path); !prepared)
        return fail(prepared.error());
    return database;
}

Result<std::unique_ptr<Database>> Database::openBeside(const QString &path)
{
    if (!QFile::exists(path)) {
        return fail(Error{u"The database %1 is gone."_s.arg(path),
                          u"Put it back, then start Gatehouse again."_s});
    }
    auto database = connectTo(path);
    if (!database)
        return database;
    // The journal's mode is kept in the file. The cache, in KiB, is for a few pages at a time.
    for (const auto &setting : {u"PRAGMA synchronous=NORMAL"_s, u"PRAGMA foreign_keys=ON"_s,
                                u"PRAGMA trusted_schema=OFF"_s, u"PRAGMA cache_size=-256"_s}) {
        if (const auto done = runOnly(**database, setting); !done)
            return fail(done.error());
    }
    return database;
}

Result<std::unique_ptr<Database>> Database::connectTo(const QString &path, bool readOnly)
{
    static std::atomic<int> s_number = 0;
    const auto name = u"gatehouse-%1"_s.arg(++s_number);
    auto connection = QSqlDatabase::addDatabase(u"QSQLITE"_s, name);
    std::unique_ptr<Database> database(new Database(name));
    if (!connection.isValid()) {
        return fail(Error{u"Qt's SQLite driver is not installed."_s,
                          u"Install the package libqt6sql6-sqlite."_s});
    }
    connection.setDatabaseName(path);
    // Another process holds the file only by mistake, and our own threads for moments: waiting is
    // short.
    connection.setConnectOptions(u"QSQLITE_BUSY_TIMEOUT=2000"_s
                                 + (readOnly ? u";QSQLITE_OPEN_READONLY"_s : QString()));
    if (!connection.open()) {
        return fail(Error{u"The database %1 cannot be opened."_s.arg(path),
                          u"Check who owns the file and its folder."_s,
                          connection.lastError().text()});
    }
    return database;
}

/// Through a connection that cannot write: closing another would fold the journal in and remove it,
/// the sign of a crash.
Result<std::monostate> Database::inspect(const QString &path)
{
    if (QFileInfo(path).size() == 0)
        return std::monostate();
    // SQLite removes the journal when the last connection is closed.
    const bool endedInOrder = QFileInfo(path + u"-wal"_s).size() == 0;
    const auto database = connectTo(path, true);
    if (!database)
        return fail(database.error());
    return (*database)->inspect(path, endedInOrder);
}

Result<std::monostate> Database::inspect(const QString &path, bool endedInOrder)
{
    QSqlQuery probe(connection());
    if (!probe.exec(u"SELECT count(*) FROM sqlite_master"_s) || !probe.next()) {
        if (isLocked(probe.lastError())) {
            return fail(Error{u"The database %1 is in use by another program."_s.arg(path),
                              u"End that program, then start Gatehouse again."_s});
        }
        return fail(damaged(path, probe.lastError().text()));
    }
    if (probe.value(0).toLongLong() == 0)
        return std::monostate();
    probe.finish();

    const auto applicationId = pragma(*this, u"application_id"_s);
    if (!applicationId)
        return fail(applicationId.error());
    if (*applicationId != kApplicationId)
        return fail(damaged(path, u"application_id differs"_s));
    const auto version = pragma(*this, u"user_version"_s);
    if (!version)
        return fail(version.error());
    if (*version > migrations().size()) {
        return fail(
            Error{u"A newer Gatehouse wrote the data in %1. Nothing was changed."_s.arg(path),
                  u"Install that version again, or use another data directory."_s});
    }

    // Years of activity take long to read. It is read after a crash, and before it is migrated.
    const bool isFamiliar = endedInOrder && *version == migrations().size();
    if (!(isFamiliar ? isSoundWhereUsed() : isWhollySound()))
        return fail(damaged(path, u"quick_check failed"_s));
    return std::monostate();
}

Result<std::monostate> Database::prepare(const QString &path)
{
    QFile::setPermissions(path, QFile::ReadOwner | QFile::WriteOwner);
    for (const auto &setting :
         {u"PRAGMA journal_mode=WAL"_s, u"PRAGMA synchronous=NORMAL"_s, u"PRAGMA foreign_keys=ON"_s,
          u"PRAGMA secure_delete=ON"_s, u"PRAGMA trusted_schema=OFF"_s}) {
        if (const auto done = runOnly(*this, setting); !done)
            return done;
    }
    if (const auto done = migrate(); !done)
        return done;
    m_idle.clear(); // none of all this runs again
    // What was acknowledged outlives a power failure: a revocation more than anything.
    return runOnly(*this, u"PRAGMA synchronous=FULL"_s);
}

bool Database::isWhollySound()
{
    QSqlQuery check(connection());
    return check.exec(u"PRAGMA quick_check(1)"_s) && check.next()
        && check.value(0).toString() == "ok"_L1;
}

bool Database::isSoundWhereUsed()
{
    QSqlQuery check(connection());
    if (!check.exec(u"SELECT count(*) FROM sqlite_master AS entry "
                    "JOIN pragma_quick_check(entry.name) AS checked "
                    "WHERE entry.type = 'table' AND entry.name <> 'activity' "
                    "AND checked.quick_check <> 'ok'"_s)
        || !check.next() || check.value(0).toLongLong() != 0)
        return false;
    // What is written and shown next, and the oldest rows, which go first; by each of its trees.
    const QStringList parts{
        u"SELECT id, at FROM activity ORDER BY id DESC LIMIT 1000"_s,
        u"SELECT id, at FROM activity INDEXED BY activity_at ORDER BY at LIMIT 1000"_s,
        u"SELECT id, access_grant FROM activity INDEXED BY activity_grant "
        "ORDER BY access_grant, id LIMIT 1000"_s};
    return std::all_of(parts.begin(), parts.end(), [&check](const QString &part) {
        return check.exec(u"SELECT count(*) FROM (%1)"_s.arg(part)) && check.next();
    });
}

Result<std::monostate> Database::migrate()
{
    const auto scripts = migrations();
    const auto version = pragma(*this, u"user_version"_s);
    if (!version)
        return fail(version.error());
    for (qint64 step = *version; step < scripts.size(); ++step) {
        QFile script(u":/gatehouse/schema/"_s + scripts.at(step));
        if (!script.open(QIODevice::ReadOnly))
            return fail(Error{u"A database migration is missing from this program."_s});
        auto transaction = Transaction::begin(*this);
        if (!transaction)
            return fail(transaction.error());
        auto todo = statements(QString::fromUtf8(script.readAll()));
        todo.append(u"PRAGMA application_id=%1"_s.arg(kApplicationId));
        todo.append(u"PRAGMA user_version=%1"_s.arg(step + 1));
        for (const auto &statement : std::as_const(todo)) {
            if (const auto done = runOnly(*this, statement); !done)
                return done;
        }
        if (const auto done = transaction->commit(); !done)
            return done;
    }
    return std::monostate();
}

Result<Transaction> Transaction::begin(Database &database)
{
    // IMMEDIATE: the write lock is had at once, not half-way through.
    if (const auto begun = runOnly(database, u"BEGIN IMMEDIATE"_s); !begun)
        return fail(begun.error());
    return Transaction(database);
}

Transaction::Transaction(Transaction &&other) noexcept
    : m_database(std::exchange(other.m_database, nullptr))
{
}

Transaction::~Transaction()
{
    if (m_database != nullptr) {
        if (const auto undone = runOnly(*m_database, u"ROLLBACK"_s); !undone)
            qCWarning(lcStore) << "rollback failed";
    }
}

Result<std::monostate> Transaction::commit()
{
    auto committed = runOnly(*m_database, u"COMMIT"_s);
    if (committed)
        m_database = nullptr;
    return committed;
}

} // namespace gatehouse::store

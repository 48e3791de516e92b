// SPDX-License-Identifier: GPL-3.0-or-later
#include <store/account_store.h>
#include <store/blocked_target_store.h>
#include <store/client_store.h>
#include <store/database.h>
#include <store/deleted_session_store.h>
#include <store/grant_store.h>
#include <store/instance_store.h>
#include <store/interaction_store.h>
#include <store/query.h>
#include <store/token_store.h>

#include <QSqlDatabase>
#include <QTemporaryDir>
#include <QTest>
#include <QtEndian>

using namespace Qt::StringLiterals;
using namespace gatehouse;
using namespace gatehouse::store;

namespace {

QByteArray contentOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void write(const QString &path, const QByteArray &content)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(content);
}

/// Makes nonsense of the page with the number that `query` finds; of the first free one for 0.
void damagePage(const QString &path, const QString &query)
{
    qint64 page = 0;
    {
        auto database = QSqlDatabase::addDatabase(u"QSQLITE"_s, u"other"_s);
        database.setDatabaseName(path);
        QVERIFY(database.open());
        QSqlQuery found(database);
        QVERIFY(found.exec(query) && found.next());
        page = found.value(0).toLongLong();
    }
    QSqlDatabase::removeDatabase(u"other"_s);
    const auto head = contentOf(path).left(100); // SQLite, Database File Format §1.3
    const qint64 pageSize = qFromBigEndian<quint16>(head.constData() + 16);
    if (page == 0)
        page = qFromBigEndian<quint32>(head.constData() + 32);
    QVERIFY(page > 1);
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadWrite) && file.seek((page - 1) * pageSize));
    QCOMPARE(file.write(QByteArray(pageSize, '\xff')), pageSize);
}

/// Runs statements on the file behind Gatehouse's back.
void change(const QString &path, const QStringList &statements)
{
    {
        auto database = QSqlDatabase::addDatabase(u"QSQLITE"_s, u"other"_s);
        database.setDatabaseName(path);
        QVERIFY(database.open());
        for (const auto &statement : statements) {
            QSqlQuery query(database);
            QVERIFY(query.exec(statement));
        }
    }
    QSqlDatabase::removeDatabase(u"other"_s);
}

} // namespace

class TestDatabase : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { m_directory = std::make_unique<QTemporaryDir>(); }

    void createsForThisUserAlone()
    {
        QVERIFY(Database::open(path()));
        const auto others =
            QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther | QFile::WriteOther;
        QCOMPARE(QFile::permissions(path()) & others, QFile::Permissions());
    }

    void keepsWhatIsWritten()
    {
        {
            const auto database = Database::open(path());
            QVERIFY(database);
            QVERIFY(InstanceStore(**database).setValue(u"port"_s, u"1"_s));
            QVERIFY(InstanceStore(**database).setValue(u"port"_s, u"2"_s));
        }
        const auto database = Database::open(path());
        QVERIFY(database);
        QCOMPARE(*InstanceStore(**database).value(u"port"_s), std::optional(u"2"_s));
        QCOMPARE(*InstanceStore(**database).value(u"none"_s), std::optional<QString>());
    }

    void uncommittedIsRolledBack()
    {
        const auto database = Database::open(path());
        QVERIFY(database);
        InstanceStore instance(**database);
        {
            const auto transaction = Transaction::begin(**database);
            QVERIFY(transaction);
            QVERIFY(instance.setValue(u"a"_s, u"1"_s));
        }
        QCOMPARE(*instance.value(u"a"_s), std::optional<QString>());
    }

    void damagedIsNeverOverwritten_data()
    {
        QTest::addColumn<QByteArray>("content");
        QTest::newRow("not a database")
            << QByteArray("a letter to a friend, long enough").repeated(50);
        QTest::newRow("only the beginning")
            << QByteArray("SQLite format 3\0garbage garbage", 32).repeated(40);
    }
    void damagedIsNeverOverwritten()
    {
        QFETCH(QByteArray, content);
        write(path(), content);
        const auto database = Database::open(path());
        QVERIFY(!database);
        QVERIFY(database.error().message.contains(u"Nothing was overwritten"_s));
        QVERIFY(!database.error().remedy.isEmpty());
        QCOMPARE(contentOf(path()), content);
    }

    void aDamagedTableIsNoticed_data()
    {
        QTest::addColumn<QString>("table");
        for (const auto &table : {u"access_grant"_s, u"refresh_token"_s, u"client"_s, u"activity"_s,
                                  u"activity_at"_s, u"activity_grant"_s})
            QTest::newRow(qPrintable(table)) << table;
    }
    void aDamagedTableIsNoticed()
    {
        QFETCH(QString, table);
        QVERIFY(Database::open(path()));
        QVERIFY(Database::open(path()));
        damagePage(path(), u"SELECT rootpage FROM sqlite_master WHERE name = '%1'"_s.arg(table));
        const auto before = contentOf(path());
        const auto database = Database::open(path());
        QVERIFY(!database);
        QVERIFY(database.error().message.contains(u"Nothing was overwritten"_s));
        QCOMPARE(contentOf(path()), before);
    }

    /// What a start in good order does not read.
    void afterACrashEverythingIsRead_data()
    {
        QTest::addColumn<bool>("crashed");
        QTest::addColumn<bool>("opens");
        QTest::newRow("ended in order") << false << true;
        QTest::newRow("crashed") << true << false;
    }
    void afterACrashEverythingIsRead()
    {
        QFETCH(bool, crashed);
        QFETCH(bool, opens);
        QVERIFY(Database::open(path()));
        change(path(),
               {u"CREATE TABLE other (text TEXT)"_s,
                u"INSERT INTO other VALUES (hex(zeroblob(100000)))"_s, u"DROP TABLE other"_s});
        damagePage(path(), u"SELECT 0"_s); // the first of those that are free
        if (crashed)
            write(path() + u"-wal"_s, "left behind");
        QCOMPARE(Database::open(path()).has_value(), opens);
        // Trying again is no cure.
        QCOMPARE(Database::open(path()).has_value(), opens);
    }

    void anotherProgramsIsLeftAlone()
    {
        change(path(), {u"CREATE TABLE bookmarks (url TEXT)"_s});
        const auto before = contentOf(path());
        QVERIFY(!Database::open(path()));
        QCOMPARE(contentOf(path()), before);
    }

    void aNewerOneIsLeftAlone()
    {
        QVERIFY(Database::open(path()));
        change(path(), {u"PRAGMA user_version=99"_s});
        const auto database = Database::open(path());
        QVERIFY(!database);
        QVERIFY(database.error().message.contains(u"newer Gatehouse"_s));
    }

    void theFirstVersionIsBroughtUpToDateWithItsData()
    {
        QFile script(u":/gatehouse/schema/001_initial.sql"_s);
        QVERIFY(script.open(QIODevice::ReadOnly));
        auto statements = QString::fromUtf8(script.readAll()).split(u";\n"_s, Qt::SkipEmptyParts);
        statements
            << u"INSERT INTO account VALUES ('alice', 'i', 's', 'Alice', 'a@example.com', '', 5, "
               "'[]')"_s
            << u"INSERT INTO client VALUES ('c', 'dynamic', 'Claude Code', "
               "'[\"http://localhost/cb\"]', 'none', NULL, '[\"authorization_code\"]', 1, 2)"_s
            << u"INSERT INTO interaction VALUES ('i', 'pending', 'c', 'Claude Code', "
               "'http://localhost:1/cb', 1, '[\"read:todos\"]', '', 'state', 'challenge', '', '', "
               "'http://localhost:8377', x'00', 'K7QM', 1, 100, 1, NULL, '[]', NULL, NULL)"_s
            << u"INSERT INTO access_grant VALUES ('g', 'c', 'Claude Code', 'alice', "
               "'[\"read:todos\"]', '', 1, NULL, 2, NULL, '')"_s
            << u"INSERT INTO access_token VALUES (x'01', 'g', '[\"read:todos\"]', 100)"_s
            << u"PRAGMA application_id=%1"_s.arg(0x47415445) << u"PRAGMA user_version=1"_s;
        change(path(), statements);

        const auto database = Database::open(path());
        QVERIFY2(database, database ? "" : qPrintable(database.error().detail));
        const auto now = fromMilliseconds(50);
        const auto client = *ClientStore(**database).find(ClientId(u"c"_s));
        QVERIFY(client);
        QCOMPARE(client->name, u"Claude Code"_s);
        QCOMPARE(client->redirectUris, QStringList{u"http://localhost/cb"_s});
        QVERIFY(!client->registeredBy);
        const auto waiting = *InteractionStore(**database).listWaiting(now);
        QCOMPARE(waiting.size(), 1);
        QCOMPARE(waiting.first().matchingCode, u"K7QM"_s);
        QCOMPARE(waiting.first().scopes, QStringList{u"read:todos"_s});
        QCOMPARE(waiting.first().raiseRequestedAt, fromMilliseconds(1));
        QVERIFY(!waiting.first().hasOwnListener && !waiting.first().listener);
        const auto grants = *GrantStore(**database).listActive(now);
        QCOMPARE(grants.size(), 1);
        QCOMPARE(grants.first().scopes, QStringList{u"read:todos"_s});
        QCOMPARE(grants.first().lastUsedAt, fromMilliseconds(2));
        QVERIFY(*TokenStore(**database).findAccess(QByteArray(1, '\1')));
        QCOMPARE(BlockedTargetStore(**database).list()->size(), 0);
        QVERIFY(Database::open(path()));
    }

    void theLastDeletedSessionsAreKept()
    {
        const auto database = Database::open(path());
        QVERIFY(database);
        DeletedSessionStore deleted(**database, 3);
        const auto session = [](const QByteArray &hash, qint64 issuedAt,
                                const QString &grant = u"g"_s) {
            return DeletedSession{GrantId(grant), fromMilliseconds(issuedAt), hash};
        };
        QCOMPARE(deleted.contains(session("a", 10)), false);
        QVERIFY(deleted.insert(session("a", 10)));
        QVERIFY(deleted.insert(session("a", 10)));
        QVERIFY(deleted.insert(session("c", 30)));
        QCOMPARE(deleted.contains(session("a", 10)), true);
        QCOMPARE(deleted.contains(session("old", 1)), false);
        QVERIFY(deleted.insert(session("b", 20)));
        QCOMPARE(deleted.contains(session("old", 9)), true); // one as old may have had to go
        QCOMPARE(deleted.contains(session("young", 11)), false);
        QCOMPARE(deleted.contains(session("old", 9, u"other"_s)), false);
        QVERIFY(deleted.insert(session("d", 40)));
        QVERIFY(deleted.insert(session("x", 5, u"other"_s)));
        QCOMPARE(deleted.contains(session("a", 10)), true);
        QCOMPARE(deleted.contains(session("b", 20)), true);
        QCOMPARE(deleted.contains(session("young", 21)), false);
        QCOMPARE(deleted.contains(session("x", 5, u"other"_s)), true);

        QCOMPARE(deleted.purge(fromMilliseconds(30), 10), 2);
        QCOMPARE(deleted.contains(session("b", 20)), false);
        QCOMPARE(deleted.contains(session("c", 30)), true);
        QCOMPARE(deleted.purge(fromMilliseconds(100), 1), 1);
        QCOMPARE(deleted.contains(session("d", 40)), true);
    }

    void programsAreKept()
    {
        const auto database = Database::open(path());
        QVERIFY(database);
        Client client;
        client.id = ClientId(u"c"_s);
        client.registeredBy = platform::ProcessInfo{
            4711, u"na\"me"_s, u"/opt/na\"me"_s, {u"bash"_s, u"gnome-terminal"_s}};
        ClientStore clients(**database);
        QVERIFY(clients.insert(client));
        const auto program = (*clients.find(client.id))->registeredBy;
        QVERIFY(program);
        QCOMPARE(program->pid, 4711);
        QCOMPARE(program->name, u"na\"me"_s);
        QCOMPARE(program->path, u"/opt/na\"me"_s);
        QCOMPARE(program->parents, (QStringList{u"bash"_s, u"gnome-terminal"_s}));
    }

    void grantsThatEndedLatelyAreListed()
    {
        const auto database = Database::open(path());
        QVERIFY(database);
        AccountStore accounts(**database);
        GrantStore grants(**database);
        Account alice;
        alice.id = AccountId(u"alice"_s);
        QVERIFY(accounts.upsert(alice));
        const auto insert = [&](const QString &id, int createdAt, std::optional<int> expiresAt,
                                std::optional<int> revokedAt) {
            const auto at = [](std::optional<int> time) {
                return time ? std::optional(fromMilliseconds(*time)) : std::nullopt;
            };
            Grant grant;
            grant.id = GrantId(id);
            grant.client = ClientId(u"client"_s);
            grant.account = alice.id;
            grant.target = u"site.example"_s;
            grant.createdAt = fromMilliseconds(createdAt);
            grant.expiresAt = at(expiresAt);
            grant.revokedAt = at(revokedAt);
            QVERIFY(grants.insert(grant));
        };
        insert(u"active"_s, 1, {}, {});
        insert(u"not yet expired"_s, 2, 1000, {});
        insert(u"expired long ago"_s, 3, 50, {});
        insert(u"expired"_s, 4, 150, {});
        insert(u"revoked long ago"_s, 5, {}, 60);
        insert(u"revoked"_s, 6, {}, 170);
        insert(u"revoked after it expired"_s, 7, 40, 160);
        const auto idsOf = [](const QList<Grant> &list) {
            QStringList ids;
            for (const auto &grant : list)
                ids.append(grant.id.value);
            return ids;
        };
        const auto from = fromMilliseconds(100);
        const auto now = fromMilliseconds(200);
        QCOMPARE(idsOf(*grants.listEnded(from, now, 10)),
                 (QStringList{u"revoked"_s, u"revoked after it expired"_s, u"expired"_s}));
        QCOMPARE(grants.listEnded(from, now, 1)->size(), 1);
        // What was taken back counts for nothing.
        QCOMPARE((*grants.findLatestOf(ClientId(u"client"_s)))->id.value, u"expired"_s);
        QCOMPARE(grants.newestNames(10)->size(), 4);
        QCOMPARE(grants.newestNames(2)->size(), 2);
        QCOMPARE(grants.hasTarget(u"site.example"_s), true);
        QCOMPARE(grants.hasTarget(u"other.example"_s), false);
    }

    void requestsReadNoHistory_data()
    {
        QTest::addColumn<QString>("sql");
        QTest::newRow("what waits") << u"SELECT id FROM interaction WHERE state = 'pending' "
                                       "AND raised = 1 AND expires_at > 1 ORDER BY expires_at"_s;
        QTest::newRow("what asks") << u"SELECT id FROM interaction WHERE state = 'pending' "
                                      "AND raised = 0 AND raise_requested_at IS NOT NULL "
                                      "AND expires_at > 1 ORDER BY raise_requested_at"_s;
        QTest::newRow("of one target") << u"SELECT id FROM interaction WHERE state = 'pending' "
                                          "AND target = 'x' AND expires_at > 1"_s;
        QTest::newRow("blocked") << u"SELECT since FROM blocked_target WHERE target = 'x'"_s;
        QTest::newRow("registered") << u"SELECT count(*) FROM client WHERE kind = 'dynamic'"_s;
        QTest::newRow("never used") << u"SELECT id FROM client WHERE kind = 'dynamic' "
                                       "AND last_used_at IS NULL AND created_at < 1 LIMIT 1"_s;
        QTest::newRow("the oldest registration that was never used")
            << u"SELECT id FROM client WHERE kind = 'dynamic' AND last_used_at IS NULL AND NOT "
               "EXISTS (SELECT 1 FROM interaction WHERE interaction.client = client.id) "
               "ORDER BY created_at LIMIT 1"_s;
        QTest::newRow("the oldest request that nobody saw")
            << u"SELECT id FROM interaction WHERE state = 'pending' AND raised = 0 "
               "ORDER BY raise_requested_at IS NOT NULL, expires_at LIMIT 1"_s;
        QTest::newRow("the oldest request that is done")
            << u"SELECT id FROM interaction WHERE state IN ('denied', 'finished') "
               "ORDER BY expires_at LIMIT 1"_s;
        QTest::newRow("revoked lately") << u"SELECT id FROM access_grant "
                                           "WHERE revoked_at IS NOT NULL AND revoked_at > 1"_s;
        QTest::newRow("expired lately")
            << u"SELECT id FROM access_grant WHERE revoked_at IS NULL AND expires_at > 1 "
               "AND expires_at <= 2"_s;
        QTest::newRow("allowed last") << u"SELECT id FROM access_grant WHERE client = 'x' "
                                         "ORDER BY created_at DESC LIMIT 1"_s;
        QTest::newRow("allowed at a target")
            << u"SELECT id FROM access_grant WHERE target = 'x' LIMIT 1"_s;
        QTest::newRow("active") << u"SELECT id FROM access_grant WHERE revoked_at IS NULL "
                                   "AND ifnull(expires_at, 9223372036854775807) > 1"_s;
    }
    void requestsReadNoHistory()
    {
        QFETCH(QString, sql);
        const auto database = Database::open(path());
        QVERIFY(database);
        const auto steps =
            readAll<QString>(**database, u"EXPLAIN QUERY PLAN "_s + sql, {}, [](Row row) {
                for (int i = 0; i < 3; ++i)
                    (void)row.number();
                return row.text();
            });
        QVERIFY(steps && !steps->isEmpty());
        for (const auto &step : *steps) {
            // Along an index that holds just these rows is fine; through a table, or sorting all
            // of them for the first, is not.
            static const QRegularExpression own(u"^SCAN interaction USING (COVERING )?INDEX "
                                                "interaction_(asking|unraised|done)( |$)"_s);
            QVERIFY2(!step.startsWith("SCAN"_L1) || own.match(step).hasMatch(),
                     qPrintable(steps->join(u'\n')));
            QVERIFY2(!step.contains("TEMP B-TREE"_L1) || sql.contains("'x'"_L1)
                         || sql.contains("raised = 1"_L1),
                     qPrintable(steps->join(u'\n')));
        }
    }

    void statementsRunAgain()
    {
        const auto database = Database::open(path());
        QVERIFY(database);
        const auto number = [](Row row) { return row.number(); };
        const auto upTo = u"WITH RECURSIVE n(i) AS (VALUES (?) UNION ALL SELECT i + 1 FROM n "
                          "WHERE i < 3) SELECT i FROM n"_s;
        auto outer = run(**database, upTo, {1});
        QVERIFY(outer);
        QList<qint64> seen;
        while (outer->next()) {
            const auto from = outer->row().number();
            seen += *readAll<qint64>(**database, upTo, {from}, number);
        }
        QCOMPARE(seen, QList<qint64>({1, 2, 3, 2, 3, 3}));
        QCOMPARE(*readAll<qint64>(**database, upTo, {3}, number), QList<qint64>({3}));
        QVERIFY(!readAll<qint64>(**database, upTo, {}, number));
        QCOMPARE(*readAll<qint64>(**database, upTo, {3}, number), QList<qint64>({3}));

        const auto insert = u"INSERT INTO instance (key, value) VALUES (?, ?)"_s;
        QVERIFY(runOnly(**database, insert, {u"a"_s, u"1"_s}));
        QVERIFY(!runOnly(**database, insert, {u"a"_s, u"2"_s}));
        QVERIFY(runOnly(**database, insert, {u"b"_s, u"2"_s}));
    }

    void aStatementThatWasReadLetsTheJournalEnd()
    {
        const auto database = Database::open(path());
        QVERIFY(database);
        for (const auto &key : {u"a"_s, u"b"_s}) {
            QVERIFY(
                runOnly(**database, u"INSERT INTO instance (key, value) VALUES (?, '')"_s, {key}));
        }
        const auto text = [](Row row) { return row.text(); };
        QVERIFY(*readOne<QString>(**database, u"SELECT key FROM instance"_s, {}, text));
        const auto other = Database::openBeside(path());
        QVERIFY(other);
        const auto isBusy = [](Row row) { return row.number(); };
        QCOMPARE(**readOne<qint64>(**other, u"PRAGMA wal_checkpoint(TRUNCATE)"_s, {}, isBusy), 0);
    }

    void lockedIsSaid()
    {
        QVERIFY(Database::open(path()));
        {
            auto other = QSqlDatabase::addDatabase(u"QSQLITE"_s, u"locker"_s);
            other.setDatabaseName(path());
            QVERIFY(other.open());
            QSqlQuery query(other);
            QVERIFY(query.exec(u"PRAGMA locking_mode=EXCLUSIVE"_s));
            QVERIFY(query.exec(u"BEGIN EXCLUSIVE"_s));
            const auto database = Database::open(path());
            QVERIFY(!database);
            QVERIFY2(database.error().message.contains(u"in use by another program"_s),
                     qPrintable(database.error().message));
        }
        QSqlDatabase::removeDatabase(u"locker"_s);
        QVERIFY(Database::open(path()));
    }

private:
    [[nodiscard]] QString path() const { return m_directory->filePath(u"gatehouse.db"_s); }
    std::unique_ptr<QTemporaryDir> m_directory;
};

QTEST_GUILESS_MAIN(TestDatabase)
#include "tst_database.moc"

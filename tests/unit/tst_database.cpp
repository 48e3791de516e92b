// SPDX-License-Identifier: GPL-3.0-or-later
#include <store/database.h>
#include <store/instance_store.h>
#include <store/query.h>

#include <QSqlDatabase>
#include <QTemporaryDir>
#include <QTest>

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

// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/oauth_world.h"

#include <service/activity_log.h>
#include <store/activity_store.h>
#include <store/activity_writer.h>
#include <store/database.h>

#include <QElapsedTimer>
#include <QFile>
#include <QRegularExpression>
#include <QTemporaryDir>

#include <memory>

using namespace gatehouse;
using namespace gatehouse::tests;

namespace {

/// For what must not happen, in ms.
constexpr int kLongEnough = 50;

store::Activity named(const QString &what)
{
    return {{}, {}, u"Editor"_s, u"tool"_s, what, u"done"_s};
}

/// A log and what is in its database.
class LogWorld : public OAuthWorld {
public:
    [[nodiscard]] QStringList written() const
    {
        QStringList names;
        const auto newest = activity.newest(10'000);
        for (const auto &each : *newest)
            names.prepend(each.what);
        return names;
    }

    store::ActivityStore activity{*database};
    std::unique_ptr<ActivityLog> log =
        std::make_unique<ActivityLog>(clock, activity, database->path());
};

} // namespace

class TestActivityLog : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void callsAreWrittenTogetherAMomentLater()
    {
        LogWorld world;
        world.log->recordSoon(named(u"first"_s));
        world.clock.advance(ActivityLog::kDelay / 2);
        world.log->recordSoon(named(u"second"_s));
        QTest::qWait(kLongEnough);
        QCOMPARE(world.written(), QStringList());
        world.clock.advance(ActivityLog::kDelay / 2);
        QTRY_COMPARE(world.written(), QStringList({u"first"_s, u"second"_s}));
        world.log->recordSoon(named(u"third"_s));
        world.clock.advance(ActivityLog::kDelay);
        QTRY_COMPARE(world.written(), QStringList({u"first"_s, u"second"_s, u"third"_s}));
    }

    void whoReadsFindsWhatIsBeingWritten()
    {
        LogWorld world;
        for (int i = 0; i < 500; ++i) {
            world.log->recordSoon(named(QString::number(i)));
            if (i % 7 == 0)
                world.clock.advance(ActivityLog::kDelay);
            if (i % 11 == 0) {
                world.log->write();
                QCOMPARE(world.written().size(), i + 1);
            }
        }
        world.clock.advance(ActivityLog::kDelay);
        world.log->record(named(u"500"_s));
        const auto written = world.written();
        QCOMPARE(written.size(), 501);
        for (int i = 0; i < written.size(); ++i)
            QCOMPARE(written.at(i), QString::number(i));
    }

    void aDiskThatIsBusyHoldsUpNoCall()
    {
        LogWorld world;
        {
            auto other = store::Transaction::begin(*world.database);
            QVERIFY(other);
            const QElapsedTimer timer = [] {
                QElapsedTimer started;
                started.start();
                return started;
            }();
            for (qsizetype i = 0; i < 2 * ActivityLog::kMostCollected; ++i)
                world.log->recordSoon(named(u"call"_s));
            world.clock.advance(ActivityLog::kDelay);
            world.clock.advance(ActivityLog::kDelay);
            QVERIFY2(timer.elapsed() < 1000, "it waited");
            QCOMPARE(world.written().size(), 0);
        }
        QTRY_COMPARE(world.written().size(), ActivityLog::kMostCollected);
        world.clock.advance(ActivityLog::kDelay);
        QTRY_COMPARE(world.written().size(), 2 * ActivityLog::kMostCollected);
    }

    void whatIsRecordedIsWrittenAtOnceAfterWhatWasBefore()
    {
        LogWorld world;
        world.log->recordSoon(named(u"call"_s));
        world.log->record(named(u"decision"_s));
        QCOMPARE(world.written(), QStringList({u"call"_s, u"decision"_s}));
        world.clock.advance(ActivityLog::kDelay);
        QCOMPARE(world.written().size(), 2);
    }

    void manyAreHandedOverAtOnce()
    {
        LogWorld world;
        for (qsizetype i = 0; i + 1 < ActivityLog::kMostCollected; ++i)
            world.log->recordSoon(named(u"call"_s));
        QTest::qWait(kLongEnough);
        QCOMPARE(world.written().size(), 0);
        world.log->recordSoon(named(u"last"_s));
        QTRY_COMPARE(world.written().size(), ActivityLog::kMostCollected);
    }

    void aDiskThatDoesNotKeepUpHoldsUpCallsInTheEnd()
    {
        LogWorld world;
        {
            auto other = store::Transaction::begin(*world.database);
            QVERIFY(other);
            QElapsedTimer timer;
            timer.start();
            for (qsizetype i = 0; i < ActivityLog::kMostCollected; ++i)
                world.log->recordSoon(named(u"lost"_s));
            for (qsizetype i = 0; i < ActivityLog::kMostWaiting; ++i)
                world.log->recordSoon(named(u"kept"_s));
            // Until the first thousand was given up.
            QVERIFY(timer.elapsed() >= 1500);
        }
        world.log->record(named(u"decision"_s));
        const auto written = world.written();
        QCOMPARE(written.size(), ActivityLog::kMostWaiting + 1);
        QCOMPARE(written.count(u"kept"_s), ActivityLog::kMostWaiting);
        QCOMPARE(written.last(), u"decision"_s);
    }

    void theRestIsWrittenAtTheEnd()
    {
        LogWorld world;
        world.log->recordSoon(named(u"call"_s));
        world.log.reset();
        QCOMPARE(world.written(), QStringList({u"call"_s}));
    }

    void aMissingDatabaseIsToldAndNotMadeAnew()
    {
        const QTemporaryDir directory;
        const auto path = directory.filePath(u"gatehouse.db"_s);
        store::ActivityWriter writer(path);
        QTest::ignoreMessage(
            QtWarningMsg, QRegularExpression(u"activity not recorded: .*gatehouse.db is gone"_s));
        writer.write({named(u"lost"_s)});
        writer.wait();
        QVERIFY(!QFile::exists(path));

        const auto database = store::Database::open(path);
        QVERIFY(database);
        writer.write({named(u"kept"_s)});
        writer.wait();
        const auto written = store::ActivityStore(**database).newest(10);
        QCOMPARE(written->size(), 1);
        QCOMPARE(written->first().what, u"kept"_s);
    }
};

QTEST_GUILESS_MAIN(TestActivityLog)
#include "tst_activity_log.moc"

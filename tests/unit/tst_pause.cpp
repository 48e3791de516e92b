// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/manual_clock.h"

#include <service/pause.h>
#include <store/database.h>
#include <store/instance_store.h>
#include <store/query.h>

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace gatehouse;
using namespace gatehouse::tests;

namespace {

/// A pause on a real database, which a restart leaves.
class PauseWorld {
public:
    void restart()
    {
        pause = std::make_unique<Pause>(clock, instance);
        if (!pause->load())
            qFatal("not loaded");
    }

    QTemporaryDir directory;
    ManualClock clock;
    std::unique_ptr<store::Database> database =
        std::move(*store::Database::open(directory.filePath(u"gatehouse.db"_s)));
    store::InstanceStore instance{*database};
    std::unique_ptr<Pause> pause = std::make_unique<Pause>(clock, instance);
};

} // namespace

class TestPause : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void isFoundAfterARestart_data()
    {
        QTest::addColumn<bool>("timed");
        QTest::newRow("until it is resumed") << false;
        QTest::newRow("for ten minutes") << true;
    }
    void isFoundAfterARestart()
    {
        QFETCH(bool, timed);
        PauseWorld world;
        const auto duration = timed ? std::optional<std::chrono::milliseconds>(10min)
                                    : std::optional<std::chrono::milliseconds>();
        QVERIFY(world.pause->begin(duration));
        const auto begun = world.pause->state();
        world.clock.advance(1min);
        world.restart();
        QVERIFY(world.pause->state().paused);
        QCOMPARE(world.pause->state().until, begun.until);
        QCOMPARE(begun.until.has_value(), timed);
        QVERIFY(world.pause->end());
        world.restart();
        QVERIFY(!world.pause->state().paused);
    }

    void endsByItself_data()
    {
        QTest::addColumn<bool>("restarted");
        QTest::newRow("in the process that began it") << false;
        QTest::newRow("in the next one") << true;
    }
    void endsByItself()
    {
        QFETCH(bool, restarted);
        PauseWorld world;
        QVERIFY(world.pause->begin(10min));
        if (restarted)
            world.restart();
        QSignalSpy changed(world.pause.get(), &Pause::changed);
        world.clock.advance(10min - 1ms);
        QVERIFY(world.pause->state().paused);
        world.clock.advance(1ms);
        QVERIFY(!world.pause->state().paused);
        QCOMPARE(changed.count(), 1);
        world.restart();
        QVERIFY(!world.pause->state().paused);
    }

    void onlyTheLatestEndsByItself()
    {
        PauseWorld world;
        QVERIFY(world.pause->begin(10min));
        QVERIFY(world.pause->begin(std::nullopt));
        world.clock.advance(1h);
        QVERIFY(world.pause->state().paused);
        QVERIFY(world.pause->begin(10min));
        QVERIFY(world.pause->begin(1h));
        world.clock.advance(10min);
        QVERIFY(world.pause->state().paused);
        world.clock.advance(50min);
        QVERIFY(!world.pause->state().paused);
    }

    void endInTimeKeepsWhatIsNotOver()
    {
        PauseWorld world;
        QVERIFY(world.pause->begin(std::nullopt));
        world.clock.advance(24h);
        world.pause->endInTime();
        QVERIFY(world.pause->state().paused);
        QVERIFY(world.pause->begin(10min));
        world.pause->endInTime();
        QVERIFY(world.pause->state().paused);
    }

    /// Nobody is told that access is paused, or is not, when a restart would find it otherwise.
    void whatCannotBeStoredDoesNotHold()
    {
        PauseWorld world;
        QVERIFY(world.pause->begin(std::nullopt));
        QVERIFY(store::runOnly(*world.database, u"DROP TABLE instance"_s, {}));
        QSignalSpy changed(world.pause.get(), &Pause::changed);
        QVERIFY(!world.pause->end());
        QVERIFY(world.pause->state().paused);
        QVERIFY(!world.pause->begin(10min));
        QVERIFY(!world.pause->state().until);
        QVERIFY(!world.pause->load());
        QCOMPARE(changed.count(), 0);
    }
};

QTEST_GUILESS_MAIN(TestPause)
#include "tst_pause.moc"

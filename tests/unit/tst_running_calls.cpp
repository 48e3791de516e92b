// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/manual_clock.h"

#include <mcp/call.h>
#include <mcp/outlet.h>
#include <mcp/running_calls.h>

#include <QPointer>
#include <QtTest>

using namespace gatehouse;
using namespace gatehouse::mcp;
using namespace gatehouse::tests;
using namespace Qt::StringLiterals;

namespace {

class NoOutlet final : public Outlet {
public:
    [[nodiscard]] bool canSend() const override { return false; }
    void send(const QJsonObject &) override { }
    void finish(const RpcOutcome &) override { }
};

const auto kId = RpcId::of(1);

/// Calls of one session, of which the newest is watched.
struct World {
    void start(const Run &run)
    {
        const auto watched = [this, run](const std::shared_ptr<Call> &started) {
            call = started.get();
            run(started);
        };
        calls.start(kId,
                    {watched, {}, {}, {}, Revision::V2025_11_25, {}, std::make_shared<NoOutlet>()},
                    [this](const CallOutcome &) { ++ended; });
    }

    ManualClock clock;
    RunningCalls calls{clock};
    QPointer<Call> call;
    int ended = 0;
};

} // namespace

class TestRunningCalls : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void oneThatAnswersAtOnceIsGoneAtOnce()
    {
        World world;
        world.start([](const std::shared_ptr<Call> &call) { call->finish({u"done"_s}); });
        QCOMPARE(world.ended, 1);
        QVERIFY(!world.call);
    }

    void oneThatEndsInsideItsOwnSignalOutlivesIt()
    {
        World world;
        world.start([](const std::shared_ptr<Call> &) {});
        QVERIFY(world.call);
        // Nobody else holds it: this is the last that is heard of it.
        world.call->finish({u"done"_s});
        QCOMPARE(world.ended, 1);
        QVERIFY(world.call);
        QTRY_VERIFY(!world.call);
    }

    void oneThatIsAbandonedIsGoneWithItsLastOwner()
    {
        World world;
        std::shared_ptr<Call> kept;
        world.start([&kept](const std::shared_ptr<Call> &call) { kept = call; });
        world.calls.cancel(kId);
        QCOMPARE(world.ended, 1);
        QVERIFY(world.call);
        kept.reset();
        QVERIFY(!world.call);
    }
};

QTEST_GUILESS_MAIN(TestRunningCalls)
#include "tst_running_calls.moc"

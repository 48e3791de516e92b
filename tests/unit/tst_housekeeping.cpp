// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/oauth_world.h"

#include <oauth/grants.h>
#include <service/housekeeping.h>
#include <store/deleted_session_store.h>
#include <store/query.h>

#include <QSignalSpy>

using namespace gatehouse;
using namespace gatehouse::tests;

namespace {

/// An authorization server that is looked after.
class KeptWorld : public OAuthWorld {
public:
    GrantId addGrant(const QString &id, Instant expiresAt)
    {
        store::Grant grant;
        grant.id = GrantId(id);
        grant.client = ClientId(u"client"_s);
        grant.account = AccountId(u"alice"_s);
        grant.createdAt = clock.now();
        grant.expiresAt = expiresAt;
        if (!grants.insert(grant))
            qFatal("no grant");
        return grant.id;
    }
    void addActivity(int count, Instant at)
    {
        auto transaction = store::Transaction::begin(*database);
        for (int i = 0; i < count; ++i) {
            if (!activity.append({at, {}, u"Editor"_s, u"tool"_s, u"list"_s, u"done"_s}))
                qFatal("no activity");
        }
        if (!transaction->commit())
            qFatal("no activities");
    }
    [[nodiscard]] qsizetype activities() const { return activity.newest(10'000)->size(); }

    store::ActivityStore activity{*database};
    store::DeletedSessionStore deletedSessions{*database};
    Housekeeping housekeeping{
        {clock, server.grants(), grants, interactions, tokens, clients, activity, deletedSessions}};
};

} // namespace

class TestHousekeeping : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aRoundAMinute()
    {
        KeptWorld world;
        QSignalSpy ticked(&world.housekeeping, &Housekeeping::ticked);
        world.housekeeping.start();
        QCOMPARE(ticked.count(), 1);
        for (int minute = 0; minute < 5; ++minute)
            world.clock.advance(60s);
        QCOMPARE(ticked.count(), 6);
    }

    void saysOnceThatAGrantHasExpired_data()
    {
        QTest::addColumn<bool>("asleep");
        QTest::newRow("while the computer is awake") << false;
        QTest::newRow("while it sleeps for a night") << true;
    }
    void saysOnceThatAGrantHasExpired()
    {
        QFETCH(bool, asleep);
        KeptWorld world;
        (void)world.addGrant(u"long ago"_s, world.clock.now() - 1h);
        const auto grant = world.addGrant(u"soon"_s, world.clock.now() + 10min);
        (void)world.addGrant(u"later"_s, world.clock.now() + 48h);
        QSignalSpy expired(&world.housekeeping, &Housekeeping::expired);
        world.housekeeping.start();
        world.clock.advance(9min);
        QCOMPARE(expired.count(), 0);
        if (asleep)
            world.clock.sleepFor(8h);
        else
            world.clock.advance(2min);
        world.clock.advance(10min);
        QCOMPARE(expired.count(), 1);
        QCOMPARE(expired.first().first().value<GrantId>(), grant);
    }

    /// A service that begins to be used again after a year must not stand still meanwhile.
    void forgetsInSteps()
    {
        KeptWorld world;
        world.addActivity(450, world.clock.now() - 91 * 24h);
        world.addActivity(1, world.clock.now() - 89 * 24h);
        world.housekeeping.start();
        QCOMPARE(world.activities(), 251);
        world.clock.advance(49ms);
        QCOMPARE(world.activities(), 251);
        world.clock.advance(1ms);
        QCOMPARE(world.activities(), 51);
        world.clock.advance(50ms);
        QCOMPARE(world.activities(), 1);
        // And again when more has become old.
        world.clock.advance(2 * 24h);
        QCOMPARE(world.activities(), 0);
    }

    void forgetsDeletedSessionsThatAreTooOldToBeginAgain()
    {
        KeptWorld world;
        const store::DeletedSession session{GrantId(u"g"_s), world.clock.now(), "hash"};
        QVERIFY(world.deletedSessions.insert(session));
        world.housekeeping.start();
        world.clock.advance(30 * 24h);
        QCOMPARE(world.deletedSessions.contains(session), true);
        world.clock.advance(2min);
        QCOMPARE(world.deletedSessions.contains(session), false);
    }

    void endsGrantsThatNobodyFetched()
    {
        KeptWorld world;
        const auto client = world.registerClient();
        QVERIFY(!world.obtainCode(client).isEmpty());
        world.housekeeping.start();
        QCOMPARE(world.server.grants().active()->size(), 1);
        world.clock.advance(5min);
        QCOMPARE(world.server.grants().active()->size(), 0);
    }

    void forgetsWhatIsNotUsed()
    {
        KeptWorld world;
        const auto unused = world.registerClient();
        const auto request = world.openInteraction(unused);
        const auto used = world.registerClient();
        const auto reply = world.redeem(used, world.obtainCode(used));
        const auto hash = Secret(reply->json()[u"access_token"_s].toString().toLatin1()).hash();
        QVERIFY(*world.tokens.findAccess(hash));
        world.housekeeping.start();
        world.clock.advance(23h);
        QVERIFY(*world.clients.find(unused));
        world.clock.advance(1h);
        world.clock.advance(1min);
        QVERIFY(!*world.clients.find(unused));
        QVERIFY(*world.clients.find(used));
        QVERIFY(!*world.interactions.find(request));
        QVERIFY(!*world.tokens.findAccess(hash));
    }
};

QTEST_GUILESS_MAIN(TestHousekeeping)
#include "tst_housekeeping.moc"

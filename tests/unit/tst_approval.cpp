// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/fake_process_lookup.h"
#include "support/manual_clock.h"

#include <approval/approval_service.h>
#include <approval/redirect_target.h>
#include <base/random.h>
#include <store/account_store.h>
#include <store/blocked_target_store.h>
#include <store/database.h>
#include <store/interaction_store.h>

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace gatehouse;
using namespace gatehouse::approval;
using namespace gatehouse::tests;
using store::InteractionState;

namespace {

/// The service on a real database, without HTTP.
class ApprovalWorld {
public:
    InteractionId open(const QString &redirectUri, const QString &name = u"Claude Code"_s)
    {
        store::Interaction request;
        request.client = ClientId(u"client"_s);
        request.clientName = name;
        request.redirectUri = redirectUri;
        request.scopes = {u"read:todos"_s};
        request.origin = "http://localhost:8377";
        request.browserHash = "hash";
        const auto opened = service->open(request);
        if (!opened)
            qFatal("not opened: %s", qUtf8Printable(opened.error().message));
        return opened->id;
    }
    /// What came of it, or nothing while the lookup of the listener is held.
    std::optional<RaiseOutcome> raise(const InteractionId &id)
    {
        std::optional<RaiseOutcome> outcome;
        service->raise(id, &context, [&](const Result<RaiseOutcome> &result) {
            if (result)
                outcome = *result;
        });
        return outcome;
    }
    InteractionId openRaised(const QString &redirectUri)
    {
        const auto id = open(redirectUri);
        (void)raise(id);
        return id;
    }
    [[nodiscard]] bool isRaised(const InteractionId &id) const
    {
        const auto found = service->find(id);
        return found && *found && (*found)->raised;
    }
    [[nodiscard]] qsizetype shown() const { return service->waiting()->size(); }
    [[nodiscard]] qint64 unraised() const { return *service->unraisedCount(); }
    void restart()
    {
        service = make();
        service->start();
    }

    QObject context;
    QTemporaryDir directory;
    ManualClock clock;
    SystemRandom random;
    FakeProcessLookup processes;
    std::unique_ptr<store::Database> database =
        std::move(*store::Database::open(directory.filePath(u"gatehouse.db"_s)));
    store::InteractionStore interactions{*database};
    store::BlockedTargetStore blockedTargets{*database};
    store::AccountStore accounts{*database};
    std::unique_ptr<ApprovalService> service = make();

private:
    std::unique_ptr<ApprovalService> make()
    {
        return std::make_unique<ApprovalService>(
            ApprovalService::Deps{clock,
                                  random,
                                  *database,
                                  interactions,
                                  blockedTargets,
                                  accounts,
                                  processes,
                                  {},
                                  u"https://tenant.example/"_s});
    }
};

QString local(int port)
{
    return u"http://localhost:%1/callback"_s.arg(port);
}

QString website(int number)
{
    return u"https://site%1.example/callback"_s.arg(number);
}

} // namespace

class TestApproval : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void whoMayBeChosen_data()
    {
        QTest::addColumn<QString>("account");
        QTest::addColumn<QString>("refusal");
        QTest::newRow("an account of the tenant") << u"alice"_s << QString();
        QTest::newRow("one of a tenant that was configured before")
            << u"carol"_s << u"This account belongs to another tenant."_s;
        QTest::newRow("nobody known") << u"mallory"_s << u"There is no such account."_s;
    }
    void whoMayBeChosen()
    {
        QFETCH(QString, account);
        QFETCH(QString, refusal);
        ApprovalWorld world;
        for (const auto &[name, host] :
             {std::pair(u"alice"_s, u"tenant"_s), {u"carol"_s, u"old"_s}}) {
            store::Account known;
            known.id = AccountId(name);
            known.issuer = u"https://%1.example/"_s.arg(host);
            known.subject = name;
            known.signedInAt = world.clock.now();
            QVERIFY(world.accounts.upsert(known));
        }
        const auto id = world.openRaised(u"http://localhost:51234/cb"_s);
        Decision decision{true};
        decision.account = AccountId(account);
        const auto decided = world.service->decide(id, decision);
        QCOMPARE(decided ? QString() : decided.error().message, refusal);
        const auto state = world.service->find(id).value()->state;
        QCOMPARE(state, refusal.isEmpty() ? InteractionState::Allowed : InteractionState::Pending);
    }

    void targets_data()
    {
        QTest::addColumn<QString>("uri");
        QTest::addColumn<QString>("key");
        QTest::newRow("RFC 8252 §7.3 localhost") << local(51234) << u"loopback:51234"_s;
        QTest::newRow("RFC 8252 §7.3 IPv4")
            << u"http://127.0.0.1:51234/other"_s << u"loopback:51234"_s;
        QTest::newRow("RFC 8252 §7.3 IPv6") << u"http://[::1]:51234/"_s << u"loopback:51234"_s;
        QTest::newRow("loopback without a port") << u"http://localhost/cb"_s << u"loopback:80"_s;
        QTest::newRow("website") << u"https://Claude.AI/api/cb?x=1"_s << u"claude.ai"_s;
        QTest::newRow("website on another port")
            << u"https://claude.ai:8443/cb"_s << u"claude.ai"_s;
        QTest::newRow("website in punycode stays so")
            << u"https://xn--claude-9ya.example/"_s << u"xn--claude-9ya.example"_s;
        QTest::newRow("app link") << u"Cursor://anysphere.mcp/cb"_s << u"cursor://"_s;
        QTest::newRow("app link without slashes")
            << u"com.example.app:/cb"_s << u"com.example.app://"_s;
    }
    void targets()
    {
        QFETCH(QString, uri);
        QFETCH(QString, key);
        QCOMPARE(redirectTargetOf(uri).key, key);
    }

    void atMostTwoOfOneTarget()
    {
        ApprovalWorld world;
        const auto first = world.openRaised(u"http://localhost:51234/a"_s);
        const auto second = world.openRaised(u"http://127.0.0.1:51234/b"_s);
        const auto third = world.open(u"http://[::1]:51234/c"_s);
        QSignalSpy waitingChanged(world.service.get(), &ApprovalService::waitingChanged);
        QCOMPARE(world.raise(third), RaiseOutcome::Waits);
        QVERIFY(world.isRaised(first) && world.isRaised(second) && !world.isRaised(third));
        QCOMPARE(world.unraised(), 1);
        QCOMPARE(waitingChanged.count(), 1);
        // Another target still finds its place, and asking again changes nothing.
        QVERIFY(world.isRaised(world.openRaised(website(1))));
        QCOMPARE(world.raise(third), RaiseOutcome::Waits);
        QCOMPARE(waitingChanged.count(), 1);
    }

    void whatWaitsIsNotDecidable()
    {
        ApprovalWorld world;
        for (int i = 0; i < 2; ++i)
            (void)world.openRaised(website(1));
        const auto third = world.openRaised(website(1));
        QVERIFY(!world.service->decide(third, {true}));
        QVERIFY(!world.service->decide(third, {false}));
    }

    void oneProgramLeavesRoomForOthers()
    {
        ApprovalWorld world;
        for (int port = 51'000; port < 51'010; ++port) {
            world.processes.listen(quint16(port), u"pushy"_s, 1);
            (void)world.openRaised(local(port));
        }
        QCOMPARE(world.shown(), 4);
        world.processes.listen(52'000, u"claude"_s, 2);
        QVERIFY(world.isRaised(world.openRaised(local(52'000))));
    }

    void whatWebsitesCauseLeavesRoomForLocalPrograms()
    {
        ApprovalWorld world;
        for (int i = 0; i < 15; ++i)
            (void)world.openRaised(website(i));
        QCOMPARE(world.shown(), 10);
        // Nobody listens there: it might be a website that made it up.
        QVERIFY(!world.isRaised(world.openRaised(local(50'000))));
        // Nor does a custom scheme tell who asks.
        QVERIFY(!world.isRaised(world.openRaised(u"cursor://cb"_s)));
        for (int port = 51'000; port < 51'010; ++port) {
            world.processes.listen(quint16(port), u"claude"_s, port);
            QVERIFY(world.isRaised(world.openRaised(local(port))));
        }
        QCOMPARE(world.shown(), 20);
        world.processes.listen(52'000, u"claude"_s);
        QVERIFY(!world.isRaised(world.openRaised(local(52'000))));
        QCOMPARE(world.unraised(), 8);
    }

    void aFreeSlotRaisesTheEarliestThatFits_data()
    {
        QTest::addColumn<int>("how");
        QTest::newRow("allowed") << 0;
        QTest::newRow("denied") << 1;
        QTest::newRow("cancelled in the browser") << 2;
        QTest::newRow("expired") << 3;
    }
    void aFreeSlotRaisesTheEarliestThatFits()
    {
        QFETCH(int, how);
        ApprovalWorld world;
        const auto first = world.openRaised(website(1));
        world.clock.advance(1min);
        (void)world.openRaised(website(1));
        for (int i = 2; i < 10; ++i)
            (void)world.openRaised(website(i));
        QCOMPARE(world.shown(), 10);
        const auto later = world.open(website(1)); // opened first, but asks last
        const auto blockedByTarget = world.openRaised(website(1));
        world.clock.advance(1s);
        const auto elsewhere = world.openRaised(website(20));
        world.clock.advance(1s);
        (void)world.raise(later);
        QCOMPARE(world.unraised(), 3);

        QSignalSpy raised(world.service.get(), &ApprovalService::raised);
        switch (how) {
        case 0:
            QVERIFY(world.service->decide(first, {true}));
            break;
        case 1:
            QVERIFY(world.service->decide(first, {false}));
            break;
        case 2:
            QVERIFY(world.service->cancel(first));
            break;
        default:
            world.clock.advance(9min - 2s);
        }
        QCOMPARE(raised.count(), 1);
        QVERIFY(world.isRaised(blockedByTarget));
        QVERIFY(!world.isRaised(elsewhere) && !world.isRaised(later));
        QCOMPARE(world.unraised(), 2);
    }

    void theQueueSkipsWhatDoesNotFit()
    {
        ApprovalWorld world;
        QList<InteractionId> shown;
        for (int i = 0; i < 10; ++i)
            shown.append(world.openRaised(website(i / 2)));
        const auto full = world.openRaised(website(0)); // two of its target are shown
        const auto fits = world.openRaised(website(9));
        QVERIFY(world.service->decide(shown.at(4), {false})); // of another target
        QVERIFY(!world.isRaised(full));
        QVERIFY(world.isRaised(fits));
    }

    void aPortOfAnotherUserIsRefused()
    {
        ApprovalWorld world;
        world.processes.listenAsAnother(51'234);
        const auto id = world.open(local(51'234));
        QSignalSpy raised(world.service.get(), &ApprovalService::raised);
        QCOMPARE(world.raise(id), RaiseOutcome::ForeignPort);
        QCOMPARE(raised.count(), 0);
        QCOMPARE(world.shown() + world.unraised(), 0);
        QVERIFY(!world.service->decide(id, {true}));
    }

    void aPortThatChangedHandsWhileWaitingIsRefused()
    {
        ApprovalWorld world;
        world.processes.listen(51'234, u"claude"_s);
        const auto first = world.openRaised(local(51'234));
        (void)world.openRaised(local(51'234));
        const auto third = world.openRaised(local(51'234));
        QCOMPARE(world.unraised(), 1);
        world.processes.listenAsAnother(51'234);
        QVERIFY(world.service->decide(first, {false}));
        QVERIFY(!world.isRaised(third));
        QCOMPARE(world.unraised(), 0);
    }

    void tellsWhoListens()
    {
        ApprovalWorld world;
        world.processes.listen(51'234, u"claude"_s);
        const auto id = world.openRaised(local(51'234));
        const auto found = *world.service->find(id);
        QVERIFY(found->hasOwnListener);
        QCOMPARE(found->listener->name, u"claude"_s);
        QCOMPARE(found->listener->pid, 4711);
        QVERIFY(!(*world.service->find(world.openRaised(local(51'235))))->listener);
    }

    void cancelledWhileTheListenerIsLookedUp()
    {
        ApprovalWorld world;
        world.processes.isHeld = true;
        const auto id = world.open(local(51'234));
        QCOMPARE(world.raise(id), std::nullopt);
        QVERIFY(world.service->cancel(id));
        QSignalSpy raised(world.service.get(), &ApprovalService::raised);
        world.processes.answerAll();
        QCOMPARE(raised.count(), 0);
        QCOMPARE(world.shown(), 0);
    }

    void reloadingWhileTheListenerIsLookedUpShowsOnce()
    {
        ApprovalWorld world;
        world.processes.isHeld = true;
        const auto id = world.open(local(51'234));
        QSignalSpy raised(world.service.get(), &ApprovalService::raised);
        int answers = 0;
        for (int i = 0; i < 3; ++i) {
            world.service->raise(id, &world.context, [&](const Result<RaiseOutcome> &outcome) {
                QCOMPARE(*outcome, RaiseOutcome::Raised);
                ++answers;
            });
        }
        world.processes.answerAll();
        QCOMPARE(answers, 3);
        QCOMPARE(raised.count(), 1);
    }

    void manyLookupsAtOnceKeepTheLimits()
    {
        ApprovalWorld world;
        QList<InteractionId> shown;
        for (int i = 0; i < 10; ++i)
            shown.append(world.openRaised(website(i)));
        for (int port = 50'000; port < 50'005; ++port)
            (void)world.openRaised(local(port));
        world.processes.isHeld = true;
        QVERIFY(world.service->decide(shown.at(0), {false}));
        QVERIFY(world.service->decide(shown.at(1), {false}));
        QCOMPARE(world.shown(), 8);
        world.processes.answerAll();
        QCOMPARE(world.shown(), 10);
        QCOMPARE(world.unraised(), 3);
    }

    void expiryIsTold()
    {
        ApprovalWorld world;
        const auto answered = world.openRaised(website(1));
        const auto ignored = world.openRaised(website(1));
        (void)world.openRaised(website(1)); // waits, and is raised when the first is answered
        QSignalSpy expired(world.service.get(), &ApprovalService::expired);
        world.clock.advance(9min);
        QVERIFY(world.service->decide(answered, {false}));
        QCOMPARE(expired.count(), 0);
        world.clock.advance(1min);
        QCOMPARE(expired.count(), 2);
        QCOMPARE(expired.at(0).at(0).value<InteractionId>(), ignored);
        QCOMPARE(world.shown() + world.unraised(), 0);
        world.clock.advance(30min);
        QCOMPARE(expired.count(), 2);
    }

    void whatExpiresUnraisedChangesTheCount()
    {
        ApprovalWorld world;
        (void)world.openRaised(website(1));
        world.clock.advance(5min);
        (void)world.openRaised(website(1));
        const auto early = world.open(website(1));
        QCOMPARE(world.raise(early), RaiseOutcome::Waits);
        QSignalSpy waitingChanged(world.service.get(), &ApprovalService::waitingChanged);
        world.clock.advance(5min); // the first expires: its place is taken
        QVERIFY(world.isRaised(early));
        QCOMPARE(waitingChanged.count(), 1);
        QCOMPARE(world.unraised(), 0);
    }

    void survivesARestart()
    {
        ApprovalWorld world;
        const auto first = world.openRaised(website(1));
        world.clock.advance(2min);
        (void)world.openRaised(website(1));
        const auto third = world.openRaised(website(1));
        world.restart();
        QCOMPARE(world.shown(), 2);
        QCOMPARE(world.unraised(), 1);
        QSignalSpy expired(world.service.get(), &ApprovalService::expired);
        world.clock.advance(8min);
        QCOMPARE(expired.count(), 1);
        QCOMPARE(expired.at(0).at(0).value<InteractionId>(), first);
        QVERIFY(world.isRaised(third));
    }

    void placesThatBecameFreeMeanwhileAreFilledAtStart()
    {
        ApprovalWorld world;
        (void)world.openRaised(website(1));
        (void)world.openRaised(website(1));
        world.clock.advance(5min);
        const auto third = world.openRaised(website(1));
        world.service.reset();
        world.clock.advance(6min);
        world.restart();
        QVERIFY(world.isRaised(third));
    }

    void blockingDeniesEverythingOfTheTarget()
    {
        ApprovalWorld world;
        const auto first = world.openRaised(website(1));
        const auto second = world.openRaised(website(1));
        const auto waits = world.openRaised(website(1));
        const auto unasked = world.open(website(1));
        const auto other = world.openRaised(website(2));
        QSignalSpy decided(world.service.get(), &ApprovalService::decided);
        QSignalSpy blockedChanged(world.service.get(), &ApprovalService::blockedChanged);
        Decision decision;
        decision.block = true;
        QVERIFY(world.service->decide(first, decision));
        for (const auto &id : {first, second, waits, unasked})
            QCOMPARE((*world.service->find(id))->state, InteractionState::Denied);
        QCOMPARE((*world.service->find(other))->state, InteractionState::Pending);
        QCOMPARE(decided.count(), 4);
        QCOMPARE(blockedChanged.count(), 1);
        QCOMPARE(world.unraised(), 0);

        QCOMPARE(world.service->isBlocked(u"https://site1.example/another?x"_s), true);
        QCOMPARE(world.service->isBlocked(website(2)), false);
        const auto blocked = *world.service->blocked();
        QCOMPARE(blocked.size(), 1);
        QCOMPARE(blocked.first().target, u"site1.example"_s);
        QCOMPARE(blocked.first().clientName, u"Claude Code"_s);
        QCOMPARE(blocked.first().since, world.clock.now());

        QVERIFY(world.service->unblock(u"site1.example"_s));
        QCOMPARE(world.service->isBlocked(website(1)), false);
        QCOMPARE(blockedChanged.count(), 2);
        QVERIFY(!world.service->unblock(u"site1.example"_s));
    }

    void allowingAndBlockingTogetherIsRefused()
    {
        ApprovalWorld world;
        const auto id = world.openRaised(website(1));
        Decision decision;
        decision.allow = true;
        decision.block = true;
        QVERIFY(!world.service->decide(id, decision));
        QCOMPARE((*world.service->find(id))->state, InteractionState::Pending);
        QCOMPARE(world.service->isBlocked(website(1)), false);
    }
};

QTEST_GUILESS_MAIN(TestApproval)
#include "tst_approval.moc"

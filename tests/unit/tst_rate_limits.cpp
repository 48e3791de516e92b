// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/oauth_world.h"

#include <base/rate_limiter.h>

using namespace gatehouse;
using namespace gatehouse::tests;

class TestRateLimits : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aBucketEmptiesAndFills()
    {
        ManualClock clock;
        RateLimiter limiter(clock, {60, 1000});
        for (int i = 0; i < 60; ++i)
            QVERIFY(!limiter.admit("a", true));
        QCOMPARE(limiter.admit("a", true), std::optional(1s));
        QVERIFY(!limiter.admit("b", true)); // others are not concerned
        clock.advance(1s);
        QVERIFY(!limiter.admit("a", true));
        QVERIFY(limiter.admit("a", true));
        clock.advance(24h); // holds no more than a minute's worth
        for (int i = 0; i < 60; ++i)
            QVERIFY(!limiter.admit("a", true));
        QVERIFY(limiter.admit("a", true));
    }

    void aClockThatIsSetBackLocksNobodyOut()
    {
        ManualClock clock;
        RateLimiter limiter(clock, {60, 1000});
        while (!limiter.admit("a", true)) { }
        clock.advance(-24h);
        QVERIFY(limiter.admit("a", true));
        clock.advance(2s);
        QVERIFY(!limiter.admit("a", true));
    }

    void strangersDoNotShutOutWhoIsKnown()
    {
        ManualClock clock;
        RateLimiter limiter(clock, {10, 30});
        int passed = 0;
        for (int i = 0; i < 100; ++i)
            passed += limiter.admit("stranger " + QByteArray::number(i), true) ? 0 : 1;
        QCOMPARE(passed, 30);
        QVERIFY(!limiter.admit("known", false));
    }

    void remembersABoundedNumberOfCallers()
    {
        ManualClock clock;
        RateLimiter limiter(clock, {10, 1'000'000});
        // Whoever comes when the memory is full shares one bucket with the others that do.
        int refused = 0;
        for (int i = 0; i < 5000; ++i)
            refused += limiter.admit("caller " + QByteArray::number(i), true) ? 1 : 0;
        QVERIFY(refused > 800);
        clock.advance(1min);
        QVERIFY(!limiter.admit("caller 4999", true));
    }

    void endpoints_data()
    {
        QTest::addColumn<QString>("endpoint");
        QTest::newRow("RFC 6585 §4 /register") << u"register"_s;
        QTest::newRow("RFC 6585 §4 /authorize") << u"authorize"_s;
        QTest::newRow("RFC 6585 §4 /token") << u"token"_s;
        QTest::newRow("RFC 6749 §2.3.1 /revoke") << u"revoke"_s;
    }
    /// 200 in a minute pass, 5,000 do not; and then the answer says when to come back.
    void endpoints()
    {
        QFETCH(QString, endpoint);
        OAuthWorld world;
        const auto client = world.registerClient();
        const auto ask = [&] {
            if (endpoint == u"register"_s)
                return world.post("/register", R"({"redirect_uris":["https://a.example/"]})",
                                  "application/json");
            if (endpoint == u"token"_s)
                return world.redeem(client, u"guess"_s);
            if (endpoint == u"revoke"_s)
                return world.post("/revoke",
                                  OAuthWorld::form({{u"client_id"_s, client.value},
                                                    {u"client_secret"_s, u"guess"_s},
                                                    {u"token"_s, u"guess"_s}}));
            return world.authorize(world.authorizeParameters(client));
        };
        for (int i = 0; i < 200; ++i)
            QVERIFY(ask()->status() != 429);
        int refused = 0;
        std::shared_ptr<RecordedReply> last;
        for (int i = 0; i < 4800; ++i) {
            last = ask();
            refused += last->status() == 429 ? 1 : 0;
        }
        QVERIFY(refused > 4000);
        QCOMPARE(last->status(), 429);
        QVERIFY(last->header("retry-after").toInt() > 0);
        world.clock.advance(1min);
        QVERIFY(ask()->status() != 429);
    }

    void aFloodOfStrangersLeavesApprovedClientsAlone()
    {
        OAuthWorld world;
        const auto client = world.registerClient();
        const auto tokens = world.redeem(client, world.obtainCode(client))->json();
        int refused = 0;
        for (int i = 0; i < 5000; ++i) {
            const auto stranger = ClientId(u"stranger %1"_s.arg(i));
            refused += world.redeem(stranger, u"guess"_s)->status() == 429 ? 1 : 0;
        }
        QVERIFY(refused > 3000);
        QCOMPARE(world.refresh(client, tokens[u"refresh_token"_s].toString())->status(), 200);
    }

    /// Each of them asks less often than one client may.
    void aFloodOfSeveralClientsIsLimitedInAll()
    {
        OAuthWorld world;
        const auto client = world.registerClient();
        const auto tokens = world.obtainTokens(client);
        int passed = 0;
        for (int i = 0; i < 6; ++i) {
            const auto stranger = world.registerClient();
            for (int j = 0; j < 250; ++j)
                passed += world.redeem(stranger, u"guess"_s)->status() == 429 ? 0 : 1;
        }
        QCOMPARE(passed, 1200);
        QCOMPARE(world.redeem(world.registerClient(), u"guess"_s)->status(), 429);
        QCOMPARE(world.refresh(client, tokens[u"refresh_token"_s].toString())->status(), 200);
    }

    /// A client's ID is no secret.
    void pagesOfOtherSitesDoNotShutOutAClientInItsName()
    {
        OAuthWorld world;
        const auto client = world.registerClient();
        const auto tokens = world.redeem(client, world.obtainCode(client))->json();
        int refused = 0;
        for (int i = 0; i < 500; ++i) {
            const auto reply = world.post(
                "/token", OAuthWorld::form(OAuthWorld::refreshForm(client, u"guess"_s)),
                "application/x-www-form-urlencoded", {{"Origin", "https://evil.example"}});
            refused += reply->status() == 429 ? 1 : 0;
            (void)world.get("/authorize?client_id=" + client.value.toLatin1(),
                            {{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Dest", "image"}});
        }
        QVERIFY(refused > 100);
        QCOMPARE(world.refresh(client, tokens[u"refresh_token"_s].toString())->status(), 200);
        QVERIFY(world.authorize(world.authorizeParameters(client))->status() != 429);
    }

    void pagesOfOtherSitesDoNotShutOutPrograms()
    {
        OAuthWorld world;
        int refused = 0;
        for (int i = 0; i < 1000; ++i) {
            const auto reply =
                world.post("/register", R"({"redirect_uris":["https://a.example/"]})",
                           "application/json", {{"Origin", "https://storm.example"}});
            refused += reply->status() == 429 ? 1 : 0;
        }
        QVERIFY(refused > 500);
        QVERIFY(!world.registerClient().isEmpty());
    }

    /// What a page has registered it can ask for as often as it likes, by images, which carry no
    /// Origin.
    void clientsOfPagesDoNotShutOutNewPrograms()
    {
        OAuthWorld world;
        int refused = 0;
        for (int i = 0; i < 6; ++i) {
            const auto registered =
                world.post("/register", R"({"redirect_uris":["https://a.example/"]})",
                           "application/json", {{"Origin", "https://storm.example"}});
            const auto target =
                "/authorize?client_id=" + registered->json()[u"client_id"_s].toString().toLatin1();
            for (int j = 0; j < 250; ++j) {
                const auto reply = world.get(
                    target, {{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Dest", "image"}});
                refused += reply->status() == 429 ? 1 : 0;
            }
        }
        QCOMPARE(refused, 300);
        QCOMPARE(world.authorize(world.authorizeParameters(world.registerClient()))->status(), 303);
    }

    /// A browser gets a page, a program that probes gets JSON.
    void tooManyAuthorizationsAreExplained()
    {
        OAuthWorld world;
        const auto client = world.registerClient();
        const auto target = "/authorize?" + OAuthWorld::form(world.authorizeParameters(client));
        while (world.get(target)->status() != 429) { }
        const auto page = world.get(target);
        QVERIFY(page->header("content-type").startsWith("text/html"));
        QVERIFY(page->response->body.contains("Too many requests"));
        const auto json = world.get(target, {{"Accept", "application/json"}});
        QCOMPARE(json->status(), 429);
        QCOMPARE(json->json()[u"error"_s].toString(), u"temporarily_unavailable"_s);
    }
};

QTEST_GUILESS_MAIN(TestRateLimits)
#include "tst_rate_limits.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/oauth_world.h"

#include <store/query.h>

using namespace gatehouse;
using namespace gatehouse::tests;

class TestInteraction : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void raisedOnlyByTheOwnNavigation_data()
    {
        QTest::addColumn<QByteArray>("dest");
        QTest::addColumn<QByteArray>("site");
        QTest::addColumn<QByteArray>("purpose");
        QTest::addColumn<bool>("raised");
        const QByteArray none;
        QTest::newRow("typed or opened by a program")
            << QByteArray("document") << QByteArray("none") << none << true;
        QTest::newRow("from another website")
            << QByteArray("document") << QByteArray("cross-site") << none << false;
        QTest::newRow("from another port of localhost")
            << QByteArray("document") << QByteArray("same-site") << none << false;
        QTest::newRow("in a frame") << QByteArray("iframe") << QByteArray("none") << none << false;
        QTest::newRow("by script")
            << QByteArray("empty") << QByteArray("same-origin") << none << false;
        QTest::newRow("fetched ahead of time") << QByteArray("document") << QByteArray("none")
                                               << QByteArray("prefetch;prerender") << false;
        QTest::newRow("no browser") << none << none << none << false;
    }
    void raisedOnlyByTheOwnNavigation()
    {
        QFETCH(QByteArray, dest);
        QFETCH(QByteArray, site);
        QFETCH(QByteArray, purpose);
        QFETCH(bool, raised);
        OAuthWorld world;
        const auto id = world.openInteraction(world.registerClient());
        const auto page = world.get("/interaction/" + id.value.toLatin1(),
                                    {{"Cookie", world.cookie},
                                     {"Sec-Fetch-Dest", dest},
                                     {"Sec-Fetch-Site", site},
                                     {"Sec-Purpose", purpose}});
        QCOMPARE(page->status(), 200);
        QCOMPARE(world.approvals.waiting()->size(), raised ? 1 : 0);
        // The code is shown only where the person sees the same one in Gatehouse.
        const auto code = (*world.approvals.find(id))->matchingCode.toLatin1();
        QCOMPARE(page->response->body.contains(code), raised);
    }

    void lookingAheadShowsNothing()
    {
        // RFC 9110 §9.2.1: HEAD is safe.
        OAuthWorld world;
        const auto id = world.openInteraction(world.registerClient());
        QCOMPARE(world.visit(id, {}, "HEAD")->status(), 200);
        QCOMPARE(world.approvals.waiting()->size(), 0);
        (void)world.visit(id);
        QCOMPARE(world.approvals.waiting()->size(), 1);
    }

    void theButtonRaises_data()
    {
        QTest::addColumn<QByteArray>("origin");
        QTest::addColumn<QByteArray>("site");
        QTest::addColumn<int>("status");
        QTest::newRow("our page") << QByteArray("http://localhost:8377")
                                  << QByteArray("same-origin") << 303;
        QTest::newRow("our page without referrer")
            << QByteArray("null") << QByteArray("same-origin") << 303;
        QTest::newRow("a sandboxed frame") << QByteArray("null") << QByteArray("cross-site") << 403;
        QTest::newRow("another website")
            << QByteArray("https://evil.example") << QByteArray("cross-site") << 403;
    }
    void theButtonRaises()
    {
        QFETCH(QByteArray, origin);
        QFETCH(QByteArray, site);
        QFETCH(int, status);
        OAuthWorld world;
        const auto id = world.openInteraction(world.registerClient());
        const auto reply =
            world.post("/interaction/" + id.value.toLatin1() + "/raise", {},
                       "application/x-www-form-urlencoded",
                       {{"Cookie", world.cookie}, {"Origin", origin}, {"Sec-Fetch-Site", site}});
        QCOMPARE(reply->status(), status);
        QCOMPARE(world.approvals.waiting()->size(), status == 303 ? 1 : 0);
    }

    void needsTheCookie_data()
    {
        QTest::addColumn<QByteArray>("cookie");
        QTest::newRow("none") << QByteArray();
        QTest::newRow("another value") << QByteArray("gatehouse_interaction=guess");
        QTest::newRow("another name") << QByteArray("other=value");
    }
    void needsTheCookie()
    {
        QFETCH(QByteArray, cookie);
        OAuthWorld world;
        const auto id = world.openInteraction(world.registerClient());
        world.cookie = cookie;
        for (const auto &step : {"", "/continue", "/status"})
            QCOMPARE(world.visit(id, step)->status(), 403);
        const auto cancel = world.post("/interaction/" + id.value.toLatin1() + "/cancel", {});
        QCOMPARE(cancel->status(), 403);
        QCOMPARE((*world.approvals.find(id))->state, store::InteractionState::Pending);
    }

    void aForeignCookieOfTheSameNameDoesNotHarm()
    {
        OAuthWorld world;
        const auto id = world.openInteraction(world.registerClient());
        world.cookie = "gatehouse_interaction=of-another-page; " + world.cookie;
        QCOMPARE(world.visit(id)->status(), 200);
    }

    void consentComesBeforeTheTenant()
    {
        OAuthWorld world;
        const auto id = world.openInteraction(world.registerClient());
        (void)world.visit(id);
        const auto early = world.visit(id, "/continue");
        QCOMPARE(early->status(), 303);
        QVERIFY(early->header("location").endsWith("/interaction/" + id.value.toLatin1()));
        QVERIFY(world.signIns.returnUrls.isEmpty());

        QVERIFY(world.approvals.decide(id, {true}));
        // Reloading the page after the decision goes on.
        const auto reload = world.visit(id);
        QCOMPARE(reload->status(), 303);
        QVERIFY(reload->header("location").endsWith("/continue"));
        const auto onward = world.visit(id, "/continue");
        QCOMPARE(onward->status(), 302);
        QVERIFY(onward->header("location").startsWith("https://tenant.example/authorize"));
        // The tenant is asked for what was allowed, also where it is not configured.
        QCOMPARE(world.signIns.lastHints.scopes, (QStringList{u"read:todos"_s, u"write:todos"_s}));
    }

    void whatWasAllowedIsAskedAgain_data()
    {
        QTest::addColumn<QString>("method");
        QTest::newRow("RFC 8252 §8.6 a public client") << u"none"_s;
        QTest::newRow("OAuth 2.1 §7.3 a confidential client") << u"client_secret_post"_s;
    }
    void whatWasAllowedIsAskedAgain()
    {
        QFETCH(QString, method);
        OAuthWorld world;
        world.accountTokens.signedIn = {u"alice"_s};
        const auto client = world.registerClient(method);
        QVERIFY(!world.obtainCode(client).isEmpty());
        const auto again = world.openInteraction(client);
        (void)world.visit(again);
        QCOMPARE((*world.approvals.find(again))->state, store::InteractionState::Pending);
        QCOMPARE(world.visit(again, "/continue")->status(), 303);
        QCOMPARE(world.server.grants().active()->size(), 1);
        QVERIFY(world.approvals.decide(again, {false}));
        QCOMPARE(
            OAuthWorld::parameter(world.visit(again, "/continue")->header("location"), u"error"_s),
            u"access_denied"_s);
    }

    void allowedEndsInACode()
    {
        OAuthWorld world;
        const auto client = world.registerClient();
        const auto id = world.openInteraction(client);
        (void)world.visit(id);
        QVERIFY(world.approvals.decide(id, {true}));
        (void)world.visit(id, "/continue");
        const auto callback = world.get("/callback?code=x&state=" + id.value.toLatin1());
        QCOMPARE(callback->status(), 303);
        const auto done = world.visit(id, "/continue");
        QCOMPARE(done->status(), 302);
        const auto location = done->header("location");
        QVERIFY(location.startsWith(OAuthWorld::kRedirectUri));
        QCOMPARE(OAuthWorld::parameter(location, u"code"_s).size(), 43);
        QCOMPARE(OAuthWorld::parameter(location, u"state"_s), u"client state/+"_s);
        QCOMPARE(OAuthWorld::parameter(location, u"iss"_s), u"http://localhost:8377"_s);
        // Once: another tab gets no second code.
        QCOMPARE(world.visit(id, "/continue")->status(), 410);
    }

    /// RFC 9110 §9.2.1: HEAD is safe. A link preview goes no step of the way.
    void lookingAheadGoesNoStep()
    {
        OAuthWorld world;
        const auto id = world.openInteraction(world.registerClient());
        (void)world.visit(id);
        QVERIFY(world.approvals.decide(id, {true}));
        const auto ahead = world.visit(id, "/continue", "HEAD");
        QCOMPARE(ahead->status(), 405);
        QCOMPARE(ahead->header("allow"), QByteArray("GET, OPTIONS"));
        QVERIFY(world.signIns.returnUrls.isEmpty());
        (void)world.visit(id, "/continue");

        const auto callback = "/callback?code=x&state=" + id.value.toLatin1();
        QCOMPARE(world.look("HEAD", callback)->status(), 405);
        QVERIFY(world.signIns.ready.isEmpty());
        QCOMPARE(world.get(callback)->status(), 303);

        QCOMPARE(world.visit(id, "/continue", "HEAD")->status(), 405);
        QCOMPARE(world.server.grants().active()->size(), 0);
        QVERIFY(!OAuthWorld::parameter(world.visit(id, "/continue")->header("location"), u"code"_s)
                     .isEmpty());
    }

    void lookingAheadDoesNotTakeTheClientsAnswer()
    {
        OAuthWorld world;
        const auto id = world.openInteraction(world.registerClient());
        (void)world.visit(id);
        QVERIFY(world.approvals.decide(id, {false}));
        QCOMPARE(world.visit(id, "/continue", "HEAD")->status(), 405);
        QCOMPARE(
            OAuthWorld::parameter(world.visit(id, "/continue")->header("location"), u"error"_s),
            u"access_denied"_s);
    }

    void aSignedInAccountNeedsNoTenant()
    {
        OAuthWorld world;
        world.accountTokens.signedIn = {u"alice"_s};
        const auto id = world.openInteraction(world.registerClient());
        (void)world.visit(id);
        approval::Decision decision{true};
        decision.account = AccountId(u"alice"_s);
        QVERIFY(world.approvals.decide(id, decision));
        QVERIFY(!OAuthWorld::parameter(world.visit(id, "/continue")->header("location"), u"code"_s)
                     .isEmpty());
        QVERIFY(world.signIns.returnUrls.isEmpty());
    }

    void aSignInThatAskedForLessIsDoneAgain()
    {
        OAuthWorld world;
        world.accountTokens.signedIn = {u"alice"_s};
        const auto id = world.openInteraction(world.registerClient(), u"read:billing"_s);
        (void)world.visit(id);
        approval::Decision decision{true};
        decision.account = AccountId(u"alice"_s);
        QVERIFY(world.approvals.decide(id, decision));
        QVERIFY(world.visit(id, "/continue")
                    ->header("location")
                    .startsWith("https://tenant.example/authorize"));
    }

    void aSignInServesAllClients()
    {
        // One token per account: a later sign-in must not take away what others were given.
        OAuthWorld world;
        const auto first = world.openInteraction(world.registerClient(), u"read:billing"_s);
        (void)world.obtainCode(first);
        approval::Decision decision{true};
        decision.account = AccountId(u"alice"_s);
        const auto second = world.openInteraction(world.registerClient(), u"read:todos"_s);
        (void)world.obtainCode(second, decision);
        QCOMPARE(world.signIns.lastHints.scopes, (QStringList{u"read:billing"_s, u"read:todos"_s}));

        // Whoever it will be does not need what Alice's clients have.
        const auto third = world.openInteraction(world.registerClient(), u"write:todos"_s);
        (void)world.obtainCode(third);
        QCOMPARE(world.signIns.lastHints.scopes, QStringList{u"write:todos"_s});

        const auto page = world.server.signIn().begin();
        QCOMPARE(world.get(page.path().toLatin1())->status(), 302);
        QVERIFY(world.signIns.lastHints.scopes.contains(u"read:billing"_s));
    }

    void revokingWithdrawsWhatWasOnlyAllowed_data()
    {
        QTest::addColumn<bool>("all");
        QTest::newRow("of this client") << false;
        QTest::newRow("of all") << true;
    }
    void revokingWithdrawsWhatWasOnlyAllowed()
    {
        QFETCH(bool, all);
        OAuthWorld world;
        const auto client = world.registerClient();
        const auto id = world.openInteraction(client);
        (void)world.visit(id);
        QVERIFY(world.approvals.decide(id, {true}));
        (void)world.visit(id, "/continue");
        (void)world.get("/callback?code=x&state=" + id.value.toLatin1());
        auto &grants = world.server.grants();
        QCOMPARE(all ? grants.revokeAll(u"why"_s) : grants.revokeClient(client, u"why"_s), 1);
        const auto location = world.visit(id, "/continue")->header("location");
        QCOMPARE(OAuthWorld::parameter(location, u"error"_s), u"access_denied"_s);
        QCOMPARE(grants.active()->size(), 0);
    }

    /// Absent is not broken: what cannot be read now may be there, and the page can be reloaded.
    void troubleIsNoExpiry()
    {
        OAuthWorld world;
        const auto id = world.openInteraction(world.registerClient());
        QVERIFY(store::runOnly(*world.database,
                               u"ALTER TABLE interaction RENAME TO interaction_away"_s));
        const auto page = world.visit(id);
        QCOMPARE(page->status(), 503);
        QVERIFY(page->header("retry-after").toInt() > 0);
        QVERIFY(!page->response->body.contains("expired"));
        QVERIFY(store::runOnly(*world.database,
                               u"ALTER TABLE interaction_away RENAME TO interaction"_s));
        QCOMPARE(world.visit(id)->status(), 200);
    }

    void strangersCannotFillTheQueue()
    {
        OAuthWorld world;
        const auto client = world.registerClient();
        const auto seen = world.openInteraction(client);
        (void)world.visit(seen);
        world.clock.advance(1s);
        InteractionId unseen;
        for (int i = 0; i < 1000; ++i) {
            const auto id = world.openInteraction(client);
            if (i == 0)
                unseen = id;
            world.clock.advance(200ms); // not faster than one client may ask
        }
        QVERIFY(world.approvals.find(seen)->has_value());
        QVERIFY(!world.approvals.find(unseen)->has_value());
        const auto latest = world.openInteraction(client);
        QCOMPARE(world.visit(latest)->status(), 200);
        QCOMPARE(world.approvals.waiting()->size(), 2);
    }

    void anotherAccountThanApprovedIsRefused()
    {
        OAuthWorld world;
        const auto id = world.openInteraction(world.registerClient());
        (void)world.visit(id);
        approval::Decision decision{true};
        decision.account = AccountId(u"alice"_s); // signed out, so the tenant is asked
        QVERIFY(world.approvals.decide(id, decision));
        world.signIns.account = AccountId(u"bob"_s);
        (void)world.visit(id, "/continue");
        (void)world.get("/callback?code=x&state=" + id.value.toLatin1());
        const auto done = world.visit(id, "/continue");
        QCOMPARE(OAuthWorld::parameter(done->header("location"), u"error"_s), u"access_denied"_s);
        QCOMPARE(world.server.grants().active()->size(), 0);
    }

    void deniedTellsTheClient_data()
    {
        QTest::addColumn<bool>("byButton");
        QTest::newRow("RFC 6749 §4.1.2.1 denied in Gatehouse") << false;
        QTest::newRow("RFC 6749 §4.1.2.1 cancelled in the browser") << true;
    }
    void deniedTellsTheClient()
    {
        QFETCH(bool, byButton);
        OAuthWorld world;
        const auto id = world.openInteraction(world.registerClient());
        (void)world.visit(id);
        if (byButton) {
            (void)world.post("/interaction/" + id.value.toLatin1() + "/cancel", {},
                             "application/x-www-form-urlencoded", {{"Cookie", world.cookie}});
        } else {
            QVERIFY(world.approvals.decide(id, {false}));
        }
        const auto location = world.visit(id, "/continue")->header("location");
        QCOMPARE(OAuthWorld::parameter(location, u"error"_s), u"access_denied"_s);
        QCOMPARE(OAuthWorld::parameter(location, u"state"_s), u"client state/+"_s);
        QCOMPARE(OAuthWorld::parameter(location, u"iss"_s), u"http://localhost:8377"_s);
        QVERIFY(world.signIns.returnUrls.isEmpty());
    }

    void theTenantsErrorReachesTheClient()
    {
        OAuthWorld world;
        world.signIns.refusal = oidc::SignInError{
            u"access_denied"_s, Error{u"The tenant said no."_s}.withRemedy(u"Ask it why."_s)};
        const auto id = world.openInteraction(world.registerClient());
        (void)world.visit(id);
        QVERIFY(world.approvals.decide(id, {true}));
        (void)world.visit(id, "/continue");
        (void)world.get("/callback?error=access_denied&state=" + id.value.toLatin1());
        const auto location = world.visit(id, "/continue")->header("location");
        QCOMPARE(OAuthWorld::parameter(location, u"error"_s), u"access_denied"_s);
        QCOMPARE(OAuthWorld::parameter(location, u"error_description"_s),
                 u"The tenant said no. Ask it why."_s);
    }

    void anUnreachableTenantKeepsTheApproval()
    {
        OAuthWorld world;
        world.signIns.beginFails = true;
        const auto id = world.openInteraction(world.registerClient());
        (void)world.visit(id);
        QVERIFY(world.approvals.decide(id, {true}));
        const auto page = world.visit(id, "/continue");
        QCOMPARE(page->status(), 503);
        QVERIFY(page->header("retry-after").toInt() > 0);
        world.signIns.beginFails = false;
        QCOMPARE(world.visit(id, "/continue")->status(), 302);
    }

    /// A code that nobody receives would be lost; the page can be reloaded.
    void aBrowserThatLeavesDuringTheRedemptionKeepsTheApproval_data()
    {
        QTest::addColumn<bool>("succeeds");
        QTest::newRow("which then succeeds") << true;
        QTest::newRow("which then fails") << false;
    }
    void aBrowserThatLeavesDuringTheRedemptionKeepsTheApproval()
    {
        QFETCH(bool, succeeds);
        OAuthWorld world;
        if (!succeeds)
            world.signIns.refusal = oidc::SignInError{u"server_error"_s, {u"Too slow."_s}};
        const auto id = world.openInteraction(world.registerClient());
        (void)world.visit(id);
        QVERIFY(world.approvals.decide(id, {true}));
        (void)world.visit(id, "/continue");
        (void)world.get("/callback?code=x&state=" + id.value.toLatin1());
        world.signIns.isHeld = true;
        const auto left = world.visit(id, "/continue");
        QCOMPARE(left->status(), 0);
        left->leave();
        world.signIns.held();
        QCOMPARE(left->status(), 408);
        QVERIFY(left->header("location").isEmpty());
        QCOMPARE(world.server.grants().active()->size(), 0);

        world.signIns.isHeld = false;
        world.signIns.refusal.reset();
        QCOMPARE(world.visit(id, "/continue")->status(), 302); // to the tenant again
        (void)world.get("/callback?code=y&state=" + id.value.toLatin1());
        const auto location = world.visit(id, "/continue")->header("location");
        QVERIFY(!OAuthWorld::parameter(location, u"code"_s).isEmpty());
    }

    /// A tenant that asks for one audience after the other.
    void goesToTheTenantAgainForAnotherApi()
    {
        OAuthWorld world;
        const auto id = world.openInteraction(world.registerClient());
        (void)world.visit(id);
        QVERIFY(world.approvals.decide(id, {true, {u"read:todos"_s}}));
        (void)world.visit(id, "/continue");
        QCOMPARE(world.signIns.lastHints.wanted, QStringList{u"read:todos"_s});
        (void)world.get("/callback?code=x&state=" + id.value.toLatin1());
        world.signIns.next = QUrl(u"https://tenant.example/authorize?prompt=none"_s);
        const auto again = world.visit(id, "/continue");
        QCOMPARE(again->status(), 302);
        QCOMPARE(again->header("location"), "https://tenant.example/authorize?prompt=none"_ba);
        QCOMPARE(world.server.grants().active()->size(), 0);
        (void)world.get("/callback?code=y&state=" + id.value.toLatin1());
        const auto location = world.visit(id, "/continue")->header("location");
        QVERIFY(!OAuthWorld::parameter(location, u"code"_s).isEmpty());
    }

    void anotherAccountIsAskedFor_data()
    {
        QTest::addColumn<QStringList>("signedIn");
        QTest::addColumn<QString>("prompt");
        QTest::newRow("somebody is signed in, but was not chosen")
            << QStringList{u"alice"_s} << u"login"_s;
        QTest::newRow("nobody is signed in") << QStringList() << QString();
    }
    void anotherAccountIsAskedFor()
    {
        QFETCH(QStringList, signedIn);
        QFETCH(QString, prompt);
        OAuthWorld world;
        world.accountTokens.signedIn = signedIn;
        const auto id = world.openInteraction(world.registerClient());
        (void)world.visit(id);
        QVERIFY(world.approvals.decide(id, {true}));
        (void)world.visit(id, "/continue");
        QCOMPARE(world.signIns.lastHints.prompt, prompt);
    }

    void decidedOnce()
    {
        OAuthWorld world;
        const auto id = world.openInteraction(world.registerClient());
        QVERIFY(!world.approvals.decide(id, {true})); // not shown yet
        (void)world.visit(id);
        QVERIFY(world.approvals.decide(id, {false}));
        QVERIFY(!world.approvals.decide(id, {true}));
        QCOMPARE((*world.approvals.find(id))->state, store::InteractionState::Denied);
    }

    void onlyAskedScopesCanBeGranted()
    {
        OAuthWorld world;
        const auto id = world.openInteraction(world.registerClient());
        (void)world.visit(id);
        QVERIFY(!world.approvals.decide(id, {true, {u"read:billing"_s}}));
        const auto decided = world.approvals.decide(id, {true, {u"read:todos"_s}});
        QVERIFY(decided);
        QCOMPARE(decided->grantedScopes, QStringList{u"read:todos"_s});
    }

    void othersBeforeItKeepItInTheBrowser()
    {
        OAuthWorld world;
        const auto client = world.registerClient();
        QList<InteractionId> shown;
        for (int i = 0; i < 2; ++i) {
            shown.append(world.openInteraction(client));
            (void)world.visit(shown.last());
        }
        const auto id = world.openInteraction(client);
        const auto page = world.visit(id);
        QCOMPARE(page->status(), 200);
        QVERIFY(page->response->body.contains("Other requests are waiting"));
        QVERIFY(page->response->body.contains("This one is shown as soon as they are answered."));
        QVERIFY(page->response->body.contains("data-state=\"queued\""));
        const auto code = (*world.approvals.find(id))->matchingCode.toLatin1();
        QVERIFY(!page->response->body.contains(code));
        QCOMPARE(world.visit(id, "/status")->json()[u"state"_s].toString(), u"queued"_s);
        QCOMPARE(world.approvals.waiting()->size(), 2);

        // Answered: the page's script finds another state and reloads it, which shows the code.
        QVERIFY(world.approvals.decide(shown.first(), {false}));
        QCOMPARE(world.visit(id, "/status")->json()[u"state"_s].toString(), u"pending"_s);
        const auto reloaded = world.get("/interaction/" + id.value.toLatin1(),
                                        {{"Cookie", world.cookie},
                                         {"Sec-Fetch-Dest", "document"},
                                         {"Sec-Fetch-Site", "same-origin"}});
        QVERIFY(reloaded->response->body.contains(code));
        QVERIFY(reloaded->response->body.contains("data-state=\"pending\""));
        QVERIFY(world.approvals.decide(id, {true}));
        QCOMPARE(world.visit(id, "/status")->json()[u"state"_s].toString(), u"decided"_s);
    }

    void theButtonOfAnotherSitesPageQueuesToo()
    {
        OAuthWorld world;
        const auto client = world.registerClient();
        for (int i = 0; i < 2; ++i)
            (void)world.visit(world.openInteraction(client));
        const auto id = world.openInteraction(client);
        const QList<std::pair<QByteArray, QByteArray>> ownPage{{"Cookie", world.cookie},
                                                               {"Origin", "http://localhost:8377"},
                                                               {"Sec-Fetch-Site", "same-origin"}};
        const auto path = "/interaction/" + id.value.toLatin1();
        const auto raised =
            world.post(path + "/raise", {}, "application/x-www-form-urlencoded", ownPage);
        QCOMPARE(raised->status(), 303);
        QVERIFY(raised->header("location").endsWith(path));
        QVERIFY(world.get(path, {{"Cookie", world.cookie}})
                    ->response->body.contains("Other requests are waiting"));
    }

    void aPortOfAnotherUserIsAnErrorPage_data()
    {
        QTest::addColumn<bool>("byButton");
        QTest::newRow("own navigation") << false;
        QTest::newRow("our page's button") << true;
    }
    void aPortOfAnotherUserIsAnErrorPage()
    {
        QFETCH(bool, byButton);
        OAuthWorld world;
        world.processes.listenAsAnother(51'234);
        const auto id = world.openInteraction(world.registerClient());
        const auto reply = byButton ? world.post("/interaction/" + id.value.toLatin1() + "/raise",
                                                 {}, "application/x-www-form-urlencoded",
                                                 {{"Cookie", world.cookie},
                                                  {"Origin", "http://localhost:8377"},
                                                  {"Sec-Fetch-Site", "same-origin"}})
                                    : world.visit(id);
        QCOMPARE(reply->status(), 403);
        QVERIFY(reply->header("location").isEmpty());
        QVERIFY(reply->response->body.contains("another user of this computer"));
        QCOMPARE(world.approvals.waiting()->size(), 0);
    }

    void thePageComesWhenTheListenerIsKnown()
    {
        OAuthWorld world;
        world.processes.listen(51'234, u"claude"_s);
        const auto id = world.openInteraction(world.registerClient());
        world.processes.isHeld = true;
        const auto page = world.visit(id);
        QCOMPARE(page->status(), 0);
        world.processes.answerAll();
        QCOMPARE(page->status(), 200);
        QVERIFY(
            page->response->body.contains((*world.approvals.find(id))->matchingCode.toLatin1()));
        QCOMPARE((*world.approvals.find(id))->listener->name, u"claude"_s);
    }

    void blockedIsAnErrorPage()
    {
        OAuthWorld world;
        const auto client = world.registerClient();
        const auto id = world.openInteraction(client);
        (void)world.visit(id);
        approval::Decision decision;
        decision.block = true;
        QVERIFY(world.approvals.decide(id, decision));
        // The one that was asked about hears of the denial as usual.
        QCOMPARE(
            OAuthWorld::parameter(world.visit(id, "/continue")->header("location"), u"error"_s),
            u"access_denied"_s);

        const auto target = "/authorize?" + world.form(world.authorizeParameters(client));
        const auto page = world.get(target);
        QCOMPARE(page->status(), 403);
        QVERIFY(page->header("location").isEmpty());
        QVERIFY(page->header("set-cookie").isEmpty());
        QVERIFY(page->response->body.contains(
            "You have blocked requests from localhost:51234 on this computer."));
        QVERIFY(page->response->body.contains("Unblock it in the Gatehouse window."));
        const auto probe = world.get(target, {{"Accept", "application/json"}});
        QCOMPARE(probe->status(), 403);
        QCOMPARE(probe->json()[u"error"_s].toString(), u"access_denied"_s);

        QVERIFY(world.approvals.unblock(u"loopback:51234"_s));
        QCOMPARE(world.get(target)->status(), 303);
    }

    void whoRegisteredIsRemembered()
    {
        OAuthWorld world;
        world.processes.caller =
            platform::ProcessInfo{4711, u"claude"_s, u"/usr/bin/claude"_s, {u"bash"_s}};
        const auto id = world.openInteraction(world.registerClient());
        world.processes.caller.reset();
        const auto registrar = (*world.approvals.find(id))->registrar;
        QVERIFY(registrar);
        QCOMPARE(registrar->pid, 4711);
        QCOMPARE(registrar->name, u"claude"_s);
        QCOMPARE(registrar->path, u"/usr/bin/claude"_s);
        QCOMPARE(registrar->parents, QStringList{u"bash"_s});
        QVERIFY(!(*world.approvals.find(world.openInteraction(world.registerClient())))->registrar);
    }

    void expires()
    {
        OAuthWorld world;
        const auto id = world.openInteraction(world.registerClient());
        (void)world.visit(id);
        world.clock.advance(10min);
        QCOMPARE(world.approvals.waiting()->size(), 0);
        QVERIFY(!world.approvals.decide(id, {true}));
        QCOMPARE(world.visit(id)->status(), 410);
    }

    void aForgedCallbackIsRefused()
    {
        OAuthWorld world;
        const auto reply = world.get("/callback?code=x&state=guess");
        QCOMPARE(reply->status(), 400);
        QVERIFY(reply->header("location").isEmpty());
    }

    void hostileNamesAreShownHarmless_data()
    {
        QTest::addColumn<QString>("name");
        QTest::newRow("HTML") << u"<b>Claude</b><script>alert(1)</script>"_s;
        QTest::newRow("bidirectional override") << u"Claude \u202Eedoc"_s;
        QTest::newRow("line break and escape") << u"Claude\r\n\u001b[31mCode"_s;
        QTest::newRow("10,000 characters") << QString(10'000, u'x');
    }
    void hostileNamesAreShownHarmless()
    {
        QFETCH(QString, name);
        OAuthWorld world;
        const QJsonObject body{
            {u"client_name"_s, name},
            {u"redirect_uris"_s, QJsonArray{QLatin1String(OAuthWorld::kRedirectUri)}},
            {u"token_endpoint_auth_method"_s, u"none"_s}};
        const auto registered =
            world.post("/register", QJsonDocument(body).toJson(), "application/json");
        QCOMPARE(registered->status(), 201);
        const auto id =
            world.openInteraction(ClientId(registered->json()[u"client_id"_s].toString()));
        const auto page = QString::fromUtf8(world.visit(id)->response->body);
        QVERIFY(!page.contains(u"<b>Claude"_s));
        QVERIFY(!page.contains(u"<script>alert"_s));
        QVERIFY(!page.contains(QChar(0x202E)));
        QVERIFY(!page.contains(QChar(0x1b)));
        QVERIFY(!page.contains(QString(100, u'x')));
    }
};

QTEST_GUILESS_MAIN(TestInteraction)
#include "tst_interaction.moc"

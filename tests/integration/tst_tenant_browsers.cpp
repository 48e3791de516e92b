// SPDX-License-Identifier: GPL-3.0-or-later
#include <support/tenant_world.h>

using namespace Qt::StringLiterals;
using namespace gatehouse;
using namespace gatehouse::oidc;
using namespace gatehouse::tests;

namespace {

using Tenant = RealTenant;
using World = TenantWorld;

} // namespace

/// The way through the person's browser, at tenants that no test has scripted.
class TestTenantBrowsers : public QObject, private Tenants {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { startTenants(); }

    void silentSignIn_data() { eachTenant(); }
    void silentSignIn()
    {
        QFETCH(Tenant *const, tenant);
        World world(*tenant);
        const auto account = world.signInAs().value();
        const auto url = world.begin(u"silent"_s, {u"none"_s, {}}).value();
        const auto end = world.browser.open(url);
        QVERIFY(world.deliver(end.leadsTo));
        const auto again = world.finish(u"silent"_s);
        QVERIFY2(again, again ? "" : reasonOf(again.error()).constData());
        QCOMPARE(*again, account);
        QCOMPARE(world.secretStore.written.size(), 2); // offline_access counts here too
    }

    void silentSignInNeedsThePerson_data()
    {
        QTest::addColumn<Tenant *>("tenant");
        QTest::addColumn<bool>("signedIn");
        QTest::addColumn<QStringList>("scopes");
        QTest::addColumn<QString>("error");
        for (const auto &[name, tenant] : tenants()) {
            row(name, "nobody is signed in there")
                << tenant << false << QStringList() << u"login_required"_s;
            row(name, "more scopes than were agreed to")
                << tenant << true << QStringList{u"write:todos"_s} << u"consent_required"_s;
        }
        QTest::newRow("oidc-provider: callbacks on loopback are confirmed")
            << static_cast<Tenant *>(&m_npm) << true << QStringList() << u"interaction_required"_s;
    }
    void silentSignInNeedsThePerson()
    {
        QFETCH(Tenant *const, tenant);
        QFETCH(const bool, signedIn);
        QFETCH(const QStringList, scopes);
        QFETCH(const QString, error);
        World world(*tenant);
        if (signedIn)
            QVERIFY(world.signInAs());
        if (error == u"interaction_required"_s)
            m_npm.configure({{u"confirm"_s, true}});
        const auto url = world.begin(u"silent"_s, {u"none"_s, {}, {}, scopes}).value();
        const auto end = world.browser.open(url);
        QCOMPARE(World::parameter(end.leadsTo, u"error"_s), error);
        QVERIFY(world.deliver(end.leadsTo));
        const auto account = world.finish(u"silent"_s);
        QVERIFY(!account);
        QCOMPARE(account.error().oauthError, u"access_denied"_s);
        // A visible attempt helps.
        QVERIFY(world.signInAs());
    }

    void cancelledSignIn_data() { eachTenant(); }
    void cancelledSignIn()
    {
        QFETCH(Tenant *const, tenant);
        World world(*tenant);
        const auto page = world.browser.open(world.begin(u"one"_s).value());
        QVERIFY(world.deliver(world.browser.cancel(page).leadsTo));
        const auto account = world.finish(u"one"_s);
        QVERIFY(!account);
        QCOMPARE(account.error().oauthError, u"access_denied"_s);
        QVERIFY(world.accounts.list()->isEmpty());
        QCOMPARE(world.count(Tenant::kToken), 0);
    }

    void callbackCountsOnce_data() { eachTenant(); }
    void callbackCountsOnce()
    {
        QFETCH(Tenant *const, tenant);
        World world(*tenant);
        const auto callback = world.authorize(u"one"_s);
        QVERIFY(world.deliver(callback));
        QVERIFY(!world.deliver(callback));
        const auto account = world.finish(u"one"_s);
        QVERIFY(account);
        QVERIFY(!world.deliver(callback));
        QVERIFY(!world.finish(u"one"_s));
        QCOMPARE(world.count(Tenant::kToken), 1);
        // The tenant has not taken back what it gave for the code.
        world.letTokenExpire();
        QVERIFY(world.accessToken(*account));
    }

    void codeOfAnotherSignInIsWorthNothing_data() { eachTenant(); }
    void codeOfAnotherSignInIsWorthNothing()
    {
        QFETCH(Tenant *const, tenant);
        World world(*tenant);
        const auto stolen = World::parameter(world.authorize(u"one"_s), u"code"_s);
        world.browser.forgetCookies();
        const auto callback = world.authorize(u"two"_s, u"bob"_s);
        // RFC 7636 §4.6: the verifier of this sign-in does not fit the code of the other.
        QVERIFY(world.deliver(withParameter(callback, u"code"_s, stolen)));
        const auto account = world.finish(u"two"_s);
        QVERIFY(!account);
        QCOMPARE(account.error().oauthError, u"server_error"_s);
        QVERIFY(world.accounts.list()->isEmpty());
    }

    void forgedCallbacks_data()
    {
        QTest::addColumn<Tenant *>("tenant");
        QTest::addColumn<QString>("parameter");
        QTest::addColumn<QString>("value");
        for (const auto &[name, tenant] : tenants()) {
            row(name, "RFC 6749 §10.12 made-up state") << tenant << u"state"_s << u"bWFkZSB1cA"_s;
            row(name, "RFC 9207 §2.4 another issuer")
                << tenant << u"iss"_s << u"https://evil.example/"_s;
            row(name, "RFC 9207 §2.4 the issuer without its slash")
                << tenant << u"iss"_s << tenant->issuer().chopped(1);
        }
    }
    void forgedCallbacks()
    {
        QFETCH(Tenant *const, tenant);
        QFETCH(const QString, parameter);
        QFETCH(const QString, value);
        World world(*tenant);
        const auto callback = world.authorize(u"one"_s);
        QVERIFY(!world.deliver(withParameter(callback, parameter, value)));
        QVERIFY(!world.signIns().isReadyToFinish(u"one"_s));
        // The tenant's own answer still counts.
        QVERIFY(world.deliver(callback));
        QVERIFY(world.finish(u"one"_s));
    }

    void browserClosedHalfWay_data() { eachTenant(); }
    void browserClosedHalfWay()
    {
        QFETCH(Tenant *const, tenant);
        World world(*tenant);
        QCOMPARE(world.browser.open(world.begin(u"one"_s).value()).status, 200);
        const auto late = world.authorize(u"one"_s);
        const auto callback = world.authorize(u"one"_s);
        QVERIFY(!world.deliver(late));
        QVERIFY(world.deliver(callback));
        QVERIFY(world.finish(u"one"_s));
        world.browser.forgetCookies();
        QVERIFY(world.signInAs());
    }

    void theOlderOfTwoWindowsComesBackFirst_data() { eachTenant(); }
    void theOlderOfTwoWindowsComesBackFirst()
    {
        QFETCH(Tenant *const, tenant);
        World world(*tenant);
        const auto older = world.browser.open(world.begin(u"one"_s).value());
        const auto newer = world.browser.open(world.begin(u"one"_s).value());
        QVERIFY(!world.deliver(world.browser.choose(older, u"alice"_s).leadsTo));
        QVERIFY(!world.signIns().isReadyToFinish(u"one"_s));
        QVERIFY(!world.finish(u"one"_s));
        QVERIFY(world.deliver(world.browser.choose(newer, u"alice"_s).leadsTo));
        const auto account = world.finish(u"one"_s);
        QVERIFY2(account, account ? "" : reasonOf(account.error()).constData());
        QVERIFY(world.accessToken(*account));
        QCOMPARE(world.count(Tenant::kToken), 1);
    }

    void twoWindowsFinishTheSameSignIn_data() { eachTenant(); }
    void twoWindowsFinishTheSameSignIn()
    {
        QFETCH(Tenant *const, tenant);
        World world(*tenant);
        QVERIFY(world.deliver(world.authorize(u"one"_s)));
        QObject context;
        QList<Result<SignInProgress, SignInError>> finished;
        for (int window = 0; window < 2; ++window) {
            world.signIns().finish(u"one"_s, &context,
                                   [&](const auto &account) { finished.append(account); });
        }
        QTRY_COMPARE(finished.size(), 2);
        // A code that comes twice looks stolen (RFC 6749 §4.1.2), so only the first redeems it.
        QCOMPARE(world.count(Tenant::kToken), 1);
        const auto isDone = [](const auto &account) { return account.has_value(); };
        QCOMPARE(std::count_if(finished.begin(), finished.end(), isDone), 1);
        QCOMPARE(world.accounts.list()->size(), 1);
        const auto account = world.accounts.list()->first().id;
        world.letTokenExpire();
        QVERIFY(world.accessToken(account));
    }

    /// The tenant of this process goes by our clock, so this takes the other one.
    void aWrongClock_data()
    {
        QTest::addColumn<std::chrono::hours>("ahead");
        QTest::addColumn<QString>("words");
        QTest::newRow("oidc-provider: 3 h ahead") << 3h << u"about 3 hours ahead of"_s;
        QTest::newRow("oidc-provider: 3 h behind") << -3h << u"about 3 hours behind"_s;
    }
    void aWrongClock()
    {
        QFETCH(const std::chrono::hours, ahead);
        QFETCH(const QString, words);
        World world(m_npm);
        world.clock.advance(ahead);
        const auto account = world.signInAs();
        QVERIFY(!account);
        QVERIFY2(account.error().error.message.contains(words),
                 reasonOf(account.error()).constData());
        QVERIFY(account.error().error.remedy.contains(u"Set the clock"_s));
        QVERIFY(world.accounts.list()->isEmpty());
        QVERIFY(world.secretStore.written.isEmpty());
        // The clock is set right.
        world.clock.advance(-ahead);
        QVERIFY(world.signInAs());
    }

    void twoSignInsOfOnePersonAtOnce_data() { eachTenant(); }
    void twoSignInsOfOnePersonAtOnce()
    {
        QFETCH(Tenant *const, tenant);
        World world(*tenant);
        const auto first = world.browser.open(world.begin(u"one"_s).value());
        const auto second = world.browser.open(world.begin(u"two"_s).value());
        QVERIFY(world.deliver(world.browser.choose(first, u"alice"_s).leadsTo));
        QVERIFY(world.deliver(world.browser.choose(second, u"alice"_s).leadsTo));
        QObject context;
        QList<Result<SignInProgress, SignInError>> finished;
        for (const auto &name : {u"one"_s, u"two"_s}) {
            world.signIns().finish(name, &context,
                                   [&](const auto &account) { finished.append(account); });
        }
        QTRY_COMPARE(finished.size(), 2);
        for (const auto &account : finished)
            QVERIFY2(account, account ? "" : reasonOf(account.error()).constData());
        QCOMPARE(finished[0]->account, finished[1]->account);
        QCOMPARE(world.accounts.list()->size(), 1);
        QVERIFY(world.accessToken(finished[0]->account));
        world.letTokenExpire();
        QVERIFY(world.accessToken(finished[0]->account));
    }
};

QTEST_GUILESS_MAIN(TestTenantBrowsers)
#include "tst_tenant_browsers.moc"

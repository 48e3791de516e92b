// SPDX-License-Identifier: GPL-3.0-or-later
#include <support/tenant_world.h>

#include <QElapsedTimer>

using namespace Qt::StringLiterals;
using namespace gatehouse;
using namespace gatehouse::oidc;
using namespace gatehouse::tests;

namespace {

using Tenant = RealTenant;
using World = TenantWorld;

} // namespace

/// What goes wrong on the way to tenants that no test has scripted.
class TestTenantsInTrouble : public QObject, private Tenants {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { startTenants(); }

    void refreshMeetsTrouble_data() { eachTrouble(); }
    void refreshMeetsTrouble()
    {
        QFETCH(Tenant *const, tenant);
        QFETCH(const Fault, fault);
        World world(*tenant);
        const auto account = world.signInAs().value();
        const auto before = world.refreshToken();
        world.letTokenExpire();
        tenant->proxy.resetCounts();
        tenant->proxy.set(Tenant::kToken, fault);
        const auto token = world.accessToken(account);
        QVERIFY(!token);
        QCOMPARE(token.error().trouble, TokenTrouble::Unavailable);
        QVERIFY(!token.error().error.remedy.isEmpty());
        QVERIFY(world.tokens().isSignedIn(account));
        QVERIFY(world.secretStore.removed.isEmpty());
        QCOMPARE(world.refreshToken(), before);
        QCOMPARE(world.count(Tenant::kToken), 1);

        world.recover();
        QVERIFY(world.accessToken(account));
        QVERIFY(world.refreshToken() != before);
        QCOMPARE(world.count(kElsewhere), 0);
    }

    void redemptionMeetsTrouble_data() { eachTrouble(); }
    void redemptionMeetsTrouble() { signInMeetsTrouble(Tenant::kToken, 1); }

    void keysMeetTrouble_data() { eachTrouble(); }
    // Qt asks again by itself, up to three times, when a connection breaks before an answer.
    void keysMeetTrouble() { signInMeetsTrouble(Tenant::kKeys, 4); }

    void discoveryMeetsTrouble_data() { eachTrouble(); }
    void discoveryMeetsTrouble()
    {
        QFETCH(Tenant *const, tenant);
        QFETCH(const Fault, fault);
        QFETCH(const bool, temporary);
        World world(*tenant);
        const auto account = world.signInAs().value();
        world.restart({account});
        tenant->proxy.resetCounts();
        tenant->proxy.set(Tenant::kDiscovery, fault);
        const auto url = world.begin(u"one"_s);
        QVERIFY(!url);
        QVERIFY(!url.error().error.remedy.isEmpty());
        if (temporary)
            QCOMPARE(url.error().oauthError, u"temporarily_unavailable"_s);
        const auto token = world.accessToken(account);
        QVERIFY(!token);
        QCOMPARE(token.error().trouble, TokenTrouble::Unavailable);
        QVERIFY(world.tokens().isSignedIn(account));
        QCOMPARE(world.count(Tenant::kToken), 0);

        world.recover();
        QVERIFY(world.accessToken(account));
        QVERIFY(world.signInAs());
        QCOMPARE(world.count(kElsewhere), 0);
    }

    void tenantIsDownAtStart_data() { eachTenant(); }
    void tenantIsDownAtStart()
    {
        QFETCH(Tenant *const, tenant);
        World world(*tenant);
        const auto account = world.signInAs().value();
        tenant->proxy.stop();
        world.restart({account});
        QVERIFY(world.tokens().isSignedIn(account));
        QCOMPARE(world.accessToken(account).error().trouble, TokenTrouble::Unavailable);
        QCOMPARE(world.begin(u"one"_s).error().oauthError, u"temporarily_unavailable"_s);
        QVERIFY(world.tokens().isSignedIn(account));

        tenant->proxy.start();
        world.recover();
        QVERIFY(world.accessToken(account));
        QVERIFY(world.signInAs());
    }

    void tenantIsDownLater_data() { eachTenant(); }
    void tenantIsDownLater()
    {
        QFETCH(Tenant *const, tenant);
        World world(*tenant);
        const auto account = world.signInAs().value();
        const auto callback = world.authorize(u"under way"_s);
        QVERIFY(world.deliver(callback));
        tenant->proxy.stop();
        QVERIFY(world.accessToken(account)); // from memory
        QCOMPARE(world.finish(u"under way"_s).error().oauthError, u"temporarily_unavailable"_s);
        world.letTokenExpire();
        QCOMPARE(world.accessToken(account).error().trouble, TokenTrouble::Unavailable);
        QVERIFY(world.tokens().isSignedIn(account));

        tenant->proxy.start();
        world.recover();
        QVERIFY(world.accessToken(account));
        QVERIFY(world.signInAs());
    }

    void revocationIsNoOutage_data()
    {
        QTest::addColumn<Tenant *>("tenant");
        QTest::addColumn<bool>("byAdministrator");
        for (const auto &[name, tenant] : tenants())
            row(name, "at its endpoint") << tenant << false;
        row("oidc-provider", "by an administrator") << static_cast<Tenant *>(&m_npm) << true;
    }
    void revocationIsNoOutage()
    {
        QFETCH(Tenant *const, tenant);
        QFETCH(const bool, byAdministrator);
        World world(*tenant);
        const auto account = world.signInAs().value();
        if (byAdministrator)
            QCOMPARE(m_npm.revokeRefreshTokens(u"alice"_s), 1);
        else
            QCOMPARE(world.revoke().status, 200);
        QVERIFY(world.tokens().isSignedIn(account)); // nobody knows yet
        world.letTokenExpire();

        tenant->proxy.set(Tenant::kToken, Fault::status(503));
        QCOMPARE(world.accessToken(account).error().trouble, TokenTrouble::Unavailable);
        QVERIFY(world.tokens().isSignedIn(account));

        world.recover();
        QCOMPARE(world.accessToken(account).error().trouble, TokenTrouble::SignedOut);
        QVERIFY(!world.tokens().isSignedIn(account));
        world.restart({account});
        QVERIFY(!world.tokens().isSignedIn(account));
        QCOMPARE(world.signInAs().value(), account);
        QVERIFY(world.accessToken(account));
    }

    void answerToARedemptionIsLost_data() { eachTenant(); }
    void answerToARedemptionIsLost()
    {
        QFETCH(Tenant *const, tenant);
        World world(*tenant);
        QVERIFY(world.deliver(world.authorize(u"one"_s)));
        tenant->proxy.set(Tenant::kToken, Fault::lostAnswer());
        const auto account = world.finish(u"one"_s);
        QVERIFY(!account);
        QCOMPARE(account.error().oauthError, u"temporarily_unavailable"_s);
        QVERIFY(world.accounts.list()->isEmpty());
        // A code that comes twice looks stolen (RFC 6749 §4.1.2).
        QCOMPARE(world.count(Tenant::kToken), 1);
        world.recover();
        QVERIFY(world.signInAs());
    }

    /// The tenant has rotated the refresh token, and nobody but the tenant knows the new one.
    void answerToARefreshIsLost_data()
    {
        QTest::addColumn<Tenant *>("tenant");
        QTest::addColumn<std::chrono::seconds>("leeway"); // that the tenant gives
        QTest::addColumn<std::chrono::seconds>("pause"); // until it is asked again
        auto *const npm = static_cast<Tenant *>(&m_npm);
        auto *const demo = static_cast<Tenant *>(&m_demo);
        QTest::newRow("oidc-provider without leeway") << npm << 0s << 900s;
        QTest::newRow("oidc-provider within its leeway") << npm << 3600s << 900s;
        QTest::newRow("demo tenant within its leeway") << demo << 60s << 30s;
        QTest::newRow("demo tenant after its leeway") << demo << 60s << 900s;
    }
    void answerToARefreshIsLost()
    {
        QFETCH(Tenant *const, tenant);
        QFETCH(const std::chrono::seconds, leeway);
        QFETCH(const std::chrono::seconds, pause);
        const bool isWithin = pause < leeway;
        World world(*tenant);
        const auto account = world.signInAs().value();
        if (tenant == &m_npm)
            m_npm.configure({{u"refreshTokenLeeway"_s, qint64(leeway.count())}});
        world.letTokenExpire();
        tenant->proxy.resetCounts();
        tenant->proxy.set(Tenant::kToken, Fault::lostAnswer());
        QCOMPARE(world.accessToken(account).error().trouble, TokenTrouble::Unavailable);
        QVERIFY(world.tokens().isSignedIn(account));
        // A refresh token that comes twice looks stolen (RFC 9700 §4.14.2).
        QCOMPARE(world.count(Tenant::kToken), 1);
        if (tenant == &m_npm)
            QVERIFY(m_npm.heard(Tenant::kToken) > 1); // the tenant has done it

        tenant->proxy.clearFaults();
        world.letPass(pause);
        const auto token = world.accessToken(account);
        QCOMPARE(token.has_value(), isWithin);
        QCOMPARE(world.tokens().isSignedIn(account), isWithin);
        if (!isWithin)
            QCOMPARE(token.error().trouble, TokenTrouble::SignedOut);
    }

    void hesitatingTenantIsWaitedFor_data() { eachTenant(); }
    void hesitatingTenantIsWaitedFor()
    {
        QFETCH(Tenant *const, tenant);
        World world(*tenant);
        for (const auto *const path : {Tenant::kDiscovery, Tenant::kKeys, Tenant::kToken})
            tenant->proxy.set(path, Fault::delayed(100ms));
        const auto account = world.signInAs();
        QVERIFY2(account, account ? "" : reasonOf(account.error()).constData());
        world.letTokenExpire();
        QVERIFY(world.accessToken(*account));
    }

    void lifetimesAreTheTenants()
    {
        World world(m_npm);
        m_npm.configure({{u"accessTokenLifetime"_s, 300}});
        const auto account = world.signInAs().value();
        const auto first = world.accessToken(account)->reveal();
        world.letPass(4min - 1s);
        QCOMPARE(world.accessToken(account)->reveal(), first);
        world.letPass(1s);
        QVERIFY(world.accessToken(account)->reveal() != first);
        world.letPass(30 * 24h);
        QCOMPARE(world.accessToken(account).error().trouble, TokenTrouble::SignedOut);
        QVERIFY(!world.tokens().isSignedIn(account));
    }

    /// In real time, as the network counts it: both tenants at once.
    void tenSecondsOfSilenceAreTooMuch()
    {
        World slow(m_npm);
        World silent(m_demo);
        const auto one = slow.signInAs().value();
        const auto two = silent.signInAs().value();
        slow.letTokenExpire();
        silent.letTokenExpire();
        silent.provider.proxy.whenSilent = nullptr;
        m_npm.proxy.set(Tenant::kToken, Fault::delayed(8s));
        m_demo.proxy.set(Tenant::kToken, Fault::silence());
        QElapsedTimer elapsed;
        elapsed.start();
        QObject context;
        std::optional<bool> answered;
        std::optional<TokenTrouble> trouble;
        slow.ask(one, &context, [&](const auto &token) { answered = token.has_value(); });
        silent.ask(two, &context, [&](const auto &token) {
            trouble = token ? TokenTrouble::SignedOut : token.error().trouble;
        });
        QTRY_VERIFY_WITH_TIMEOUT(answered && trouble, 20'000);
        QVERIFY(*answered);
        QCOMPARE(*trouble, TokenTrouble::Unavailable);
        QVERIFY(elapsed.elapsed() >= 9'000);
        QVERIFY(silent.tokens().isSignedIn(two));
    }

    void signingOutMeetsTrouble_data() { eachTrouble(); }
    void signingOutMeetsTrouble()
    {
        QFETCH(Tenant *const, tenant);
        QFETCH(const Fault, fault);
        World world(*tenant);
        const auto account = world.signInAs().value();
        tenant->proxy.set(Tenant::kRevoke, fault);
        const auto report = world.signOut(account);
        QVERIFY(report);
        QVERIFY(!world.tokens().isSignedIn(account));
        world.restart({account});
        QVERIFY(!world.tokens().isSignedIn(account));
        QCOMPARE(world.count(Tenant::kRevoke), 1);
    }

private:
    static constexpr auto kElsewhere = "/elsewhere";

    /// Whatever may come instead of the tenant's answer; `temporary` when it looks like an outage.
    void eachTrouble()
    {
        QTest::addColumn<Tenant *>("tenant");
        QTest::addColumn<Fault>("fault");
        QTest::addColumn<bool>("temporary");
        for (const auto &[name, tenant] : tenants()) {
            row(name, "the request is lost") << tenant << Fault::lostRequest() << true;
            row(name, "nobody answers") << tenant << Fault::silence() << true;
            row(name, "no HTTP") << tenant << Fault::noise() << true;
            row(name, "429 with Retry-After") << tenant << Fault::tooManyRequests(60s) << true;
            row(name, "500") << tenant << Fault::status(500) << true;
            row(name, "503 with Retry-After")
                << tenant << Fault::status(503, "Retry-After: 60\r\n") << true;
            row(name, "half an answer") << tenant << Fault::brokenJson() << false;
            row(name, "captive portal") << tenant << Fault::captivePortal() << true;
            row(name, "redirect") << tenant << Fault::redirect(tenant->url(kElsewhere)) << false;
        }
    }
    void signInMeetsTrouble(const char *path, int mostRequests)
    {
        QFETCH(Tenant *const, tenant);
        QFETCH(const Fault, fault);
        QFETCH(const bool, temporary);
        World world(*tenant);
        QVERIFY(world.deliver(world.authorize(u"one"_s)));
        tenant->proxy.set(path, fault);
        const auto account = world.finish(u"one"_s);
        QVERIFY(!account);
        QCOMPARE(account.error().oauthError,
                 temporary ? u"temporarily_unavailable"_s : u"server_error"_s);
        QVERIFY(!account.error().error.remedy.isEmpty());
        QVERIFY(world.accounts.list()->isEmpty());
        QVERIFY(world.secretStore.written.isEmpty());
        QVERIFY(world.count(path) <= mostRequests);
        world.recover();
        QVERIFY(world.signInAs());
        QCOMPARE(world.count(kElsewhere), 0);
    }
};

QTEST_GUILESS_MAIN(TestTenantsInTrouble)
#include "tst_tenants_in_trouble.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include <support/tenant_world.h>

#include <base/crypto.h>
#include <base/json.h>

using namespace Qt::StringLiterals;
using namespace gatehouse;
using namespace gatehouse::oidc;
using namespace gatehouse::tests;

namespace {

using Tenant = RealTenant;
using World = TenantWorld;

const auto kTodos = u"urn:todos-api"_s;
const auto kNotes = u"urn:notes-api"_s;

/// The claims of a JWT; empty for an opaque token.
QJsonObject claimsOf(const QByteArray &token)
{
    const auto parts = token.split('.');
    return parts.size() == 3
        ? parseJsonObject(fromBase64Url(parts[1]).value_or(QByteArray())).value_or(QJsonObject())
        : QJsonObject();
}

QStringList scopesOf(const QByteArray &token)
{
    return claimsOf(token).value("scope"_L1).toString().split(u' ', Qt::SkipEmptyParts);
}

} // namespace

/// What the relying party and tenants that no test has scripted do with each other.
class TestTenants : public QObject, private Tenants {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { startTenants(); }

    // --- what goes well

    void signsIn_data() { eachTenant(); }
    void signsIn()
    {
        QFETCH(Tenant *const, tenant);
        World world(*tenant);
        const auto account = world.signInAs();
        QVERIFY2(account, account ? "" : reasonOf(account.error()).constData());
        const auto stored = world.accounts.find(*account).value();
        QVERIFY(stored);
        QCOMPARE(stored->issuer, tenant->issuer());
        QCOMPARE(stored->subject, u"auth0|alice"_s);
        QCOMPARE(stored->email, u"alice@demo.example"_s);
        QVERIFY(world.tokens().isSignedIn(*account));

        const auto token = world.accessToken(*account);
        QVERIFY(token);
        QVERIFY(claimsOf(token->reveal()).value("aud"_L1).toArray().contains(u"urn:todos-api"_s));
        QVERIFY(scopesOf(token->reveal()).contains(u"read:todos"_s));
        QCOMPARE(world.count(Tenant::kDiscovery), 1);
        QCOMPARE(world.count(Tenant::kKeys), 1);
        QCOMPARE(world.count(Tenant::kToken), 1);
    }

    void peopleAreDifferentAccounts_data() { eachTenant(); }
    void peopleAreDifferentAccounts()
    {
        QFETCH(Tenant *const, tenant);
        World world(*tenant);
        const auto alice = world.signInAs(u"alice"_s);
        world.browser.forgetCookies();
        const auto bob = world.signInAs(u"bob"_s);
        QVERIFY(alice && bob);
        QVERIFY(!(*alice == *bob));
        QCOMPARE(claimsOf(world.accessToken(*bob)->reveal()).value("sub"_L1), u"auth0|bob"_s);
        QCOMPARE(claimsOf(world.accessToken(*alice)->reveal()).value("sub"_L1), u"auth0|alice"_s);
    }

    void refreshTokensRotate_data() { eachTenant(); }
    void refreshTokensRotate()
    {
        QFETCH(Tenant *const, tenant);
        World world(*tenant);
        const auto account = world.signInAs().value();
        QSet<QByteArray> accessTokens{world.accessToken(account)->reveal()};
        for (int round = 0; round < 3; ++round) {
            world.letTokenExpire();
            const auto token = world.accessToken(account);
            QVERIFY(token);
            accessTokens.insert(token->reveal());
        }
        QCOMPARE(accessTokens.size(), 4);
        const auto &written = world.secretStore.written;
        QCOMPARE(QSet<QString>(written.begin(), written.end()).size(), 4);
        QCOMPARE(world.count(Tenant::kToken), 4);
    }

    void restartFindsTheAccount_data() { eachTenant(); }
    void restartFindsTheAccount()
    {
        QFETCH(Tenant *const, tenant);
        World world(*tenant);
        const auto account = world.signInAs().value();
        world.restart({account});
        QVERIFY(world.tokens().isSignedIn(account));
        QVERIFY(world.accessToken(account));
        QCOMPARE(world.count(Tenant::kToken), 2);
    }

    void tokenIsOpaqueWithoutAudience_data() { eachTenant(); }
    void tokenIsOpaqueWithoutAudience()
    {
        QFETCH(Tenant *const, tenant);
        World world(*tenant);
        world.askFor({}, {u"openid"_s, u"offline_access"_s});
        const auto account = world.signInAs();
        QVERIFY2(account, account ? "" : reasonOf(account.error()).constData());
        for (int round = 0; round < 2; ++round) {
            const auto token = world.accessToken(*account);
            QVERIFY(token);
            QVERIFY(!token->reveal().isEmpty());
            QVERIFY(!token->reveal().contains('.'));
            world.letTokenExpire();
        }
    }

    void unknownAudienceIsRefused_data() { eachTenant(); }
    void unknownAudienceIsRefused()
    {
        QFETCH(Tenant *const, tenant);
        World world(*tenant);
        world.askFor(u"urn:nobody"_s, {u"openid"_s, u"offline_access"_s});
        QVERIFY(world.deliver(world.authorize(u"one"_s)));
        const auto account = world.finish(u"one"_s);
        QVERIFY(!account);
        QVERIFY(!account.error().error.remedy.isEmpty());
        QVERIFY(world.accounts.list()->isEmpty());
        QCOMPARE(world.count(Tenant::kToken), 0);
    }

    void withoutOfflineAccessTheAccountEndsWithItsToken_data() { eachTenant(); }
    void withoutOfflineAccessTheAccountEndsWithItsToken()
    {
        QFETCH(Tenant *const, tenant);
        World world(*tenant);
        world.askFor(u"urn:todos-api"_s, {u"openid"_s, u"read:todos"_s});
        const auto account = world.signInAs().value();
        QVERIFY(world.accessToken(account));
        world.letTokenExpire();
        const auto token = world.accessToken(account);
        QVERIFY(!token);
        QCOMPARE(token.error().trouble, TokenTrouble::SignedOut);
        QVERIFY(world.secretStore.written.isEmpty());
    }

    /// The laptop was closed: everything is old when it wakes up.
    void aWeekAsleep_data() { eachTenant(); }
    void aWeekAsleep()
    {
        QFETCH(Tenant *const, tenant);
        World world(*tenant);
        const auto account = world.signInAs().value();
        tenant->proxy.resetCounts();
        world.clock.sleepFor(7 * 24h);
        tenant->followClock();
        QVERIFY(world.accessToken(account));
        QVERIFY(world.accessToken(account));
        QCOMPARE(world.count(Tenant::kToken), 1);
        QVERIFY(world.count(Tenant::kDiscovery) <= 1);
    }

    void manyCallersShareOneRefresh_data() { eachTenant(); }
    void manyCallersShareOneRefresh()
    {
        QFETCH(Tenant *const, tenant);
        World world(*tenant);
        const auto account = world.signInAs().value();
        world.letTokenExpire();
        tenant->proxy.resetCounts();
        tenant->proxy.set(Tenant::kToken, Fault::delayed(100ms));
        QObject context;
        QByteArrayList answers;
        const auto askHundredTimes = [&] {
            for (int i = 0; i < 100; ++i) {
                world.ask(account, &context, [&](const auto &token) {
                    answers.append(token ? token->reveal() : QByteArray());
                });
            }
        };
        askHundredTimes();
        QTRY_COMPARE(world.count(Tenant::kToken), 1);
        QVERIFY(answers.isEmpty());
        askHundredTimes(); // while the tenant is busy with the first
        QTRY_COMPARE(answers.size(), 200);
        QVERIFY(!answers.first().isEmpty());
        QCOMPARE(answers.count(answers.first()), 200);
        QCOMPARE(world.count(Tenant::kToken), 1);
    }

    void rotatedKeyIsFetched_data() { eachTenant(); }
    void rotatedKeyIsFetched()
    {
        QFETCH(Tenant *const, tenant);
        World world(*tenant);
        QVERIFY(world.signInAs());
        world.letPass(1min);
        tenant->rotateKeys();
        world.browser.forgetCookies();
        const auto account = world.signInAs();
        QVERIFY2(account, account ? "" : reasonOf(account.error()).constData());
        QCOMPARE(world.count(Tenant::kKeys), 2);
        world.browser.forgetCookies();
        QVERIFY(world.signInAs());
        QCOMPARE(world.count(Tenant::kKeys), 2);
    }

    // --- that oidc-provider behaves as Auth0 does

    void confidentialClientIsNotOurs()
    {
        World world(m_npm);
        world.becomeClient(u"confidential-client"_s);
        const auto account = world.signInAs();
        QVERIFY(!account);
        QCOMPARE(account.error().oauthError, u"server_error"_s);
        QVERIFY(reasonOf(account.error()).contains("invalid_client"));
    }

    void confidentialClientNeedsItsSecret_data()
    {
        QTest::addColumn<QString>("secret");
        QTest::addColumn<int>("status");
        QTest::newRow("its secret") << QString::fromLatin1(NpmTenant::kClientSecret) << 200;
        QTest::newRow("another secret") << u"another secret of at least thirty-two bytes"_s << 401;
        QTest::newRow("none") << QString() << 401;
    }
    void confidentialClientNeedsItsSecret()
    {
        QFETCH(const QString, secret);
        QFETCH(const int, status);
        World world(m_npm);
        world.becomeClient(u"confidential-client"_s);
        // RFC 7636 appendix B: a verifier of our own and its challenge.
        const auto url = withParameter(world.begin(u"one"_s).value(), u"code_challenge"_s,
                                       u"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"_s);
        const auto callback = world.browser.signIn(url, u"alice"_s);
        QUrlQuery form{{u"grant_type"_s, u"authorization_code"_s},
                       {u"client_id"_s, world.config.clientId},
                       {u"redirect_uri"_s, world.config.callbackUrl.toString()},
                       {u"code"_s, World::parameter(callback, u"code"_s)},
                       {u"code_verifier"_s, u"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"_s}};
        if (!secret.isEmpty())
            form.addQueryItem(u"client_secret"_s, secret);
        QCOMPARE(world.browser.post(m_npm.url(Tenant::kToken), form).status, status);
    }

    void asksForAChallenge()
    {
        World world(m_npm);
        auto query = QUrlQuery(world.begin(u"one"_s).value());
        query.removeQueryItem(u"code_challenge"_s);
        query.removeQueryItem(u"code_challenge_method"_s);
        auto url = m_npm.url("/authorize");
        url.setQuery(query);
        QCOMPARE(World::parameter(world.browser.open(url).leadsTo, u"error"_s),
                 u"invalid_request"_s);
    }

    void tellsWhenThePersonSignedIn()
    {
        World world(m_npm);
        const auto url = world.begin(u"one"_s, {{}, {}, u"60"_s}).value();
        QVERIFY(world.deliver(world.browser.signIn(url, u"alice"_s)));
        QVERIFY(world.finish(u"one"_s));
        const auto tokens = parseJsonObject(m_npm.proxy.lastAnswer(Tenant::kToken)).value();
        const auto id = claimsOf(tokens.value("id_token"_L1).toString().toLatin1());
        const auto now = toMilliseconds(world.clock.now()) / 1000;
        QVERIFY(qAbs(id.value("auth_time"_L1).toInteger() - now) < 60);
        QCOMPARE(id.value("name"_L1).toString(), u"Alice"_s);
    }

    // --- several APIs

    void eachApiHasItsTokens_data()
    {
        QTest::addColumn<Tenant *>("tenant");
        QTest::addColumn<bool>("isMultiResource");
        QTest::newRow("oidc-provider, a refresh token for all")
            << static_cast<Tenant *>(&m_npm) << true;
        QTest::newRow("oidc-provider, a refresh token for each")
            << static_cast<Tenant *>(&m_npm) << false;
        QTest::newRow("demo tenant") << static_cast<Tenant *>(&m_demo) << true;
    }
    void eachApiHasItsTokens()
    {
        QFETCH(Tenant *const, tenant);
        QFETCH(const bool, isMultiResource);
        World world(*tenant);
        if (tenant == &m_npm)
            m_npm.configure({{u"multiResource"_s, isMultiResource}});
        world.config.audiences.append({kNotes, {}, {u"read:notes"_s}});
        world.party = world.makeParty();
        SignInHints hints;
        hints.wanted = {u"read:todos"_s, u"read:notes"_s};
        hints.scopes = hints.wanted;
        QVERIFY(
            world.deliver(world.browser.signIn(world.begin(u"both"_s, hints).value(), u"alice"_s)));
        auto progress = world.advance(u"both"_s);
        QVERIFY2(progress, progress ? "" : reasonOf(progress.error()).constData());
        QCOMPARE(progress->next.isEmpty(), isMultiResource);
        if (!isMultiResource) {
            // Silently first; this tenant then wants to be seen for what is new.
            QCOMPARE(World::parameter(progress->next, u"prompt"_s), u"none"_s);
            const auto silent = world.browser.open(progress->next).leadsTo;
            QCOMPARE(World::parameter(silent, u"error"_s), u"consent_required"_s);
            QVERIFY(world.deliver(silent));
            progress = world.advance(u"both"_s);
            QCOMPARE(World::parameter(progress->next, u"prompt"_s), QString());
            QVERIFY(world.deliver(world.browser.signIn(progress->next, u"alice"_s)));
            progress = world.advance(u"both"_s);
            QVERIFY2(progress, progress ? "" : reasonOf(progress.error()).constData());
            QVERIFY(progress->next.isEmpty());
        }
        const auto account = progress->account;
        const auto scopesFor = [&](const QString &audience) {
            const auto token =
                static_cast<RelyingPartyWorld &>(world).accessToken(account, audience);
            return token ? scopesOf(token->reveal()) : QStringList{token.error().error.detail};
        };
        QVERIFY(scopesFor(kTodos).contains(u"read:todos"_s));
        QVERIFY(scopesFor(kNotes).contains(u"read:notes"_s));
        QVERIFY(!scopesFor(kNotes).contains(u"read:todos"_s));

        // A hundred calls for each cause one refresh for each.
        world.letTokenExpire();
        tenant->proxy.resetCounts();
        QObject context;
        QSet<QByteArray> answers;
        int answered = 0;
        for (int i = 0; i < 200; ++i) {
            world.tokens().accessToken(account, i % 2 == 0 ? kTodos : kNotes, &context,
                                       [&](const Result<Secret, TokenError> &token) {
                                           answers.insert(token ? token->reveal() : QByteArray());
                                           ++answered;
                                       });
        }
        QTRY_COMPARE(answered, 200);
        QCOMPARE(answers.size(), 2);
        QVERIFY(!answers.contains(QByteArray()));
        QCOMPARE(world.count(Tenant::kToken), 2);

        // An API that takes no token any more gets another one, once, and the other is left alone.
        world.letPass(1s); // so that it differs
        const auto todos = world.accessToken(account).value();
        world.tokens().rejectAccessToken(account, kNotes, todos); // not its own
        world.tokens().rejectAccessToken(account, kTodos, todos);
        QVERIFY(scopesFor(kNotes).contains(u"read:notes"_s));
        QVERIFY(world.accessToken(account)->reveal() != todos.reveal());
        QCOMPARE(world.count(Tenant::kToken), 3);
    }

    // --- signing out

    void signingOutEndsTheRefreshToken_data() { eachTenant(); }
    void signingOutEndsTheRefreshToken()
    {
        QFETCH(Tenant *const, tenant);
        World world(*tenant);
        const auto account = world.signInAs().value();
        const auto token = world.refreshToken();
        const auto report = world.signOut(account);
        QVERIFY(report && report->isRevoked);
        QCOMPARE(world.count(Tenant::kRevoke), 1);
        QVERIFY(!world.tokens().isSignedIn(account));
        QVERIFY(world.refreshWith(token).body.contains("invalid_grant"));
        // Where the browser's session ends.
        const auto page = world.browser.open(report->browserUrl);
        if (tenant == &m_demo)
            QCOMPARE(page.leadsTo.path(), u"/signed-out"_s);
        else
            QCOMPARE(page.status, 200); // the end-session endpoint asks first
    }

    void refreshesForOtherApis_data()
    {
        QTest::addColumn<bool>("multiResource");
        QTest::addColumn<QString>("audience");
        QTest::addColumn<QStringList>("scopes");
        const QStringList todos{u"read:todos"_s};
        const QStringList notes{u"read:notes"_s};
        QTest::newRow("multi-resource, the other API") << true << u"urn:notes-api"_s << notes;
        QTest::newRow("multi-resource, the same API") << true << u"urn:todos-api"_s << todos;
        QTest::newRow("multi-resource, none named") << true << QString() << todos;
        QTest::newRow("single, the other API") << false << u"urn:notes-api"_s << todos;
    }
    void refreshesForOtherApis()
    {
        QFETCH(const bool, multiResource);
        QFETCH(const QString, audience);
        QFETCH(const QStringList, scopes);
        World world(m_npm);
        m_npm.configure({{u"multiResource"_s, multiResource}});
        const auto account = world.signInAs().value();
        QCOMPARE(scopesOf(world.accessToken(account)->reveal()), QStringList{u"read:todos"_s});
        QUrlQuery form{{u"grant_type"_s, u"refresh_token"_s},
                       {u"client_id"_s, world.config.clientId},
                       {u"refresh_token"_s, QString::fromUtf8(world.refreshToken())}};
        if (!audience.isEmpty())
            form.addQueryItem(u"audience"_s, audience);
        const auto answer =
            parseJsonObject(world.browser.post(m_npm.url(Tenant::kToken), form).body).value();
        QCOMPARE(scopesOf(answer.value("access_token"_L1).toString().toLatin1()), scopes);
        QVERIFY(!answer.value("refresh_token"_L1).toString().isEmpty());
    }

    void signsOutThere_data() { eachTenant(); }
    void signsOutThere()
    {
        QFETCH(Tenant *const, tenant);
        World world(*tenant);
        QVERIFY(world.signInAs());
        const auto home = u"http://127.0.0.1:8377/signed-out"_s;
        auto url = tenant->url("/v2/logout");
        url.setQuery(QUrlQuery{{u"client_id"_s, world.config.clientId}, {u"returnTo"_s, home}});
        QCOMPARE(world.browser.open(url).leadsTo, QUrl(home));
        const auto silent = world.begin(u"silent"_s, {u"none"_s, {}}).value();
        QCOMPARE(World::parameter(world.browser.open(silent).leadsTo, u"error"_s),
                 u"login_required"_s);
    }
};

QTEST_GUILESS_MAIN(TestTenants)
#include "tst_tenants.moc"

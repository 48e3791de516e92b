// SPDX-License-Identifier: GPL-3.0-or-later
#include <support/real_tenant.h>
#include <support/relying_party_world.h>
#include <support/tenant_browser.h>

#include <base/crypto.h>
#include <base/json.h>

#include <QElapsedTimer>
#include <QJsonArray>
#include <QUrlQuery>

using namespace Qt::StringLiterals;
using namespace gatehouse;
using namespace gatehouse::oidc;
using namespace gatehouse::tests;

namespace {

using Tenant = RealTenant;

/// A relying party of a tenant that no test has scripted (the scripted one of the base class stands
/// idle), and the browser of the person.
struct World : RelyingPartyWorld {
    explicit World(RealTenant &real) : provider(real)
    {
        // Browsers and tenants outside of this process know what time it really is.
        clock.advance(SystemClock().now() - clock.now());
        provider.begin(clock, random);
        provider.proxy.whenSilent = [this] { clock.advance(kWholeCall); };
        config.issuer = provider.issuer();
        config.scopes += {u"profile"_s, u"email"_s};
        party = makeParty();
    }
    ~World()
    {
        provider.proxy.whenSilent = nullptr;
        party.reset();
        provider.end();
    }
    World(const World &) = delete;
    World &operator=(const World &) = delete;

    void letPass(std::chrono::milliseconds time)
    {
        clock.advance(time);
        provider.followClock();
    }
    /// Until the access token must be refreshed.
    void letTokenExpire() { letPass(1h); }
    /// The trouble is over, and whoever waited before trying again has waited.
    void recover()
    {
        provider.proxy.clearFaults();
        letPass(15min);
    }
    /// What a start of the service finds: an empty memory and the same secret store.
    void restart(const QList<AccountId> &known)
    {
        party = makeParty();
        load(known);
    }
    /// What sign-ins ask for from now on.
    void askFor(const QString &audience, const QStringList &scopes)
    {
        config.audiences = {{audience, {}, {}}};
        config.scopes = scopes;
        party = makeParty();
    }
    /// Sign-ins are those of this client from now on.
    void becomeClient(const QString &clientId)
    {
        config.clientId = clientId;
        party = makeParty();
    }

    /// Goes to the tenant as `person` and comes back with this callback; empty when begin() fails.
    [[nodiscard]] QUrl authorize(const QString &name, const QString &person = u"alice"_s)
    {
        const auto url = begin(name);
        return url ? browser.signIn(*url, person) : QUrl();
    }
    [[nodiscard]] Result<QUrl> deliver(const QUrl &callback)
    {
        return callbackWith(callback.query(QUrl::FullyEncoded).toLatin1());
    }
    /// A whole sign-in in a browser.
    [[nodiscard]] Result<AccountId, SignInError> signInAs(const QString &person = u"alice"_s)
    {
        (void)deliver(authorize(u"whole"_s, person));
        return finish(u"whole"_s);
    }
    /// A token for the audience that sign-ins ask for.
    [[nodiscard]] Result<Secret, TokenError> accessToken(const AccountId &account)
    {
        return RelyingPartyWorld::accessToken(account, config.audiences.first().audience);
    }
    /// The same without waiting for it.
    void ask(const AccountId &account, QObject *context, Callback<Secret, TokenError> then)
    {
        tokens().accessToken(account, config.audiences.first().audience, context, std::move(then));
    }
    /// The refresh token in the keychain.
    [[nodiscard]] QByteArray refreshToken() const { return secretStore.written.last().toUtf8(); }
    /// Takes it back at the tenant (RFC 7009 §2.1).
    [[nodiscard]] TenantBrowser::Page revoke()
    {
        return browser.post(
            provider.url(RealTenant::kRevoke),
            {{u"client_id"_s, config.clientId}, {u"token"_s, QString::fromUtf8(refreshToken())}});
    }
    [[nodiscard]] Result<SignOutReport> signOut(const AccountId &account)
    {
        return await<SignOutReport, Error>(
            [&](QObject *context, auto then) { tokens().signOut(account, context, then); });
    }
    /// What the tenant says to this refresh token.
    [[nodiscard]] TenantBrowser::Page refreshWith(const QByteArray &token)
    {
        const QUrlQuery form{{u"grant_type"_s, u"refresh_token"_s},
                             {u"client_id"_s, config.clientId},
                             {u"refresh_token"_s, QString::fromUtf8(token)}};
        return browser.post(provider.url(RealTenant::kToken), form);
    }
    [[nodiscard]] int count(const char *path) const { return provider.proxy.count(path); }

    /// After this long a call to a tenant is given up.
    static constexpr auto kWholeCall = 31s;

    RealTenant &provider;
    TenantBrowser browser;
};

const auto kTodos = u"urn:todos-api"_s;
const auto kNotes = u"urn:notes-api"_s;

QByteArray reasonOf(const SignInError &error)
{
    return (error.error.message + u": "_s + error.error.detail).toUtf8();
}

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

QTestData &row(const char *tenant, const char *what)
{
    return QTest::addRow("%s: %s", tenant, what);
}

/// `url` with another value for a parameter.
QUrl withParameter(QUrl url, const QString &name, const QString &value)
{
    QUrlQuery query(url);
    query.removeAllQueryItems(name);
    query.addQueryItem(name, value);
    url.setQuery(query);
    return url;
}

} // namespace

class TestTenants : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        const auto trouble = m_npm.start();
        QVERIFY2(!trouble, qPrintable(trouble.value_or(QString())));
    }

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

    // --- the browser's way

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

    // --- what goes wrong on the way

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

private:
    static constexpr auto kElsewhere = "/elsewhere";

    [[nodiscard]] QList<std::pair<const char *, Tenant *>> tenants()
    {
        return {{"oidc-provider", &m_npm}, {"demo tenant", &m_demo}};
    }
    void eachTenant()
    {
        QTest::addColumn<Tenant *>("tenant");
        for (const auto &[name, tenant] : tenants())
            QTest::newRow(name) << tenant;
    }
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

    NpmTenant m_npm;
    DemoTenant m_demo;
};

QTEST_GUILESS_MAIN(TestTenants)
#include "tst_tenants.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include <support/captured_log.h>
#include <support/relying_party_world.h>

#include <oidc/client_credentials.h>

#include <base/crypto.h>

using namespace Qt::StringLiterals;
using namespace gatehouse;
using namespace gatehouse::oidc;
using namespace gatehouse::tests;

using World = RelyingPartyWorld;

namespace {

/// Two APIs of one tenant with audiences of their own.
struct TwoApis : World {
    TwoApis()
    {
        config.audiences.append({u"urn:mail-api"_s, {}, {u"read:mail"_s}});
        party = makeParty();
    }
    [[nodiscard]] static oidc::SignInHints wanting(const QStringList &scopes)
    {
        oidc::SignInHints hints;
        hints.scopes = scopes;
        hints.wanted = scopes;
        return hints;
    }
    /// Refreshes answer with a token for the audience that the refresh token is of.
    void ignoreAudience() { tokensAreFor(u"urn:todos-api"_s); }
    void honourAudience() { tokensAreFor(u"urn:mail-api"_s); }
    void tokensAreFor(const QString &audience)
    {
        tenant.scripts["/token"] = [this, audience](const FakeTenant::Request &request) {
            auto tokens = tenant.tokens();
            if (request.form("grant_type") == u"refresh_token") {
                const auto jwt = tenant.idToken({{u"aud"_s, QJsonArray{audience}}});
                tokens.insert(u"access_token"_s, QString::fromLatin1(jwt));
            }
            return FakeTenant::json(200, tokens);
        };
    }
    /// The address of the second visit.
    QUrl afterTheFirstVisit()
    {
        const auto first = begin(u"one"_s, wanting({u"read:todos"_s, u"read:mail"_s}));
        (void)callback(first.value());
        ignoreAudience();
        return advance(u"one"_s).value().next;
    }
};

} // namespace

class TestTenantSignIns : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void signsIn()
    {
        World world;
        const auto url = world.begin(u"one"_s);
        QVERIFY(url);
        QVERIFY(!world.signIns().isReadyToFinish(u"one"_s));
        const auto next = world.callback(*url);
        QVERIFY(next);
        QCOMPARE(*next, QUrl(u"http://localhost:8377/interaction/one"_s));
        QVERIFY(world.signIns().isReadyToFinish(u"one"_s));
        // Nothing is redeemed before the browser is known.
        QCOMPARE(world.tenant.count("/token"), 0);

        const auto account = world.finish(u"one"_s);
        QVERIFY2(account, account ? "" : qPrintable(account.error().error.detail));
        const auto stored = world.accounts.find(*account).value();
        QVERIFY(stored);
        QCOMPARE(stored->issuer, world.tenant.issuer());
        QCOMPARE(stored->subject, u"auth0|alice"_s);
        QCOMPARE(stored->name, u"Alice"_s);
        QCOMPARE(stored->email, u"alice@example.org"_s);
        QVERIFY(world.tokens().isSignedIn(*account));
        QCOMPARE(world.secretStore.written, QStringList{u"refresh-1"_s});
        QCOMPARE(world.accessToken(*account)->reveal(), "access-1"_ba);
        QCOMPARE(world.tenant.count("/token"), 1);
    }

    void authorizationRequest_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("value");
        QTest::newRow("RFC 6749 §4.1.1 response_type") << u"response_type"_s << u"code"_s;
        QTest::newRow("RFC 6749 §4.1.1 client_id") << u"client_id"_s << u"gatehouse-client"_s;
        QTest::newRow("RFC 6749 §4.1.1 redirect_uri")
            << u"redirect_uri"_s << u"http://127.0.0.1:8377/callback"_s;
        QTest::newRow("RFC 6749 §3.3 scope") << u"scope"_s << u"openid offline_access read:todos"_s;
        QTest::newRow("RFC 7636 §4.3 code_challenge_method")
            << u"code_challenge_method"_s << u"S256"_s;
        QTest::newRow("Auth0 audience") << u"audience"_s << u"urn:todos-api"_s;
        QTest::newRow("OIDC §3.1.2.1 prompt") << u"prompt"_s << u"login"_s;
        QTest::newRow("OIDC §3.1.2.1 login_hint with reserved characters")
            << u"login_hint"_s << u"a+b&c=d%20e é@example.org"_s;
        QTest::newRow("RFC 6749 §3.1 the endpoint's own query stays") << u"tenant"_s << u"a+b c"_s;
    }
    void authorizationRequest()
    {
        QFETCH(const QString, name);
        QFETCH(const QString, value);
        World world;
        world.tenant.metadata.insert(u"authorization_endpoint"_s,
                                     world.tenant.url(u"authorize?tenant=a%2Bb%20c&scope=evil"_s)
                                         .toString(QUrl::FullyEncoded));
        const auto url =
            world.begin(u"one"_s, {u"login"_s, u"a+b&c=d%20e é@example.org"_s}).value();
        QCOMPARE(url.path(), u"/authorize"_s);
        QCOMPARE(World::parameter(url, name), value);
    }

    void stateNonceAndVerifierAreFreshAndStrong()
    {
        World world;
        QSet<QString> seen;
        for (const auto &name : {u"one"_s, u"two"_s}) {
            const auto url = world.begin(name).value();
            for (const auto &parameter : {u"state"_s, u"nonce"_s, u"code_challenge"_s}) {
                const auto value = World::parameter(url, parameter);
                QCOMPARE(fromBase64Url(value.toLatin1())->size(), 32);
                seen.insert(value);
            }
        }
        QCOMPARE(seen.size(), 6);
    }

    void verifierMatchesChallenge()
    {
        World world;
        const auto url = world.begin(u"one"_s).value();
        QVERIFY(world.callback(url));
        QVERIFY(world.finish(u"one"_s));
        const auto request = world.tenant.last("/token");
        const auto verifier = request.form("code_verifier").toLatin1();
        QVERIFY(verifier.size() >= 43);
        QCOMPARE(QString::fromLatin1(toBase64Url(sha256(verifier))),
                 World::parameter(url, u"code_challenge"_s));
        QCOMPARE(request.form("grant_type"), u"authorization_code"_s);
        QCOMPARE(request.form("redirect_uri"), u"http://127.0.0.1:8377/callback"_s);
        QCOMPARE(request.form("client_id"), u"gatehouse-client"_s);
        QCOMPARE(request.method, "POST"_ba);
    }

    void codeArrivesIntact_data()
    {
        QTest::addColumn<QString>("code");
        for (const auto &code : {u"plain-code"_s, u"a%b"_s, u"a%2Bb"_s, u"a+b"_s, u"a/b"_s,
                                 u"a=b=="_s, u"a&b"_s, u"a b"_s, u"a%%25+/=&é"_s, u"#?;"_s}) {
            QTest::newRow(qPrintable(code)) << code;
        }
    }
    void codeArrivesIntact()
    {
        QFETCH(const QString, code);
        World world;
        const auto url = world.begin(u"one"_s).value();
        QVERIFY(world.callback(url, "code=" + code.toUtf8().toPercentEncoding()));
        QVERIFY(world.finish(u"one"_s));
        QCOMPARE(world.tenant.last("/token").form("code"), code);
    }

    // --- the callback

    void refusedCallbacks_data()
    {
        QTest::addColumn<QByteArray>("query");
        QTest::newRow("RFC 6749 §10.12 no state") << QByteArray("code=c");
        QTest::newRow("RFC 6749 §10.12 empty state") << QByteArray("code=c&state=");
        QTest::newRow("RFC 6749 §10.12 made-up state") << QByteArray("code=c&state=made-up");
        QTest::newRow("an error without state") << QByteArray("error=access_denied");
    }
    void refusedCallbacks()
    {
        QFETCH(const QByteArray, query);
        World world;
        QVERIFY(world.begin(u"one"_s));
        const auto next = world.callbackWith(query);
        QVERIFY(!next);
        QVERIFY(!next.error().message.isEmpty());
        QVERIFY(!world.signIns().isReadyToFinish(u"one"_s));
    }

    void stateBelongsToOneSignIn()
    {
        World world;
        const auto one = world.begin(u"one"_s).value();
        QVERIFY(world.begin(u"two"_s));
        QVERIFY(world.callback(one));
        QVERIFY(world.signIns().isReadyToFinish(u"one"_s));
        QVERIFY(!world.signIns().isReadyToFinish(u"two"_s));
        const auto other = world.finish(u"two"_s);
        QVERIFY(!other);
        QCOMPARE(world.tenant.count("/token"), 0);
    }

    void callbackCountsOnce()
    {
        World world;
        const auto url = world.begin(u"one"_s).value();
        QVERIFY(world.callback(url, "code=first"));
        QVERIFY(!world.callback(url, "code=second"));
        QVERIFY(world.finish(u"one"_s));
        QCOMPARE(world.tenant.last("/token").form("code"), u"first"_s);
        QVERIFY(!world.callback(url, "code=third"));
    }

    void finishCountsOnce()
    {
        World world;
        QVERIFY(world.callback(world.begin(u"one"_s).value()));
        QVERIFY(world.finish(u"one"_s));
        const auto again = world.finish(u"one"_s);
        QVERIFY(!again);
        QCOMPARE(again.error().oauthError, u"server_error"_s);
        QCOMPARE(world.tenant.count("/token"), 1);
    }

    void startingOverForgetsTheFirstAttempt()
    {
        World world;
        const auto first = world.begin(u"one"_s).value();
        const auto second = world.begin(u"one"_s).value();
        QVERIFY(!world.callback(first));
        QVERIFY(world.callback(second));
        QVERIFY(world.finish(u"one"_s));
    }

    void expiresAfterTenMinutes()
    {
        World world;
        const auto url = world.begin(u"one"_s).value();
        world.clock.advance(10min);
        QVERIFY(!world.callback(url));

        QVERIFY(world.callback(world.begin(u"two"_s).value()));
        world.clock.advance(10min);
        QVERIFY(!world.signIns().isReadyToFinish(u"two"_s));
        QVERIFY(!world.finish(u"two"_s));
        QCOMPARE(world.tenant.count("/token"), 0);
    }

    void atMostAThousandAreKept()
    {
        World world;
        const auto oldest = world.begin(u"oldest"_s).value();
        world.clock.advance(1s);
        const auto second = world.begin(u"second"_s).value();
        world.clock.advance(1s);
        QObject context;
        int begun = 0;
        for (int i = 0; i < 999; ++i) {
            world.signIns().begin(u"more-%1"_s.arg(i), QUrl(), {}, &context,
                                  [&](const auto &url) { begun += url ? 1 : 0; });
        }
        QTRY_COMPARE(begun, 999);
        QVERIFY(!world.callback(oldest));
        QVERIFY(world.callback(second));
    }

    void issuerOfTheCallback_data()
    {
        QTest::addColumn<bool>("advertised");
        QTest::addColumn<QString>("issuer");
        QTest::addColumn<bool>("accepted");
        QTest::newRow("RFC 9207 §2.4 ours") << true << u"OURS"_s << true;
        QTest::newRow("RFC 9207 §2.4 missing though promised") << true << QString() << false;
        QTest::newRow("RFC 9207 §2.4 another") << true << u"https://evil.example/"_s << false;
        QTest::newRow("not promised, missing") << false << QString() << true;
        QTest::newRow("not promised, another") << false << u"https://evil.example/"_s << false;
    }
    void issuerOfTheCallback()
    {
        QFETCH(const bool, advertised);
        QFETCH(QString, issuer);
        QFETCH(const bool, accepted);
        World world;
        if (issuer == u"OURS"_s)
            issuer = world.tenant.issuer();
        world.tenant.metadata.insert(u"authorization_response_iss_parameter_supported"_s,
                                     advertised);
        const auto url = world.begin(u"one"_s).value();
        const auto rest = issuer.isEmpty() ? QByteArray() : "&iss=" + issuer.toLatin1();
        QCOMPARE(world.callback(url, "code=c" + rest).has_value(), accepted);
        QCOMPARE(world.signIns().isReadyToFinish(u"one"_s), accepted);
    }

    void tenantErrors_data()
    {
        QTest::addColumn<QByteArray>("rest");
        QTest::addColumn<QString>("oauthError");
        QTest::newRow("RFC 6749 §4.1.2.1 access_denied")
            << QByteArray("error=access_denied&error_description=User+said+no")
            << u"access_denied"_s;
        QTest::newRow("OIDC §3.1.2.6 login_required")
            << QByteArray("error=login_required") << u"access_denied"_s;
        QTest::newRow("OIDC §3.1.2.6 consent_required")
            << QByteArray("error=consent_required") << u"access_denied"_s;
        QTest::newRow("OIDC §3.1.2.6 interaction_required")
            << QByteArray("error=interaction_required") << u"access_denied"_s;
        QTest::newRow("RFC 6749 §4.1.2.1 temporarily_unavailable")
            << QByteArray("error=temporarily_unavailable") << u"temporarily_unavailable"_s;
        QTest::newRow("RFC 6749 §4.1.2.1 server_error")
            << QByteArray("error=server_error") << u"server_error"_s;
        QTest::newRow("an error nobody knows") << QByteArray("error=odd") << u"server_error"_s;
        QTest::newRow("an error beside a code")
            << QByteArray("error=access_denied&code=c") << u"access_denied"_s;
        QTest::newRow("neither code nor error") << QByteArray() << u"server_error"_s;
    }
    void tenantErrors()
    {
        QFETCH(const QByteArray, rest);
        QFETCH(const QString, oauthError);
        World world;
        const auto url = world.begin(u"one"_s).value();
        QVERIFY(world.callback(url, rest)); // the browser still goes back to its page
        QVERIFY(world.signIns().isReadyToFinish(u"one"_s));
        const auto account = world.finish(u"one"_s);
        QVERIFY(!account);
        QCOMPARE(account.error().oauthError, oauthError);
        QVERIFY(!account.error().error.message.isEmpty());
        QVERIFY(!account.error().error.remedy.isEmpty());
        QVERIFY(!account.error().error.message.contains(u"User said no"_s));
        QCOMPARE(world.tenant.count("/token"), 0);
    }

    // --- redeeming

    void tokenEndpointFailures_data()
    {
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("headers");
        QTest::addColumn<QString>("oauthError");
        const auto json = "Content-Type: application/json\r\n"_ba;
        QTest::newRow("RFC 6749 §5.2 invalid_grant")
            << 400 << R"({"error":"invalid_grant"})"_ba << json << u"server_error"_s;
        QTest::newRow("RFC 6749 §5.2 invalid_client with a challenge")
            << 401 << R"({"error":"invalid_client"})"_ba
            << json + "WWW-Authenticate: Basic realm=\"t\"\r\n"
            << u"server_error"_s;
        QTest::newRow("503") << 503 << "down"_ba << QByteArray() << u"temporarily_unavailable"_s;
        QTest::newRow("429") << 429 << "{}"_ba << json << u"temporarily_unavailable"_s;
        QTest::newRow("408") << 408 << ""_ba << QByteArray() << u"temporarily_unavailable"_s;
        QTest::newRow("garbage") << 200 << "}{"_ba << QByteArray() << u"server_error"_s;
        QTest::newRow("a page of the network")
            << 200 << "<html>"_ba << QByteArray() << u"temporarily_unavailable"_s;
        QTest::newRow("a list") << 200 << "[]"_ba << json << u"server_error"_s;
        QTest::newRow("no access token")
            << 200 << R"({"token_type":"Bearer"})"_ba << json << u"server_error"_s;
        QTest::newRow("RFC 6749 §7.1 a token type that is not understood")
            << 200 << R"({"access_token":"a","token_type":"mac"})"_ba << json << u"server_error"_s;
        QTest::newRow("no ID token") << 200 << R"({"access_token":"a","token_type":"Bearer"})"_ba
                                     << json << u"server_error"_s;
        QTest::newRow("redirect elsewhere")
            << 307 << QByteArray() << "Location: /elsewhere\r\n"_ba << u"server_error"_s;
    }
    void tokenEndpointFailures()
    {
        QFETCH(const int, status);
        QFETCH(const QByteArray, body);
        QFETCH(const QByteArray, headers);
        QFETCH(const QString, oauthError);
        World world;
        world.tenant.scripts["/token"] = [=](const auto &) {
            return FakeTenant::Answer{status, body, headers};
        };
        QVERIFY(world.callback(world.begin(u"one"_s).value()));
        const auto account = world.finish(u"one"_s);
        QVERIFY(!account);
        QCOMPARE(account.error().oauthError, oauthError);
        QCOMPARE(world.tenant.count("/token"), 1);
        QCOMPARE(world.tenant.count("/elsewhere"), 0);
        QVERIFY(world.accounts.list()->isEmpty());
        QVERIFY(world.secretStore.written.isEmpty());
    }

    void tenantThatIsGone()
    {
        World world;
        QVERIFY(world.callback(world.begin(u"one"_s).value()));
        world.tenant.stop();
        const auto account = world.finish(u"one"_s);
        QVERIFY(!account);
        QCOMPARE(account.error().oauthError, u"temporarily_unavailable"_s);
    }

    void tenantThatIsGoneBeforeTheSignIn()
    {
        World world;
        world.tenant.stop();
        const auto url = world.begin(u"one"_s);
        QVERIFY(!url);
        QCOMPARE(url.error().oauthError, u"temporarily_unavailable"_s);
    }

    void wrongIdTokens_data()
    {
        QTest::addColumn<QString>("claim");
        QTest::addColumn<QJsonValue>("value");
        QTest::newRow("another nonce") << u"nonce"_s << QJsonValue(u"other"_s);
        QTest::newRow("another issuer") << u"iss"_s << QJsonValue(u"https://evil.example/"_s);
        QTest::newRow("another audience") << u"aud"_s << QJsonValue(u"other"_s);
        QTest::newRow("expired") << u"exp"_s << QJsonValue(1000);
    }
    void wrongIdTokens()
    {
        QFETCH(const QString, claim);
        QFETCH(const QJsonValue, value);
        World world;
        world.tenant.scripts["/token"] = [&](const auto &) {
            auto tokens = world.tenant.tokens();
            auto claims = world.tenant.claims();
            claims.insert(claim, value);
            tokens.insert(u"id_token"_s, QString::fromLatin1(world.tenant.idToken(claims)));
            return FakeTenant::json(200, tokens);
        };
        QVERIFY(world.callback(world.begin(u"one"_s).value()));
        const auto account = world.finish(u"one"_s);
        QVERIFY(!account);
        QCOMPARE(account.error().oauthError, u"server_error"_s);
        QVERIFY(world.accounts.list()->isEmpty());
        QVERIFY(world.secretStore.written.isEmpty());
    }

    // --- several audiences

    void eachAudienceIsVisitedOnce()
    {
        TwoApis world;
        const auto first = world.begin(u"one"_s, world.wanting({u"read:todos"_s, u"read:mail"_s}));
        QCOMPARE(World::parameter(*first, u"audience"_s), u"urn:todos-api"_s);
        QCOMPARE(World::parameter(*first, u"scope"_s), u"openid offline_access read:todos"_s);
        QCOMPARE(World::parameter(*first, u"prompt"_s), QString());
        QVERIFY(world.callback(*first));
        world.ignoreAudience();
        const auto second = world.advance(u"one"_s);
        QVERIFY(second);
        // Silently, as the person has just been there.
        QCOMPARE(World::parameter(second->next, u"audience"_s), u"urn:mail-api"_s);
        QCOMPARE(World::parameter(second->next, u"scope"_s), u"openid offline_access read:mail"_s);
        QCOMPARE(World::parameter(second->next, u"prompt"_s), u"none"_s);
        QCOMPARE(World::parameter(second->next, u"login_hint"_s), u"alice@example.org"_s);
        QVERIFY(World::parameter(second->next, u"state"_s) != World::parameter(*first, u"state"_s));
        QVERIFY(!world.callback(*first)); // its state is used up
        const auto back = world.callback(second->next);
        QCOMPARE(back.value(), QUrl(u"http://localhost:8377/interaction/one"_s));
        const auto done = world.advance(u"one"_s);
        QVERIFY(done && done->next.isEmpty());
        QVERIFY(world.accessToken(done->account, u"urn:todos-api"_s));
        QVERIFY(world.accessToken(done->account, u"urn:mail-api"_s));
        QVERIFY(world.tokens().isSignedInFor(done->account, {u"read:todos"_s, u"read:mail"_s}));
        QVERIFY(!world.signIns().isReadyToFinish(u"one"_s));
        const auto account = world.accounts.find(done->account).value();
        QVERIFY(account->scopes.contains(u"read:todos"_s));
        QVERIFY(account->scopes.contains(u"read:mail"_s));
    }

    void silentlyInVainThenVisibly_data()
    {
        QTest::addColumn<QByteArray>("error");
        QTest::newRow("OIDC §3.1.2.6 login_required") << "login_required"_ba;
        QTest::newRow("OIDC §3.1.2.6 consent_required") << "consent_required"_ba;
        QTest::newRow("OIDC §3.1.2.6 interaction_required") << "interaction_required"_ba;
        QTest::newRow("OIDC §3.1.2.6 account_selection_required")
            << "account_selection_required"_ba;
    }
    void silentlyInVainThenVisibly()
    {
        QFETCH(const QByteArray, error);
        TwoApis world;
        const auto silent = world.afterTheFirstVisit();
        QCOMPARE(World::parameter(silent, u"prompt"_s), u"none"_s);
        QVERIFY(world.callback(silent, "error=" + error));
        const auto visible = world.advance(u"one"_s);
        QVERIFY(visible);
        QCOMPARE(World::parameter(visible->next, u"audience"_s), u"urn:mail-api"_s);
        QCOMPARE(World::parameter(visible->next, u"prompt"_s), QString());
        QVERIFY(world.callback(visible->next));
        const auto done = world.advance(u"one"_s);
        QVERIFY(done && done->next.isEmpty());
    }

    void deniedAtTheSecondVisit()
    {
        TwoApis world;
        QVERIFY(world.callback(world.afterTheFirstVisit(), "error=access_denied"));
        const auto denied = world.advance(u"one"_s);
        QVERIFY(!denied);
        QCOMPARE(denied.error().oauthError, u"access_denied"_s);
        // What was given before stays.
        QVERIFY(world.tokens().isSignedIn(world.accounts.list()->first().id));
    }

    void anotherPersonAtTheSecondVisit()
    {
        TwoApis world;
        const auto second = world.afterTheFirstVisit();
        QVERIFY(world.callback(second));
        world.tenant.scripts["/token"] = [&](const auto &) {
            auto tokens = world.tenant.tokens();
            auto claims = world.tenant.claims();
            claims.insert(u"sub"_s, u"auth0|bob"_s);
            tokens.insert(u"id_token"_s, QString::fromLatin1(world.tenant.idToken(claims)));
            return FakeTenant::json(200, tokens);
        };
        // The browser remembers somebody else there, so its page must be shown.
        const auto visible = world.advance(u"one"_s);
        QVERIFY(visible);
        QCOMPARE(World::parameter(visible->next, u"prompt"_s), u"login"_s);
        QVERIFY(world.callback(visible->next));
        const auto done = world.advance(u"one"_s);
        QVERIFY(!done);
        QCOMPARE(done.error().oauthError, u"access_denied"_s);
        QCOMPARE(world.accounts.list()->size(), 1);
        QCOMPARE(world.accounts.list()->first().subject, u"auth0|alice"_s);
    }

    /// Who was chosen is signed out here, and the browser is somebody else's at the tenant.
    void whoIsMeantMustSignIn()
    {
        World world;
        const auto alice = world.signIn().value();
        (void)await<oidc::SignOutReport, Error>(
            [&](QObject *context, auto then) { world.tokens().signOut(alice, context, then); });
        const auto answerFor = [&world](const QString &subject) {
            world.tenant.scripts["/token"] = [&world, subject](const auto &) {
                auto tokens = world.tenant.tokens();
                auto claims = world.tenant.claims();
                claims.insert(u"sub"_s, subject);
                tokens.insert(u"id_token"_s, QString::fromLatin1(world.tenant.idToken(claims)));
                return FakeTenant::json(200, tokens);
            };
        };
        oidc::SignInHints hints;
        hints.account = alice;
        const auto first = world.begin(u"one"_s, hints).value();
        QCOMPARE(World::parameter(first, u"login_hint"_s), u"alice@example.org"_s);
        answerFor(u"auth0|bob"_s);
        QVERIFY(world.callback(first));
        const auto again = world.advance(u"one"_s);
        QVERIFY(again);
        QCOMPARE(World::parameter(again->next, u"prompt"_s), u"login"_s);
        QCOMPARE(world.accounts.list()->size(), 1); // nothing of Bob's is kept
        QVERIFY(!world.callback(first)); // its state is used up
        answerFor(u"auth0|alice"_s);
        QVERIFY(world.callback(again->next));
        const auto done = world.advance(u"one"_s);
        QVERIFY(done && done->next.isEmpty());
        QCOMPARE(done->account, alice);
    }

    /// Nobody was expected, so the visit did not ask for what this account's clients have.
    void whoComesUnexpectedlyLosesNothing_data()
    {
        QTest::addColumn<bool>("isExpected");
        QTest::addColumn<bool>("isSilent"); // the second visit
        QTest::newRow("unexpectedly") << false << true;
        QTest::newRow("unexpectedly, and the tenant wants to see the person") << false << false;
        QTest::newRow("expected, and its clients need no more") << true << true;
    }
    void whoComesUnexpectedlyLosesNothing()
    {
        QFETCH(const bool, isExpected);
        QFETCH(const bool, isSilent);
        TwoApis world;
        oidc::SignInHints more;
        more.scopes = more.wanted = {u"write:todos"_s};
        QVERIFY(world.callback(world.begin(u"one"_s, more).value()));
        const auto alice = world.finish(u"one"_s).value();

        oidc::SignInHints hints;
        hints.prompt = u"login"_s;
        if (isExpected)
            hints.expected = alice;
        const auto again = world.begin(u"again"_s, hints).value();
        QCOMPARE(World::parameter(again, u"scope"_s), u"openid offline_access read:todos"_s);
        QVERIFY(world.callback(again));
        auto next = world.advance(u"again"_s);
        QVERIFY(next);
        QCOMPARE(next->next.isEmpty(), isExpected);
        if (!isSilent) {
            QCOMPARE(World::parameter(next->next, u"prompt"_s), u"none"_s);
            QVERIFY(world.callback(next->next, "error=consent_required"));
            next = world.advance(u"again"_s);
            QVERIFY(next);
        }
        if (!isExpected) {
            QCOMPARE(World::parameter(next->next, u"scope"_s),
                     u"openid offline_access read:todos write:todos"_s);
            QCOMPARE(World::parameter(next->next, u"prompt"_s), isSilent ? u"none"_s : QString());
            QVERIFY(world.callback(next->next));
            const auto done = world.advance(u"again"_s);
            QVERIFY(done && done->next.isEmpty());
        }
        const auto scopes = world.accounts.find(alice).value()->scopes;
        QCOMPARE(scopes.contains(u"write:todos"_s), !isExpected);
    }

    /// The page is reloaded while a refresh for it is under way.
    void aReloadWhileTheTenantIsAskedForAnotherAudience()
    {
        TwoApis world;
        const auto alice = world.signIn().value();
        world.honourAudience();
        auto hints = world.wanting({u"read:mail"_s});
        hints.account = alice;
        world.tenant.hold("/token");
        QObject context;
        QList<Result<QUrl, oidc::SignInError>> answers;
        for (int i = 0; i < 3; ++i) {
            world.signIns().begin(u"one"_s, QUrl(u"http://localhost/one"_s), hints, &context,
                                  [&](const auto &url) { answers.append(url); });
        }
        QTRY_COMPARE(world.tenant.count("/token"), 2);
        world.tenant.release();
        QTRY_COMPARE(answers.size(), 3);
        QVERIFY(!answers[0] && !answers[1]);
        QCOMPARE(answers[2].value(), QUrl(u"http://localhost/one"_s));
        QCOMPARE(world.finish(u"one"_s).value(), alice);
    }

    /// The page is reloaded while a code is redeemed, and there is more to visit.
    void aReloadDuringARedemptionGoesOnWhereItIs()
    {
        TwoApis world;
        const auto hints = world.wanting({u"read:todos"_s, u"read:mail"_s});
        QVERIFY(world.callback(world.begin(u"one"_s, hints).value()));
        world.tenant.hold("/token");
        QObject context;
        std::optional<Result<oidc::SignInProgress, oidc::SignInError>> first;
        world.signIns().finish(u"one"_s, &context, [&](const auto &answer) { first = answer; });
        QTRY_COMPARE(world.tenant.count("/token"), 1);
        const auto reloaded = world.begin(u"one"_s, hints).value();
        world.tenant.release();
        QTRY_VERIFY(first.has_value());
        // Both are led the same way, and the reloaded browser's visit counts.
        QCOMPARE((*first)->next, QUrl(u"http://localhost:8377/interaction/one"_s));
        QVERIFY(world.callback(reloaded));
        world.ignoreAudience();
        const auto next = world.advance(u"one"_s);
        QVERIFY(next);
        QCOMPARE(World::parameter(next->next, u"audience"_s), u"urn:mail-api"_s);
    }

    /// Without offline_access there is an access token alone; it does not gain permissions.
    void moreIsAskedForWhereThereIsNoRefreshToken()
    {
        World world;
        world.tenant.scripts["/token"] = [&](const auto &) {
            auto tokens = world.tenant.tokens();
            tokens.remove(u"refresh_token"_s);
            return FakeTenant::json(200, tokens);
        };
        oidc::SignInHints hints;
        hints.account = world.signIn().value();
        hints.wanted = {u"write:todos"_s};
        hints.scopes = hints.wanted;
        const auto more = world.begin(u"more"_s, hints).value();
        QVERIFY(World::parameter(more, u"scope"_s).contains(u"write:todos"_s));
    }

    /// Auth0's multi-resource refresh tokens.
    void noSecondVisitWhereOneRefreshTokenServesAll()
    {
        TwoApis world;
        QVERIFY(world.callback(
            *world.begin(u"one"_s, world.wanting({u"read:todos"_s, u"read:mail"_s}))));
        world.honourAudience();
        const auto done = world.advance(u"one"_s);
        QVERIFY(done && done->next.isEmpty());
        const auto refresh = world.tenant.last("/token");
        QCOMPARE(refresh.form("audience"), u"urn:mail-api"_s);
        QVERIFY(world.accessToken(done->account, u"urn:mail-api"_s));
        QVERIFY((*world.accounts.find(done->account))->scopes.contains(u"read:mail"_s));
    }

    /// A policy for multi-resource refresh tokens may give less than a visit does.
    void aPolicyThatGivesFewerScopes_data()
    {
        QTest::addColumn<bool>("isSaid"); // in the answer, else in the token
        QTest::addColumn<QString>("scope");
        QTest::addColumn<bool>("isVisited");
        QTest::newRow("RFC 6749 §5.1 fewer") << true << u"openid read:other"_s << true;
        QTest::newRow("RFC 6749 §5.1 none") << true << QString() << true;
        QTest::newRow("RFC 6749 §5.1 all that is wanted") << true << u"read:mail x"_s << false;
        QTest::newRow("RFC 9068 §2.2.3 fewer") << false << u"openid"_s << true;
        QTest::newRow("RFC 9068 §2.2.3 all that is wanted") << false << u"read:mail"_s << false;
    }
    void aPolicyThatGivesFewerScopes()
    {
        QFETCH(const bool, isSaid);
        QFETCH(const QString, scope);
        QFETCH(const bool, isVisited);
        TwoApis world;
        const auto alice = world.signIn().value();
        world.tenant.scripts["/token"] = [&](const FakeTenant::Request &request) {
            auto tokens = world.tenant.tokens();
            if (request.form("grant_type") == u"refresh_token"_s) {
                QJsonObject claims{{u"aud"_s, u"urn:mail-api"_s}};
                (isSaid ? tokens : claims).insert(u"scope"_s, scope);
                const auto jwt = world.tenant.idToken(claims);
                tokens.insert(u"access_token"_s, QString::fromLatin1(jwt));
            }
            return FakeTenant::json(200, tokens);
        };
        auto hints = world.wanting({u"read:mail"_s});
        hints.account = alice;
        const auto next = world.begin(u"one"_s, hints).value();
        QCOMPARE(world.tenant.last("/token").form("audience"), u"urn:mail-api"_s);
        const auto scopes = [&] { return world.accounts.find(alice).value()->scopes; };
        QCOMPARE(scopes().contains(u"read:mail"_s), !isVisited);
        QVERIFY(!scopes().contains(u"read:other"_s));
        QCOMPARE(World::parameter(next, u"prompt"_s), isVisited ? u"none"_s : QString());
        if (!isVisited)
            return;
        QCOMPARE(World::parameter(next, u"scope"_s), u"openid offline_access read:mail"_s);
        QVERIFY(world.callback(next));
        const auto done = world.advance(u"one"_s);
        QVERIFY(done && done->next.isEmpty());
        QVERIFY(scopes().contains(u"read:mail"_s));
    }

    void whoIsSignedInIsNotAskedForWhatIsThere()
    {
        TwoApis world;
        const auto alice = world.signIn().value();
        auto hints = world.wanting({u"read:todos"_s});
        hints.account = alice;
        const auto back = world.begin(u"again"_s, hints);
        QCOMPARE(back->path(), u"/interaction/again"_s);
        QVERIFY(world.signIns().isReadyToFinish(u"again"_s));
        QCOMPARE(world.finish(u"again"_s).value(), alice);

        // More of the same API is asked for visibly, another API silently, a fresh sign-in always.
        hints.wanted = {u"write:todos"_s};
        hints.scopes = hints.wanted;
        const auto more = world.begin(u"more"_s, hints).value();
        QCOMPARE(World::parameter(more, u"scope"_s),
                 u"openid offline_access read:todos write:todos"_s);
        QCOMPARE(World::parameter(more, u"prompt"_s), QString());
        world.ignoreAudience();
        hints.wanted = {u"read:mail"_s};
        const auto other = world.begin(u"other"_s, hints).value();
        QCOMPARE(World::parameter(other, u"audience"_s), u"urn:mail-api"_s);
        QCOMPARE(World::parameter(other, u"prompt"_s), u"none"_s);
        hints.wanted = {u"read:todos"_s};
        hints.prompt = u"login"_s;
        const auto fresh = world.begin(u"fresh"_s, hints).value();
        QCOMPARE(World::parameter(fresh, u"prompt"_s), u"login"_s);
    }

    // --- what the ID token says about the sign-in

    void authenticationTime_data()
    {
        QTest::addColumn<QString>("maxAge");
        QTest::addColumn<int>("secondsAgo"); // negative: not said
        QTest::addColumn<bool>("accepted");
        QTest::newRow("OIDC §3.1.3.7.13 recent enough") << u"300"_s << 300 << true;
        QTest::newRow("OIDC §3.1.3.7.13 too long ago") << u"300"_s << 361 << false;
        QTest::newRow("OIDC §3.1.2.1 not said though asked for") << u"300"_s << -1 << false;
        QTest::newRow("OIDC §3.1.2.1 max_age=0") << u"0"_s << 61 << false;
        QTest::newRow("not asked for") << QString() << 100'000 << true;
        QTest::newRow("neither asked for nor said") << QString() << -1 << true;
    }
    void authenticationTime()
    {
        QFETCH(const QString, maxAge);
        QFETCH(const int, secondsAgo);
        QFETCH(const bool, accepted);
        World world;
        world.tenant.scripts["/token"] = [&](const auto &) {
            auto tokens = world.tenant.tokens();
            auto claims = world.tenant.claims();
            if (secondsAgo >= 0) {
                claims.insert(u"auth_time"_s,
                              toMilliseconds(world.clock.now()) / 1000 - secondsAgo);
            }
            tokens.insert(u"id_token"_s, QString::fromLatin1(world.tenant.idToken(claims)));
            return FakeTenant::json(200, tokens);
        };
        QVERIFY(world.callback(world.begin(u"one"_s, {{}, {}, maxAge}).value()));
        QCOMPARE(world.finish(u"one"_s).has_value(), accepted);
        QCOMPARE(world.secretStore.written.isEmpty(), !accepted);
    }

    void accessTokenOfAnotherAnswer()
    {
        World world;
        world.tenant.scripts["/token"] = [&](const auto &) {
            auto tokens = world.tenant.tokens();
            auto claims = world.tenant.claims();
            claims.insert(u"at_hash"_s,
                          QString::fromLatin1(toBase64Url(sha256("another").left(16))));
            tokens.insert(u"id_token"_s, QString::fromLatin1(world.tenant.idToken(claims)));
            return FakeTenant::json(200, tokens);
        };
        QVERIFY(world.callback(world.begin(u"one"_s).value()));
        QVERIFY(!world.finish(u"one"_s));
        QVERIFY(world.secretStore.written.isEmpty());
    }

    // --- how the application proves itself

    void clientSecret_data()
    {
        QTest::addColumn<QStringList>("offered");
        QTest::addColumn<QString>("configured");
        QTest::addColumn<bool>("isBasic");
        const QStringList both{u"client_secret_basic"_s, u"client_secret_post"_s};
        QTest::newRow("Auth0 offers both") << both << u"none"_s << false;
        QTest::newRow("OIDC Core §9 nothing said means basic")
            << QStringList() << u"none"_s << true;
        QTest::newRow("basic alone") << QStringList{u"client_secret_basic"_s} << u"none"_s << true;
        QTest::newRow("configured") << both << u"client_secret_basic"_s << true;
        QTest::newRow("configured against the document")
            << QStringList() << u"client_secret_post"_s << false;
    }
    void clientSecret()
    {
        QFETCH(const QStringList, offered);
        QFETCH(const QString, configured);
        QFETCH(const bool, isBasic);
        World world;
        world.config.authMethod = configured;
        world.party = world.makeParty();
        world.tenant.metadata.insert(u"token_endpoint_auth_methods_supported"_s,
                                     QJsonArray::fromStringList(offered));
        world.party->setClientSecret(Secret("s:e+c/ret"));
        const auto account = world.signIn();
        QVERIFY(account);
        world.clock.advance(1h);
        QVERIFY(world.accessToken(*account));
        for (const auto &request : std::as_const(world.tenant.requests)) {
            if (request.path != "/token")
                continue;
            QCOMPARE(request.form("client_id"), u"gatehouse-client"_s);
            QCOMPARE(request.form("client_secret"), isBasic ? QString() : u"s:e+c/ret"_s);
            // RFC 6749 §2.3.1: encoded first.
            const auto basic = "Basic " + QByteArray("gatehouse-client:s%3Ae%2Bc%2Fret").toBase64();
            QCOMPARE(request.header("Authorization") == basic, isBasic);
        }
        QCOMPARE(world.tenant.count("/token"), 2);
        QVERIFY(world.tenant.last("/jwks").header("Authorization").isEmpty());
    }

    void credentialsThatAreNotAccepted_data()
    {
        QTest::addColumn<int>("status");
        QTest::addColumn<QString>("error");
        QTest::newRow("RFC 6749 §5.2 invalid_client") << 401 << u"invalid_client"_s;
        QTest::newRow("RFC 6749 §5.2 unauthorized_client") << 400 << u"unauthorized_client"_s;
        QTest::newRow("Auth0's way") << 401 << u"access_denied"_s;
    }
    void credentialsThatAreNotAccepted()
    {
        QFETCH(const int, status);
        QFETCH(const QString, error);
        World world;
        world.tenant.scripts["/token"] = [=](const auto &) {
            return FakeTenant::error(status, error);
        };
        QVERIFY(world.callback(world.begin(u"one"_s).value()));
        const auto account = world.finish(u"one"_s);
        QVERIFY(!account);
        QVERIFY(account.error().error.remedy.contains(u"`gatehouse tenant secret`"_s));
        // It is known until the tenant takes another one, or looks past it at something else.
        QVERIFY(world.party->credentials().wereRefused());
        world.party->setClientSecret(Secret("another"));
        QVERIFY(!world.party->credentials().wereRefused());
        QVERIFY(world.callback(world.begin(u"two"_s).value()));
        QVERIFY(!world.finish(u"two"_s));
        QVERIFY(world.party->credentials().wereRefused());
        world.tenant.scripts["/token"] = [](const auto &) {
            return FakeTenant::Answer{503, {}, {}};
        };
        QVERIFY(world.callback(world.begin(u"three"_s).value()));
        QVERIFY(!world.finish(u"three"_s));
        QVERIFY(world.party->credentials().wereRefused()); // nobody has looked
        world.tenant.scripts.clear();
        QVERIFY(world.signIn());
        QVERIFY(!world.party->credentials().wereRefused());
    }

    void idTokenOfAnUnpublishedKey()
    {
        World world;
        const auto forger = TestKey::rsa();
        world.tenant.scripts["/token"] = [&](const auto &) {
            auto tokens = world.tenant.tokens();
            tokens.insert(
                u"id_token"_s,
                QString::fromLatin1(forger.sign({{u"alg"_s, u"RS256"_s}, {u"kid"_s, u"key-1"_s}},
                                                world.tenant.claims())));
            return FakeTenant::json(200, tokens);
        };
        QVERIFY(world.callback(world.begin(u"one"_s).value()));
        QVERIFY(!world.finish(u"one"_s));
        QVERIFY(world.accounts.list()->isEmpty());
    }

    void rotatedKeyIsFetched()
    {
        World world;
        QVERIFY(world.signIn());
        world.clock.advance(1min);
        world.tenant.setKey(TestKey::rsa(), u"key-2"_s);
        QVERIFY(world.signIn());
        QCOMPARE(world.tenant.count("/jwks"), 2);
    }

    void lockedKeychainFailsTheSignIn()
    {
        World world;
        QVERIFY(world.callback(world.begin(u"one"_s).value()));
        world.secretStore.broken = true;
        const auto account = world.finish(u"one"_s);
        QVERIFY(!account);
        QCOMPARE(account.error().oauthError, u"server_error"_s);
        QCOMPARE(account.error().error.message, u"The keychain is locked."_s);
    }

    void samePersonKeepsTheAccount()
    {
        World world;
        const auto first = world.signIn();
        const auto second = world.signIn();
        QVERIFY(first && second);
        QCOMPARE(*first, *second);
        QCOMPARE(world.accounts.list()->size(), 1);
    }

    void callerThatIsGoneDoesNotLoseTheSignIn()
    {
        World world;
        QVERIFY(world.callback(world.begin(u"one"_s).value()));
        {
            QObject context;
            world.signIns().finish(u"one"_s, &context, [](const auto &) { QFAIL("called"); });
        }
        QTRY_COMPARE(world.accounts.list()->size(), 1);
        QTRY_VERIFY(world.tokens().isSignedIn(world.accounts.list()->first().id));
    }

    void destroyedWhileRedeeming()
    {
        World world;
        QVERIFY(world.callback(world.begin(u"one"_s).value()));
        world.tenant.hold("/token");
        QObject context;
        world.signIns().finish(u"one"_s, &context, [](const auto &) { QFAIL("called"); });
        QTRY_COMPARE(world.tenant.count("/token"), 1);
        world.party.reset();
        world.tenant.release();
        QCoreApplication::processEvents();
    }

    void noSecretIsLogged()
    {
        World world;
        CapturedLog log;
        const auto url = world.begin(u"one"_s).value();
        QVERIFY(world.callback(url, "code=very-secret-code"));
        const auto account = world.finish(u"one"_s).value();
        const auto idToken = world.tenant.idToken(world.tenant.claims());
        const auto verifier = world.tenant.last("/token").form("code_verifier");
        world.clock.advance(1h);
        QVERIFY(world.accessToken(account));
        world.tenant.scripts["/token"] = [](const auto &) {
            return FakeTenant::json(400, {{u"error"_s, u"invalid_grant"_s}});
        };
        world.clock.advance(1h);
        QVERIFY(!world.accessToken(account));
        QVERIFY(world.callback(world.begin(u"two"_s).value(), "code=another-code"));
        QVERIFY(!world.finish(u"two"_s));

        QVERIFY(log.contains(u"signed in"_s)); // the capture works
        for (const auto &secret :
             {u"very-secret-code"_s, u"another-code"_s, verifier, u"access-1"_s, u"access-2"_s,
              u"refresh-1"_s, u"refresh-2"_s, QString::fromLatin1(idToken.split('.').last())}) {
            QVERIFY(!secret.isEmpty());
            QVERIFY2(!log.contains(secret), qPrintable(secret));
        }
    }
};

QTEST_GUILESS_MAIN(TestTenantSignIns)
#include "tst_tenant_sign_ins.moc"

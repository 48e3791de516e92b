// SPDX-License-Identifier: GPL-3.0-or-later
#include <support/relying_party_world.h>

#include <QSignalSpy>

using namespace Qt::StringLiterals;
using namespace gatehouse;
using namespace gatehouse::oidc;
using namespace gatehouse::tests;

namespace {

struct World : RelyingPartyWorld {
    AccountId account = signIn().value();

    /// Until the access token must be refreshed.
    void letTokenExpire() { clock.advance(1h); }
    void answerTokenWith(const FakeTenant::Answer &answer)
    {
        tenant.scripts["/token"] = [answer](const auto &) { return answer; };
    }
    /// What a start of the service finds: an empty memory and the same secret store.
    void restart()
    {
        party = makeParty();
        load({account});
    }
};

QByteArray tokenOf(const Result<Secret, TokenError> &result)
{
    return result ? result->reveal() : "trouble: " + result.error().error.message.toUtf8();
}

} // namespace

class TestTenantAccountTokens : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void tokenIsReusedUntilAMinuteBeforeItExpires()
    {
        World world;
        world.clock.advance(1h - 61s);
        QCOMPARE(tokenOf(world.accessToken(world.account)), "access-1"_ba);
        QCOMPARE(world.tenant.count("/token"), 1);
        world.clock.advance(1s);
        QCOMPARE(tokenOf(world.accessToken(world.account)), "access-2"_ba);
        QCOMPARE(world.tenant.count("/token"), 2);
    }

    void refreshRequest()
    {
        World world;
        world.letTokenExpire();
        QVERIFY(world.accessToken(world.account));
        const auto request = world.tenant.last("/token");
        QCOMPARE(request.form("grant_type"), u"refresh_token"_s);
        QCOMPARE(request.form("refresh_token"), u"refresh-1"_s);
        QCOMPARE(request.form("client_id"), u"gatehouse-client"_s);
        QVERIFY(!request.body.contains("client_secret"));
        QVERIFY(!request.body.contains("redirect_uri"));
    }

    void refreshTokenArrivesIntact_data()
    {
        QTest::addColumn<QString>("token");
        for (const auto &token : {u"a+b/c="_s, u"a%2Bb%"_s, u"a&b c"_s})
            QTest::newRow(qPrintable(token)) << token;
    }
    void refreshTokenArrivesIntact()
    {
        QFETCH(const QString, token);
        World world;
        world.answerTokenWith(FakeTenant::json(200,
                                               {{u"access_token"_s, u"a"_s},
                                                {u"refresh_token"_s, token},
                                                {u"token_type"_s, u"bearer"_s},
                                                {u"expires_in"_s, u"3600"_s}}));
        world.letTokenExpire();
        QVERIFY(world.accessToken(world.account));
        world.letTokenExpire();
        QVERIFY(world.accessToken(world.account));
        QCOMPARE(world.tenant.last("/token").form("refresh_token"), token);
    }

    void fiftyCallersShareOneRefresh()
    {
        World world;
        world.letTokenExpire();
        world.tenant.hold("/token");
        QObject context;
        QList<QByteArray> tokens;
        const auto ask25Times = [&] {
            for (int i = 0; i < 25; ++i)
                world.tokens().accessToken(world.account, &context, [&](const auto &token) {
                    tokens.append(tokenOf(token));
                });
        };
        ask25Times();
        QTRY_COMPARE(world.tenant.count("/token"), 2);
        // The second half comes while the tenant is busy with the first.
        ask25Times();
        QVERIFY(!QTest::qWaitFor([&] { return world.tenant.count("/token") > 2; }, 200));
        world.tenant.release();
        QTRY_COMPARE(tokens.size(), 50);
        QCOMPARE(tokens.count("access-2"_ba), 50);
        QCOMPARE(world.tenant.count("/token"), 2);
    }

    void rotatedTokenIsStoredBeforeTheAccessTokenIsUsed()
    {
        World world;
        world.letTokenExpire();
        world.secretStore.holdWrites = true;
        QObject context;
        std::optional<QByteArray> token;
        world.tokens().accessToken(world.account, &context,
                                   [&](const auto &answer) { token = tokenOf(answer); });
        QTRY_COMPARE(world.secretStore.written.last(), u"refresh-2"_s);
        QCoreApplication::processEvents();
        QVERIFY(!token);
        world.secretStore.releaseWrites();
        QTRY_VERIFY(token.has_value());
        QCOMPARE(*token, "access-2"_ba);
    }

    void rotatedTokenIsUsedNext()
    {
        World world;
        world.letTokenExpire();
        QVERIFY(world.accessToken(world.account));
        world.letTokenExpire();
        QVERIFY(world.accessToken(world.account));
        QCOMPARE(world.tenant.last("/token").form("refresh_token"), u"refresh-2"_s);
    }

    void tokenThatIsNotRotatedIsKept()
    {
        World world;
        world.answerTokenWith(
            FakeTenant::json(200, {{u"access_token"_s, u"a"_s}, {u"token_type"_s, u"Bearer"_s}}));
        world.letTokenExpire();
        QVERIFY(world.accessToken(world.account));
        world.letTokenExpire();
        QVERIFY(world.accessToken(world.account));
        QCOMPARE(world.tenant.last("/token").form("refresh_token"), u"refresh-1"_s);
        QCOMPARE(world.secretStore.written, QStringList{u"refresh-1"_s});
    }

    /// The tenant has replaced the refresh token, but the keychain is locked: the replaced one must
    /// never be sent again, and the new one not be lost.
    void rotatedTokenSurvivesALockedKeychain()
    {
        World world;
        world.letTokenExpire();
        world.tenant.scripts["/token"] = [&](const auto &) {
            world.secretStore.broken = true;
            return FakeTenant::json(200, world.tenant.tokens());
        };
        const auto locked = world.accessToken(world.account);
        QVERIFY(!locked);
        QCOMPARE(locked.error().trouble, TokenTrouble::Unavailable);
        QVERIFY(world.tokens().isSignedIn(world.account));

        world.secretStore.broken = false;
        QCOMPARE(tokenOf(world.accessToken(world.account)), "access-2"_ba);
        QCOMPARE(world.secretStore.written.last(), u"refresh-2"_s);
        QCOMPARE(world.tenant.count("/token"), 2);
    }

    void invalidGrantSignsOut()
    {
        World world;
        QSignalSpy changed(&world.tokens(), &AccountTokens::stateChanged);
        world.letTokenExpire();
        world.answerTokenWith(FakeTenant::error(403, u"invalid_grant"_s));
        const auto token = world.accessToken(world.account);
        QVERIFY(!token);
        QCOMPARE(token.error().trouble, TokenTrouble::SignedOut);
        QVERIFY(!token.error().error.remedy.isEmpty());
        QVERIFY(!world.tokens().isSignedIn(world.account));
        QCOMPARE(changed.size(), 1);
        QCOMPARE(changed.first().first().value<AccountId>(), world.account);
        QCOMPARE(world.secretStore.removed.size(), 1);

        // It stays so, without asking the tenant again, also after a restart.
        QCOMPARE(world.accessToken(world.account).error().trouble, TokenTrouble::SignedOut);
        QCOMPARE(world.tenant.count("/token"), 2);
        world.restart();
        QVERIFY(!world.tokens().isSignedIn(world.account));
    }

    void outagesKeepTheAccount_data()
    {
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("body");
        QTest::newRow("503") << 503 << QByteArray("down");
        QTest::newRow("503 that says invalid_grant")
            << 503 << QByteArray(R"({"error":"invalid_grant"})");
        QTest::newRow("200 that says invalid_grant")
            << 200 << QByteArray(R"({"error":"invalid_grant"})");
        QTest::newRow("429") << 429 << QByteArray(R"({"error":"too_many_requests"})");
        QTest::newRow("garbage") << 200 << QByteArray("<html>captive portal</html>");
        QTest::newRow("invalid_client") << 401 << QByteArray(R"({"error":"invalid_client"})");
        QTest::newRow("invalid_request") << 400 << QByteArray(R"({"error":"invalid_request"})");
        QTest::newRow("400 without a code") << 400 << QByteArray("{}");
    }
    void outagesKeepTheAccount()
    {
        QFETCH(const int, status);
        QFETCH(const QByteArray, body);
        World world;
        world.letTokenExpire();
        world.answerTokenWith({status, body, {}});
        const auto token = world.accessToken(world.account);
        QVERIFY(!token);
        QCOMPARE(token.error().trouble, TokenTrouble::Unavailable);
        QVERIFY(world.tokens().isSignedIn(world.account));
        // The tenant recovers, and so does the account.
        world.tenant.scripts.clear();
        QVERIFY(world.accessToken(world.account));
        QCOMPARE(world.tenant.last("/token").form("refresh_token"), u"refresh-1"_s);
    }

    void tenantThatNeverAnswersIsUnavailable()
    {
        World world;
        world.letTokenExpire();
        world.tenant.hold("/token");
        QObject context;
        std::optional<TokenTrouble> trouble;
        world.tokens().accessToken(world.account, &context,
                                   [&](const auto &token) { trouble = token.error().trouble; });
        QTRY_COMPARE(world.tenant.count("/token"), 2);
        world.clock.advance(30s);
        QTRY_VERIFY(trouble.has_value());
        QCOMPARE(*trouble, TokenTrouble::Unavailable);
    }

    void lockedKeychainIsUnavailable()
    {
        World world;
        world.letTokenExpire();
        world.secretStore.broken = true;
        const auto token = world.accessToken(world.account);
        QVERIFY(!token);
        QCOMPARE(token.error().trouble, TokenTrouble::Unavailable);
        QCOMPARE(token.error().error.message, u"The keychain is locked."_s);
    }

    void rejectedTokenIsReplaced()
    {
        World world;
        world.tokens().rejectAccessToken(world.account, Secret("access-1"));
        QCOMPARE(tokenOf(world.accessToken(world.account)), "access-2"_ba);
    }

    void onlyTheCurrentTokenIsRejected()
    {
        World world;
        world.tokens().rejectAccessToken(world.account, Secret("access-0"));
        world.tokens().rejectAccessToken(world.account, Secret());
        QCOMPARE(tokenOf(world.accessToken(world.account)), "access-1"_ba);
        QCOMPARE(world.tenant.count("/token"), 1);
    }

    void unknownAccountIsSignedOut()
    {
        World world;
        const AccountId stranger(u"stranger"_s);
        QVERIFY(!world.tokens().isSignedIn(stranger));
        QCOMPARE(world.accessToken(stranger).error().trouble, TokenTrouble::SignedOut);
    }

    void restartFindsStoredTokens()
    {
        World world;
        world.restart();
        QVERIFY(world.tokens().isSignedIn(world.account));
        QCOMPARE(tokenOf(world.accessToken(world.account)), "access-2"_ba);
        QCOMPARE(world.tenant.last("/token").form("refresh_token"), u"refresh-1"_s);
    }

    void restartWithALockedKeychainDoesNotSignOut()
    {
        World world;
        world.secretStore.broken = true;
        world.restart();
        QVERIFY(world.tokens().isSignedIn(world.account));
    }

    void loadOfNobodyAnswers()
    {
        World world;
        world.load({});
    }

    void otherAudienceHasOtherTokens()
    {
        World world;
        world.config.audience = u"urn:other-api"_s;
        world.restart();
        QVERIFY(!world.tokens().isSignedIn(world.account));
    }

    void signInDuringARefreshWins()
    {
        World world;
        world.letTokenExpire();
        world.tenant.hold("/token");
        QObject context;
        std::optional<QByteArray> token;
        world.tokens().accessToken(world.account, &context,
                                   [&](const auto &answer) { token = tokenOf(answer); });
        QTRY_COMPARE(world.tenant.count("/token"), 2);
        (void)await<std::monostate, Error>([&](QObject *ctx, auto then) {
            world.tokens().adopt(world.account,
                                 {Secret("fresh-access"), 3600s, Secret("fresh-refresh"), Secret()},
                                 ctx, then);
        });
        world.answerTokenWith(FakeTenant::error(400, u"invalid_grant"_s));
        world.tenant.release();
        QTRY_VERIFY(token.has_value());
        QCOMPARE(*token, "fresh-access"_ba);
        QVERIFY(world.tokens().isSignedIn(world.account));
        QVERIFY(world.secretStore.removed.isEmpty());
        world.tenant.scripts.clear();
        world.letTokenExpire();
        QVERIFY(world.accessToken(world.account));
        QCOMPARE(world.tenant.last("/token").form("refresh_token"), u"fresh-refresh"_s);
    }

    void signInTellsTheState()
    {
        World world;
        world.answerTokenWith(FakeTenant::error(400, u"invalid_grant"_s));
        world.letTokenExpire();
        QVERIFY(!world.accessToken(world.account));
        QSignalSpy changed(&world.tokens(), &AccountTokens::stateChanged);
        world.tenant.scripts.clear();
        QVERIFY(world.signIn());
        QCOMPARE(changed.size(), 1);
        QVERIFY(world.tokens().isSignedIn(world.account));
    }

    void signOutForgetsEverything()
    {
        World world;
        QSignalSpy changed(&world.tokens(), &AccountTokens::stateChanged);
        const auto done = await<std::monostate, Error>([&](QObject *context, auto then) {
            world.tokens().signOut(world.account, context, then);
        });
        QVERIFY(done);
        QCOMPARE(changed.size(), 1);
        QVERIFY(!world.tokens().isSignedIn(world.account));
        QCOMPARE(world.accessToken(world.account).error().trouble, TokenTrouble::SignedOut);
        world.restart();
        QVERIFY(!world.tokens().isSignedIn(world.account));
    }

    /// The keychain confirms the rotated token only after the person has signed out.
    void signOutDuringARefreshWins()
    {
        World world;
        world.letTokenExpire();
        world.secretStore.holdWrites = true;
        QObject context;
        std::optional<TokenTrouble> trouble;
        world.tokens().accessToken(world.account, &context, [&](const auto &token) {
            QVERIFY(!token);
            trouble = token.error().trouble;
        });
        QTRY_COMPARE(world.secretStore.written.last(), u"refresh-2"_s);
        world.tokens().signOut(world.account, &context, [](const auto &) {});
        world.secretStore.releaseWrites();
        QTRY_VERIFY(trouble.has_value());
        QCOMPARE(*trouble, TokenTrouble::SignedOut);
        QCoreApplication::processEvents();
        QVERIFY(!world.tokens().isSignedIn(world.account));
    }

    void shortLivedTokenIsUsedForHalfItsLife()
    {
        World world;
        world.answerTokenWith(FakeTenant::json(200,
                                               {{u"access_token"_s, u"short"_s},
                                                {u"token_type"_s, u"Bearer"_s},
                                                {u"expires_in"_s, 20}}));
        world.letTokenExpire();
        QVERIFY(world.accessToken(world.account));
        world.clock.advance(9s);
        QVERIFY(world.accessToken(world.account));
        QCOMPARE(world.tenant.count("/token"), 2);
        world.clock.advance(1s);
        QVERIFY(world.accessToken(world.account));
        QCOMPARE(world.tenant.count("/token"), 3);
    }
};

QTEST_GUILESS_MAIN(TestTenantAccountTokens)
#include "tst_tenant_account_tokens.moc"

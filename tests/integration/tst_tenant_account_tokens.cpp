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

const auto kAudience = u"urn:todos-api"_s;
const auto kMail = u"urn:mail-api"_s;

QByteArray tokenOf(const Result<Secret, TokenError> &result)
{
    return result ? result->reveal() : "trouble: " + result.error().error.message.toUtf8();
}

/// A second API with an audience of its own; nobody has signed in for it.
struct TwoApis : World {
    TwoApis()
    {
        config.audiences.append({kMail, {u"read:mail"_s}, {u"read:mail"_s}});
        restart();
    }
    /// Every refresh gives a token for this audience, whatever it asks for.
    void tokensAreFor(const QString &audience)
    {
        tenant.scripts["/token"] = [this, audience](const auto &) {
            auto tokens = tenant.tokens();
            const auto jwt = tenant.idToken({{u"aud"_s, audience}, {u"n"_s, tenant.issued}});
            tokens.insert(u"access_token"_s, QString::fromLatin1(jwt));
            return FakeTenant::json(200, tokens);
        };
    }
};

Result<SignOutReport> signOut(World &world)
{
    return await<SignOutReport, Error>(
        [&](QObject *context, auto then) { world.tokens().signOut(world.account, context, then); });
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
                world.tokens().accessToken(
                    world.account, kAudience, &context,
                    [&](const auto &token) { tokens.append(tokenOf(token)); });
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
        world.tokens().accessToken(world.account, kAudience, &context,
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
        world.clock.advance(30min);
        QCOMPARE(tokenOf(world.accessToken(world.account)), "access-2"_ba);
        QCOMPARE(world.secretStore.written.last(), u"refresh-2"_s);
        QCOMPARE(world.tenant.count("/token"), 2);
        // It is used no longer for having waited.
        world.tenant.scripts.clear();
        world.clock.advance(29min - 1s);
        QCOMPARE(tokenOf(world.accessToken(world.account)), "access-2"_ba);
        world.clock.advance(1s);
        QCOMPARE(tokenOf(world.accessToken(world.account)), "access-3"_ba);
        QCOMPARE(world.tenant.last("/token").form("refresh_token"), u"refresh-2"_s);
    }

    /// The same when the person then signs in again, as one does when something is wrong.
    void aSignInWithALockedKeychainLosesNothing_data()
    {
        QTest::addColumn<bool>("wasEnded");
        QTest::newRow("while signed in") << false;
        QTest::newRow("after the tenant has ended it") << true;
    }
    void aSignInWithALockedKeychainLosesNothing()
    {
        QFETCH(const bool, wasEnded);
        World world;
        if (wasEnded) {
            world.answerTokenWith(FakeTenant::error(400, u"invalid_grant"_s));
            world.letTokenExpire();
            QVERIFY(!world.accessToken(world.account));
            world.tenant.scripts.clear();
        }
        world.secretStore.broken = true;
        QVERIFY(!world.signIn());
        QVERIFY(world.tokens().isSignedIn(world.account));
        world.secretStore.broken = false;
        world.letTokenExpire();
        // What the second sign-in gave is stored and, as its access token is over, used.
        QCOMPARE(tokenOf(world.accessToken(world.account)), "access-3"_ba);
        QVERIFY(world.secretStore.written.contains(u"refresh-2"_s));
        QCOMPARE(world.tenant.last("/token").form("refresh_token"), u"refresh-2"_s);
        QVERIFY(world.tokens().isSignedIn(world.account));
        world.letTokenExpire();
        QVERIFY(world.accessToken(world.account));
        QCOMPARE(world.tenant.last("/token").form("refresh_token"), u"refresh-3"_s);
    }

    /// RFC 6749 §6: another application at the same tenant must not use it up.
    void anotherApplicationHasOtherTokens()
    {
        World world;
        world.config.clientId = u"another"_s;
        world.restart();
        QVERIFY(!world.tokens().isSignedIn(world.account));
        world.config.clientId = u"gatehouse-client"_s;
        world.restart();
        QVERIFY(world.tokens().isSignedIn(world.account));
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
        QVERIFY(world.tokens().wasEndedByTenant(world.account));
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
        world.clock.advance(1s);
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
        world.tokens().accessToken(world.account, kAudience, &context,
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
        world.tokens().rejectAccessToken(world.account, kAudience, Secret("access-1"));
        QCOMPARE(tokenOf(world.accessToken(world.account)), "access-2"_ba);
    }

    void onlyTheCurrentTokenIsRejected()
    {
        World world;
        world.tokens().rejectAccessToken(world.account, kAudience, Secret("access-0"));
        world.tokens().rejectAccessToken(world.account, kAudience, Secret());
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
        world.config.audiences = {{u"urn:other-api"_s, {}}};
        world.restart();
        QVERIFY(!world.tokens().isSignedIn(world.account));
    }

    // --- several audiences

    /// Auth0's multi-resource refresh tokens.
    void oneRefreshTokenMayServeOtherAudiences()
    {
        TwoApis world;
        QVERIFY(world.tokens().isSignedIn(world.account));
        QVERIFY(!world.tokens().isSignedInFor(world.account, {u"read:mail"_s}));
        world.tokensAreFor(kMail);
        const auto mail = world.accessToken(world.account, kMail);
        QVERIFY2(mail, qPrintable(mail ? QString() : mail.error().error.detail));
        QCOMPARE(world.tenant.last("/token").form("refresh_token"), u"refresh-1"_s);
        QCOMPARE(world.tenant.last("/token").form("audience"), kMail);
        // It was rotated, and the successor is what the other audience goes on with.
        world.tokensAreFor(kAudience);
        QVERIFY(world.accessToken(world.account));
        QCOMPARE(world.tenant.last("/token").form("refresh_token"), u"refresh-2"_s);
        QCOMPARE(world.tenant.last("/token").form("audience"), QString());
        QVERIFY(world.tokens().isSignedInFor(world.account, {u"read:mail"_s}));
    }

    void aTenantThatIgnoresTheAudience_data()
    {
        QTest::addColumn<bool>("isOpaque");
        QTest::newRow("a JWT for another audience") << false;
        QTest::newRow("an opaque token, which says nothing") << true;
    }
    void aTenantThatIgnoresTheAudience()
    {
        QFETCH(const bool, isOpaque);
        TwoApis world;
        if (!isOpaque)
            world.tokensAreFor(kAudience);
        const auto mail = world.accessToken(world.account, kMail);
        QVERIFY(!mail);
        QCOMPARE(mail.error().trouble, TokenTrouble::SignInNeeded);
        QVERIFY(world.tokens().isSignedIn(world.account));
        QCOMPARE(world.secretStore.written.last(), u"refresh-2"_s); // rotated all the same
        // It is not asked again in vain, and the other audience goes on.
        QCOMPARE(world.accessToken(world.account, kMail).error().trouble,
                 TokenTrouble::SignInNeeded);
        QCOMPARE(world.tenant.count("/token"), 2);
        QVERIFY(world.accessToken(world.account));
        QCOMPARE(world.tenant.last("/token").form("refresh_token"), u"refresh-2"_s);
    }

    void aRefusalOfAnotherAudienceSignsNobodyOut()
    {
        TwoApis world;
        world.answerTokenWith(FakeTenant::error(403, u"invalid_grant"_s));
        QCOMPARE(world.accessToken(world.account, kMail).error().trouble,
                 TokenTrouble::SignInNeeded);
        QVERIFY(world.tokens().isSignedIn(world.account));
        world.tenant.scripts.clear();
        QVERIFY(world.accessToken(world.account));
    }

    /// Each use of a refresh token may replace it, so they come one after the other.
    void twoAudiencesNeverUseOneRefreshTokenAtOnce()
    {
        TwoApis world;
        world.tenant.hold("/token");
        QObject context;
        int answers = 0;
        for (const auto &audience : {kAudience, kMail})
            world.tokens().accessToken(world.account, audience, &context,
                                       [&](const auto &) { ++answers; });
        QTRY_COMPARE(world.tenant.count("/token"), 2);
        QVERIFY(!QTest::qWaitFor([&] { return world.tenant.count("/token") > 2; }, 100));
        world.tenant.release();
        QTRY_COMPARE(answers, 2);
        QCOMPARE(world.tenant.last("/token").form("refresh_token"), u"refresh-2"_s);
    }

    void anAudienceThatWasSignedInForHasItsOwn()
    {
        TwoApis world;
        QVERIFY(world.tokens().isSignedIn(world.account));
        QSignalSpy signedIn(&world.tokens(), &AccountTokens::signedIn);
        (void)await<std::monostate, Error>([&](QObject *context, auto then) {
            world.tokens().adopt(world.account, kMail,
                                 {Secret("mail-access"), 3600s, Secret("mail-refresh"), Secret()},
                                 context, then);
        });
        QCOMPARE(signedIn.count(), 1); // calls wait for it, though the account was signed in before
        QCOMPARE(tokenOf(world.accessToken(world.account, kMail)), "mail-access"_ba);
        world.letTokenExpire();
        QVERIFY(world.accessToken(world.account, kMail));
        QCOMPARE(world.tenant.last("/token").form("refresh_token"), u"mail-refresh"_s);
        QVERIFY(world.accessToken(world.account));
        QCOMPARE(world.tenant.last("/token").form("refresh_token"), u"refresh-1"_s);
        // When the tenant ends one of them, the person must sign in, whatever the other can do.
        world.letTokenExpire();
        world.answerTokenWith(FakeTenant::error(403, u"invalid_grant"_s));
        QCOMPARE(world.accessToken(world.account, kMail).error().trouble, TokenTrouble::SignedOut);
        QVERIFY(!world.tokens().isSignedIn(world.account));
        world.tenant.scripts.clear();
        QVERIFY(world.accessToken(world.account));
        // Who signs in for one of them has been there: the other is no longer told of.
        QVERIFY(world.signIn());
        QVERIFY(world.tokens().isSignedIn(world.account));
        QVERIFY(!world.tokens().wasEndedByTenant(world.account));
    }

    // --- a tenant in trouble

    void aTenantInTroubleIsLeftAloneForASecond()
    {
        World world;
        world.letTokenExpire();
        world.answerTokenWith({503, "down", {}});
        for (int i = 0; i < 5; ++i)
            QCOMPARE(world.accessToken(world.account).error().trouble, TokenTrouble::Unavailable);
        QCOMPARE(world.tenant.count("/token"), 2);
        world.clock.advance(1s);
        QVERIFY(!world.accessToken(world.account));
        QCOMPARE(world.tenant.count("/token"), 3);
    }

    void retryAfterIsKept()
    {
        // RFC 9110 §10.2.3.
        World world;
        world.letTokenExpire();
        world.answerTokenWith({429, "{}", "Retry-After: 30\r\n"});
        const auto refused = world.accessToken(world.account);
        QCOMPARE(refused.error().error.message, u"The tenant gets more requests than it allows."_s);
        world.clock.advance(29s);
        QVERIFY(!world.accessToken(world.account));
        QCOMPARE(world.tenant.count("/token"), 2);
        world.tenant.scripts.clear();
        world.clock.advance(1s);
        QVERIFY(world.accessToken(world.account));
    }

    /// Nobody has to call again for the tenant to be asked again.
    void anOutageIsRetriedInTheBackground()
    {
        World world;
        world.letTokenExpire();
        world.answerTokenWith({503, {}, {}});
        QVERIFY(!world.accessToken(world.account));
        // After 2, 4, 8, 16, 32 and then every 60 seconds.
        int calls = 2;
        for (const std::chrono::milliseconds delay : {2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
            QTRY_COMPARE(world.clock.untilNext(), std::optional(delay)); // the answer is read
            world.clock.advance(delay);
            ++calls;
            QTRY_COMPARE(world.tenant.count("/token"), calls);
        }
        QTRY_COMPARE(world.clock.untilNext(), std::optional<std::chrono::milliseconds>(60s));
        world.tenant.scripts.clear();
        world.clock.advance(60s);
        QTRY_COMPARE(world.tenant.count("/token"), calls + 1);
        QTRY_VERIFY(world.accessToken(world.account));
        QCOMPARE(world.tenant.count("/token"), calls + 1); // it was there already
    }

    void whatNobodyWantsIsNotRetriedForEver()
    {
        World world;
        world.letTokenExpire();
        world.answerTokenWith({503, {}, {}});
        QVERIFY(!world.accessToken(world.account));
        const auto asked = world.clock.now();
        int calls = 2;
        for (;;) {
            // A retry is due, and not the time limit of a call that is under way.
            const auto isRetryDue = [&] { return world.clock.untilNext().value_or(30s) != 30s; };
            QTRY_VERIFY(isRetryDue());
            world.clock.advance(*world.clock.untilNext());
            if (world.clock.now() - asked >= 10min)
                break;
            ++calls;
            QTRY_COMPARE(world.tenant.count("/token"), calls);
        }
        QVERIFY(!world.clock.untilNext());
        QCOMPARE(world.tenant.count("/token"), calls);
    }

    /// Its dialog would ask the person again and again.
    void aLockedKeychainIsNotRetried()
    {
        World world;
        world.letTokenExpire();
        world.secretStore.broken = true;
        QVERIFY(!world.accessToken(world.account));
        world.secretStore.broken = false;
        QVERIFY(!world.clock.untilNext());
        QCOMPARE(world.tenant.count("/token"), 1);
    }

    void signInDuringARefreshWins()
    {
        World world;
        world.letTokenExpire();
        world.tenant.hold("/token");
        QObject context;
        std::optional<QByteArray> token;
        world.tokens().accessToken(world.account, kAudience, &context,
                                   [&](const auto &answer) { token = tokenOf(answer); });
        QTRY_COMPARE(world.tenant.count("/token"), 2);
        (void)await<std::monostate, Error>([&](QObject *ctx, auto then) {
            world.tokens().adopt(world.account, kAudience,
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
        QVERIFY(!world.tokens().wasEndedByTenant(world.account));
    }

    void signOutForgetsEverything()
    {
        World world;
        QSignalSpy changed(&world.tokens(), &AccountTokens::stateChanged);
        QVERIFY(signOut(world));
        QVERIFY(!world.tokens().wasEndedByTenant(world.account));
        QCOMPARE(changed.size(), 1);
        QVERIFY(!world.tokens().isSignedIn(world.account));
        QCOMPARE(world.accessToken(world.account).error().trouble, TokenTrouble::SignedOut);
        world.restart();
        QVERIFY(!world.tokens().isSignedIn(world.account));
    }

    void signOutTellsTheTenant_data()
    {
        QTest::addColumn<int>("status");
        QTest::addColumn<bool>("isRevoked");
        QTest::newRow("RFC 7009 §2.2 revoked") << 200 << true;
        QTest::newRow("RFC 7009 §2.2.1 refused") << 400 << false;
        QTest::newRow("in trouble") << 503 << false;
        QTest::newRow("no such endpoint") << 0 << false;
    }
    void signOutTellsTheTenant()
    {
        QFETCH(const int, status);
        QFETCH(const bool, isRevoked);
        World world;
        if (status > 0) {
            world.tenant.metadata.insert(u"revocation_endpoint"_s,
                                         world.tenant.url(u"revoke"_s).toString());
            world.tenant.scripts["/revoke"] = [=](const auto &) {
                return FakeTenant::Answer{status, {}, {}};
            };
        }
        world.clock.advance(2h); // the document is read anew
        const auto report = signOut(world);
        QVERIFY(report);
        QCOMPARE(report->isRevoked, isRevoked);
        QVERIFY(report->browserUrl.path().endsWith(u"/v2/logout"_s));
        QVERIFY(!world.tokens().isSignedIn(world.account));
        if (status > 0) {
            QCOMPARE(world.tenant.last("/revoke").form("token"), u"refresh-1"_s);
            QCOMPARE(world.tenant.last("/revoke").form("token_type_hint"), u"refresh_token"_s);
            QCOMPARE(world.tenant.last("/revoke").form("client_id"), u"gatehouse-client"_s);
        }
        // There is nothing left to tell the next time.
        const auto again = signOut(world);
        QVERIFY(again && again->isRevoked);
        QCOMPARE(world.tenant.count("/revoke"), status > 0 ? 1 : 0);
    }

    /// Its refresh token would stay good for years.
    void signOutFindsAnAudienceThatIsNoLongerConfigured()
    {
        TwoApis world;
        (void)await<std::monostate, Error>([&](QObject *context, auto then) {
            world.tokens().adopt(world.account, kMail,
                                 {Secret("mail-access"), 3600s, Secret("mail-refresh"), Secret()},
                                 context, then);
        });
        world.config.audiences.removeLast();
        world.restart();
        world.tenant.metadata.insert(u"revocation_endpoint"_s,
                                     world.tenant.url(u"revoke"_s).toString());
        world.tenant.scripts["/revoke"] = [](const auto &) {
            return FakeTenant::Answer{200, {}, {}};
        };
        const auto report = signOut(world);
        QVERIFY(report && report->isRevoked);
        QStringList told;
        for (const auto &request : std::as_const(world.tenant.requests)) {
            if (request.path == "/revoke")
                told.append(request.form("token"));
        }
        told.sort();
        QCOMPARE(told, (QStringList{u"mail-refresh"_s, u"refresh-1"_s}));
        QCOMPARE(world.secretStore.removed.size(), 2);
        QVERIFY(!world.tokens().isSignedIn(world.account));
    }

    /// What the keychain does not let go of is revoked all the same; what is neither is still good,
    /// and who sees the account as signed in knows it.
    void signOutThatTheKeychainRefuses_data()
    {
        QTest::addColumn<QString>("trouble");
        QTest::addColumn<bool>("isUnsaved");
        QTest::addColumn<int>("status"); // of the tenant's answer
        QTest::addColumn<bool>("isError");
        QTest::addColumn<QString>("told"); // to the tenant
        QTest::addColumn<bool>("isSignedIn");
        const auto reading = u"reading"_s;
        const auto removing = u"removing"_s;
        const auto all = u"all"_s;
        QTest::newRow("read failure") << reading << false << 200 << false << QString() << false;
        QTest::newRow("remove failure, but revoked")
            << removing << false << 200 << true << u"refresh-1"_s << false;
        QTest::newRow("remove failure, nor revoked")
            << removing << false << 503 << true << u"refresh-1"_s << true;
        QTest::newRow("remove failure, nowhere to revoke")
            << removing << false << 0 << true << QString() << true;
        QTest::newRow("read and remove failure")
            << all << false << 200 << true << QString() << true;
        QTest::newRow("not yet written, but revoked")
            << all << true << 200 << true << u"refresh-2"_s << false;
        QTest::newRow("not yet written, nor revoked")
            << all << true << 503 << true << u"refresh-2"_s << true;
    }
    void signOutThatTheKeychainRefuses()
    {
        QFETCH(const QString, trouble);
        QFETCH(const bool, isUnsaved);
        QFETCH(const int, status);
        QFETCH(const bool, isError);
        QFETCH(const QString, told);
        QFETCH(const bool, isSignedIn);
        World world;
        if (status > 0) {
            world.tenant.metadata.insert(u"revocation_endpoint"_s,
                                         world.tenant.url(u"revoke"_s).toString());
            world.tenant.scripts["/revoke"] = [=](const auto &) {
                return FakeTenant::Answer{status, {}, {}};
            };
        }
        world.clock.advance(2h); // the document is read anew
        if (isUnsaved) {
            world.tenant.scripts["/token"] = [&](const auto &) {
                world.secretStore.broken = true;
                return FakeTenant::json(200, world.tenant.tokens());
            };
            QVERIFY(!world.accessToken(world.account));
        }
        world.secretStore.broken = trouble == u"all"_s;
        world.secretStore.unreadable = trouble == u"reading"_s;
        world.secretStore.unremovable = trouble == u"removing"_s;
        QSignalSpy changed(&world.tokens(), &AccountTokens::stateChanged);
        const auto report = signOut(world);
        QCOMPARE(!report, isError);
        QVERIFY(!report || !report->isRevoked);
        QCOMPARE(world.tenant.last("/revoke").form("token"), told);
        QCOMPARE(world.tokens().isSignedIn(world.account), isSignedIn);
        QCOMPARE(changed.size(), isSignedIn ? 2 : 1);
        if (!isSignedIn)
            return;
        // It works as before, with the token that the tenant gave last.
        world.secretStore.broken = false;
        world.letTokenExpire();
        world.tenant.scripts.remove("/token");
        QVERIFY(world.accessToken(world.account));
        QCOMPARE(world.tenant.last("/token").form("refresh_token"),
                 isUnsaved ? u"refresh-2"_s : u"refresh-1"_s);
    }

    /// Whoever signs in while the tenant is still being told has another token.
    void aSignInDuringASignOutThatFailsIsKept()
    {
        World world;
        world.tenant.metadata.insert(u"revocation_endpoint"_s,
                                     world.tenant.url(u"revoke"_s).toString());
        world.clock.advance(2h); // the document is read anew
        world.tenant.scripts["/token"] = [&](const auto &) {
            world.secretStore.broken = true;
            return FakeTenant::json(200, world.tenant.tokens());
        };
        QVERIFY(!world.accessToken(world.account)); // not yet written
        world.tenant.scripts.clear();
        world.tenant.hold("/revoke");
        QObject context;
        bool isAnswered = false;
        world.tokens().signOut(world.account, &context,
                               [&isAnswered](const auto &) { isAnswered = true; });
        QTRY_COMPARE(world.tenant.count("/revoke"), 1);
        world.secretStore.broken = false;
        (void)await<std::monostate, Error>([&](QObject *ctx, auto then) {
            world.tokens().adopt(world.account, kAudience,
                                 {Secret("fresh-access"), 3600s, Secret("fresh-refresh"), Secret()},
                                 ctx, then);
        });
        world.tenant.release(); // with 404
        QTRY_VERIFY(isAnswered);
        world.letTokenExpire();
        QVERIFY(world.accessToken(world.account));
        QCOMPARE(world.tenant.last("/token").form("refresh_token"), u"fresh-refresh"_s);
    }

    /// The keychain is slow, and the person signs in again before it has answered.
    void aSignInDuringASignOutIsKept()
    {
        World world;
        QObject context;
        bool isSignedOut = false;
        world.tokens().signOut(world.account, &context,
                               [&isSignedOut](const auto &report) { isSignedOut = bool(report); });
        (void)await<std::monostate, Error>([&](QObject *ctx, auto then) {
            world.tokens().adopt(world.account, kAudience,
                                 {Secret("fresh-access"), 3600s, Secret("fresh-refresh"), Secret()},
                                 ctx, then);
        });
        QTRY_VERIFY(isSignedOut);
        world.restart();
        QVERIFY(world.tokens().isSignedIn(world.account));
        QVERIFY(world.accessToken(world.account));
        QCOMPARE(world.tenant.last("/token").form("refresh_token"), u"fresh-refresh"_s);
    }

    void aClockThatIsSetBackBlocksNobody()
    {
        World world;
        world.letTokenExpire();
        world.answerTokenWith({503, {}, {}});
        QVERIFY(!world.accessToken(world.account));
        world.tenant.scripts.clear();
        world.clock.advance(-1h);
        world.tokens().rejectAccessToken(world.account, kAudience, Secret("access-1"));
        QVERIFY(world.accessToken(world.account));
    }

    void signOutWhileTheTenantIsAway()
    {
        World world;
        world.restart();
        world.tenant.stop();
        const auto report = signOut(world);
        QVERIFY(report);
        QVERIFY(!report->isRevoked);
        QVERIFY(report->browserUrl.isEmpty());
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
        world.tokens().accessToken(world.account, kAudience, &context, [&](const auto &token) {
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

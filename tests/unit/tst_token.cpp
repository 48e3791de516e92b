// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/oauth_world.h"

#include <store/query.h>

#include <QSignalSpy>

using namespace gatehouse;
using namespace gatehouse::tests;

/// What an address that takes bearer tokens answers to this one.
static std::shared_ptr<RecordedReply> call(OAuthWorld &world, const QString &accessToken)
{
    const auto access = world.server.verifier().verify("Bearer " + accessToken.toLatin1());
    auto reply = std::make_shared<RecordedReply>();
    reply->response =
        access ? http::HttpResponse{200} : oauth::bearerChallenge({}, access.error(), {});
    return reply;
}

class TestToken : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void codeForTokens()
    {
        OAuthWorld world;
        const auto client = world.registerClient();
        const auto reply = world.redeem(client, world.obtainCode(client));
        QCOMPARE(reply->status(), 200);
        QCOMPARE(reply->header("cache-control"), QByteArray("no-store"));
        const auto json = reply->json();
        QCOMPARE(json[u"token_type"_s].toString(), u"Bearer"_s);
        QCOMPARE(json[u"expires_in"_s].toInt(), 3600);
        QCOMPARE(json[u"scope"_s].toString(), u"read:todos write:todos"_s);
        QCOMPARE(json[u"refresh_token"_s].toString().size(), 43);
        QVERIFY(world.accepts(json[u"access_token"_s].toString()));
        world.clock.advance(1h);
        QVERIFY(!world.accepts(json[u"access_token"_s].toString()));
    }

    void refusesACode_data()
    {
        QTest::addColumn<QString>("parameter");
        QTest::addColumn<QString>("value");
        QTest::addColumn<QString>("error");
        QTest::newRow("RFC 6749 §5.2 unknown code")
            << u"code"_s << u"guess"_s << u"invalid_grant"_s;
        QTest::newRow("RFC 6749 §5.2 code missing")
            << u"code"_s << QString() << u"invalid_request"_s;
        QTest::newRow("RFC 7636 §4.6 wrong verifier")
            << u"code_verifier"_s << QString(43, u'x') << u"invalid_grant"_s;
        QTest::newRow("RFC 7636 §4.6 verifier missing")
            << u"code_verifier"_s << QString() << u"invalid_grant"_s;
        QTest::newRow("RFC 6749 §4.1.3 another redirect_uri")
            << u"redirect_uri"_s << u"http://localhost:1/callback"_s << u"invalid_grant"_s;
        QTest::newRow("RFC 6749 §5.2 unknown client")
            << u"client_id"_s << u"nobody"_s << u"invalid_client"_s;
        QTest::newRow("RFC 6749 §5.2 grant_type missing")
            << u"grant_type"_s << QString() << u"invalid_request"_s;
        QTest::newRow("RFC 6749 §5.2 grant_type unknown")
            << u"grant_type"_s << u"password"_s << u"unsupported_grant_type"_s;
        QTest::newRow("RFC 8707 §2 another resource")
            << u"resource"_s << u"https://api.example/"_s << u"invalid_target"_s;
    }
    void refusesACode()
    {
        QFETCH(QString, parameter);
        QFETCH(QString, value);
        QFETCH(QString, error);
        OAuthWorld world;
        const auto client = world.registerClient();
        const auto code = world.obtainCode(client);
        auto form = world.codeForm(client, code);
        form.append({u"resource"_s, u"http://localhost:8377/sse"_s});
        const auto changed = OAuthWorld::changed(form, parameter, value);
        const auto reply = world.post("/token", OAuthWorld::form(changed));
        QCOMPARE(reply->json()[u"error"_s].toString(), error);
        QCOMPARE(reply->status(), error == u"invalid_client"_s ? 401 : 400);
        // The mistake of one request does not spoil the code for the right one.
        QCOMPARE(world.redeem(client, code)->status(), 200);
    }

    void aCodeExpires_data()
    {
        QTest::addColumn<int>("seconds");
        QTest::addColumn<QString>("error");
        QTest::newRow("RFC 6749 §4.1.2 after 59 s") << 59 << QString();
        QTest::newRow("RFC 6749 §4.1.2 after 60 s") << 60 << u"invalid_grant"_s;
    }
    void aCodeExpires()
    {
        QFETCH(int, seconds);
        QFETCH(QString, error);
        OAuthWorld world;
        const auto client = world.registerClient();
        const auto code = world.obtainCode(client);
        world.clock.advance(std::chrono::seconds(seconds));
        const auto reply = world.redeem(client, code);
        QCOMPARE(reply->status(), error.isEmpty() ? 200 : 400);
        QCOMPARE(reply->json()[u"error"_s].toString(), error);
    }

    void aGrantWhoseAnswerWasLostEnds()
    {
        OAuthWorld world;
        const auto client = world.registerClient();
        const auto redeemed = world.obtainTokens(client);
        QVERIFY(!world.obtainCode(client).isEmpty());
        QCOMPARE(world.server.grants().active()->size(), 2);
        world.clock.advance(60s);
        QCOMPARE(world.server.grants().endUnfetched(100), 0); // it has this minute
        world.clock.advance(1s);
        QCOMPARE(world.server.grants().endUnfetched(100), 1);
        QCOMPARE(world.server.grants().active()->size(), 1);
        QVERIFY(world.accepts(redeemed[u"access_token"_s].toString()));
    }

    void aReplayedCodeRevokesWhatCameFromIt()
    {
        // RFC 6749 §4.1.2.
        OAuthWorld world;
        const auto client = world.registerClient();
        const auto code = world.obtainCode(client);
        const auto first = world.redeem(client, code)->json();
        QVERIFY(world.accepts(first[u"access_token"_s].toString()));
        QCOMPARE(world.redeem(client, code)->json()[u"error"_s].toString(), u"invalid_grant"_s);
        QVERIFY(!world.accepts(first[u"access_token"_s].toString()));
        QCOMPARE(world.refresh(client, first[u"refresh_token"_s].toString())->status(), 400);
    }

    void aReplayThatProvesNothingRevokesNothing_data()
    {
        QTest::addColumn<QString>("parameter");
        QTest::addColumn<QString>("value");
        QTest::newRow("OAuth 2.1 §7.5.2 another verifier")
            << u"code_verifier"_s << QString(43, u'x');
        QTest::newRow("OAuth 2.1 §7.5.2 no verifier") << u"code_verifier"_s << QString();
        QTest::newRow("OAuth 2.1 §7.5.2 another redirect_uri")
            << u"redirect_uri"_s << u"http://localhost:1/callback"_s;
        QTest::newRow("OAuth 2.1 §7.5.2 another resource")
            << u"resource"_s << u"https://api.example/"_s;
    }
    void aReplayThatProvesNothingRevokesNothing()
    {
        QFETCH(QString, parameter);
        QFETCH(QString, value);
        OAuthWorld world;
        const auto client = world.registerClient();
        const auto code = world.obtainCode(client);
        const auto tokens = world.redeem(client, code)->json();
        auto form = world.codeForm(client, code);
        form.append({u"resource"_s, u"http://localhost:8377/mcp"_s});
        const auto changed = OAuthWorld::changed(form, parameter, value);
        QCOMPARE(world.post("/token", OAuthWorld::form(changed))->status(), 400);
        QVERIFY(world.accepts(tokens[u"access_token"_s].toString()));
        QCOMPARE(world.refresh(client, tokens[u"refresh_token"_s].toString())->status(), 200);
    }

    void aReplayLongAfterwardsRevokes()
    {
        OAuthWorld world;
        const auto client = world.registerClient();
        const auto code = world.obtainCode(client);
        const auto tokens = world.redeem(client, code)->json();
        world.clock.advance(30min);
        QVERIFY(world.accepts(tokens[u"access_token"_s].toString()));
        QCOMPARE(world.redeem(client, code)->json()[u"error"_s].toString(), u"invalid_grant"_s);
        QVERIFY(!world.accepts(tokens[u"access_token"_s].toString()));
    }

    void verifiers_data()
    {
        QTest::addColumn<QByteArray>("verifier");
        QTest::addColumn<bool>("isValid");
        const auto row = [](const char *name, const QByteArray &verifier, bool isValid = false) {
            QTest::newRow(name) << verifier << isValid;
        };
        row("RFC 7636 §4.1 43 characters", QByteArray(43, 'x'), true);
        row("RFC 7636 §4.1 128 characters", QByteArray(128, 'x'), true);
        row("RFC 7636 §4.1 all kinds", "AZaz09-._~" + QByteArray(40, 'x'), true);
        row("RFC 7636 §4.1 42 characters", QByteArray(42, 'x'));
        row("RFC 7636 §4.1 129 characters", QByteArray(129, 'x'));
        row("RFC 7636 §4.1 a slash", QByteArray(43, 'x') + '/');
        row("RFC 7636 §4.1 padding", QByteArray(43, 'x') + '=');
        row("RFC 7636 §4.1 a space", QByteArray(43, 'x') + ' ');
    }
    void verifiers()
    {
        QFETCH(QByteArray, verifier);
        QFETCH(bool, isValid);
        OAuthWorld world;
        world.verifier = verifier;
        const auto client = world.registerClient();
        const auto reply = world.redeem(client, world.obtainCode(client));
        QCOMPARE(reply->status(), isValid ? 200 : 400);
        if (!isValid)
            QCOMPARE(reply->json()[u"error"_s].toString(), u"invalid_grant"_s);
    }

    void theRedirectUriMayBeLeftOut()
    {
        // OAuth 2.1 §10.2; and what nobody knows is ignored (§3.2).
        OAuthWorld world;
        const auto client = world.registerClient();
        const auto code = world.obtainCode(client);
        auto form = OAuthWorld::changed(world.codeForm(client, code), u"redirect_uri"_s, {});
        form.append({u"audience"_s, u"x"_s});
        const auto reply = world.post("/token", OAuthWorld::form(form));
        QCOMPARE(reply->status(), 200);
        QCOMPARE(reply->header("content-type"), QByteArray("application/json"));
    }

    void oneTokenIsNoOther()
    {
        OAuthWorld world;
        const auto client = world.registerClient();
        const auto code = world.obtainCode(client);
        QVERIFY(!world.accepts(code));
        const auto tokens = world.redeem(client, code)->json();
        const auto access = tokens[u"access_token"_s].toString();
        const auto refresh = tokens[u"refresh_token"_s].toString();
        QVERIFY(!world.accepts(refresh));
        for (const auto &other : {access, code})
            QCOMPARE(world.refresh(client, other)->json()[u"error"_s].toString(),
                     u"invalid_grant"_s);
        for (const auto &other : {access, refresh})
            QCOMPARE(world.redeem(client, other)->json()[u"error"_s].toString(),
                     u"invalid_grant"_s);
        QVERIFY(world.accepts(access));
    }

    void aStrangersReplayTouchesNothing()
    {
        OAuthWorld world;
        const auto client = world.registerClient();
        const auto stranger = world.registerClient();
        const auto code = world.obtainCode(client);
        const auto tokens = world.redeem(client, code)->json();
        QCOMPARE(world.redeem(stranger, code)->json()[u"error"_s].toString(), u"invalid_grant"_s);
        QVERIFY(world.accepts(tokens[u"access_token"_s].toString()));
    }

    void aGrantWithoutScopesRefreshes()
    {
        OAuthWorld world;
        world.scopes.defaults.clear();
        const auto client = world.registerClient();
        const auto id = world.openInteraction(client, {});
        const auto first = world.redeem(client, world.obtainCode(id))->json();
        QCOMPARE(first[u"scope"_s].toString(), QString());
        const auto next = world.refresh(client, first[u"refresh_token"_s].toString());
        QCOMPARE(next->status(), 200);
    }

    void refreshRotates()
    {
        OAuthWorld world;
        const auto client = world.registerClient();
        const auto first = world.obtainTokens(client);
        const auto old = first[u"refresh_token"_s].toString();
        const auto second = world.refresh(client, old);
        QCOMPARE(second->status(), 200);
        const auto successor = second->json()[u"refresh_token"_s].toString();
        QVERIFY(successor != old);
        QVERIFY(world.accepts(second->json()[u"access_token"_s].toString()));
        QCOMPARE(world.refresh(client, successor)->status(), 200);
    }

    /// Each of them lives 60 days from when it was given.
    void aClientThatRefreshesStaysIn()
    {
        OAuthWorld world;
        const auto client = world.registerClient();
        auto token = world.obtainTokens(client)[u"refresh_token"_s].toString();
        for (int round = 0; round < 2; ++round) {
            world.clock.advance(59 * 24h);
            QVERIFY(world.tokens.purge(world.clock.now(), 1000));
            const auto reply = world.refresh(client, token);
            QCOMPARE(reply->status(), 200);
            QVERIFY(world.accepts(reply->json()[u"access_token"_s].toString()));
            token = reply->json()[u"refresh_token"_s].toString();
        }
    }

    void aRepeatedRefreshGetsTheSameSuccessor()
    {
        OAuthWorld world;
        const auto client = world.registerClient();
        const auto old = world.obtainTokens(client)[u"refresh_token"_s].toString();
        const auto once = world.refresh(client, old)->json()[u"refresh_token"_s].toString();
        world.clock.advance(60s);
        const auto again = world.refresh(client, old);
        QCOMPARE(again->status(), 200);
        QCOMPARE(again->json()[u"refresh_token"_s].toString(), once);
    }

    void reuseAfterTheGraceEndsTheFamily()
    {
        // RFC 9700 §4.14.2.
        OAuthWorld world;
        const auto client = world.registerClient();
        const auto old = world.obtainTokens(client)[u"refresh_token"_s].toString();
        const auto next = world.refresh(client, old)->json();
        QSignalSpy revoked(&world.server.grants(), &oauth::Grants::revoked);
        QSignalSpy misused(&world.server.grants(), &oauth::Grants::misused);
        world.clock.advance(61s);
        QCOMPARE(world.refresh(client, old)->json()[u"error"_s].toString(), u"invalid_grant"_s);
        QCOMPARE(revoked.count(), 1);
        QCOMPARE(misused.count(), 1); // the person is told
        QVERIFY(!world.accepts(next[u"access_token"_s].toString()));
        QCOMPARE(world.refresh(client, next[u"refresh_token"_s].toString())->status(), 400);
    }

    void refreshTakesARegistrationForIt()
    {
        // RFC 6749 §5.2 unauthorized_client.
        OAuthWorld world;
        const auto registered = world.post(
            "/register",
            R"({"redirect_uris":["http://localhost:51234/callback"],"token_endpoint_auth_method":"none"})",
            "application/json");
        const ClientId client(registered->json()[u"client_id"_s].toString());
        const auto tokens = world.obtainTokens(client);
        QVERIFY(tokens[u"refresh_token"_s].isUndefined());
        QCOMPARE(world.refresh(client, u"guess"_s)->json()[u"error"_s].toString(),
                 u"unauthorized_client"_s);
    }

    /// "Last used" is written down when the answer is out, and not for every call.
    void lastUseIsWrittenAfterTheCall()
    {
        OAuthWorld world;
        const auto client = world.registerClient();
        const auto access = world.obtainTokens(client)[u"access_token"_s].toString();
        const auto lastUse = [&] { return world.grants.findLatestOf(client).value()->lastUsedAt; };
        QVERIFY(world.accepts(access));
        QVERIFY(!lastUse());
        world.clock.advance(0ms);
        const auto first = world.clock.now();
        QCOMPARE(lastUse(), std::optional(first));
        world.clock.advance(30s);
        QVERIFY(world.accepts(access));
        world.clock.advance(0ms);
        QCOMPARE(lastUse(), std::optional(first));
        world.clock.advance(30s);
        QVERIFY(world.accepts(access));
        world.clock.advance(0ms);
        QCOMPARE(lastUse(), std::optional(world.clock.now()));
    }

    /// Trouble of our own is no reason to log in again.
    void troubleIsTemporary_data()
    {
        QTest::addColumn<QString>("statement");
        QTest::addColumn<QString>("request");
        const auto code = u"code"_s;
        const auto refresh = u"refresh"_s;
        QTest::newRow("the code is not consumed")
            << u"BEFORE UPDATE ON authorization_code"_s << code;
        QTest::newRow("no refresh token is stored") << u"BEFORE INSERT ON refresh_token"_s << code;
        QTest::newRow("no access token is stored") << u"BEFORE INSERT ON access_token"_s << code;
        QTest::newRow("the predecessor is not consumed")
            << u"BEFORE UPDATE ON refresh_token"_s << refresh;
        QTest::newRow("no successor is stored") << u"BEFORE INSERT ON refresh_token"_s << refresh;
        QTest::newRow("no refreshed access token is stored")
            << u"BEFORE INSERT ON access_token"_s << refresh;
    }
    void troubleIsTemporary()
    {
        QFETCH(QString, statement);
        QFETCH(QString, request);
        OAuthWorld world;
        const auto client = world.registerClient();
        const auto code = world.obtainCode(client);
        QString token;
        if (request == u"refresh"_s)
            token = world.redeem(client, code)->json()[u"refresh_token"_s].toString();
        const auto ask = [&] {
            return token.isEmpty() ? world.redeem(client, code) : world.refresh(client, token);
        };
        QVERIFY(store::runOnly(*world.database,
                               u"CREATE TRIGGER trouble %1 BEGIN SELECT raise(ABORT, 'disk full'); "
                               "END"_s.arg(statement)));
        const auto refused = ask();
        QCOMPARE(refused->status(), 503);
        QCOMPARE(refused->json()[u"error"_s].toString(), u"temporarily_unavailable"_s);
        QVERIFY(refused->header("retry-after").toInt() > 0);
        QVERIFY(store::runOnly(*world.database, u"DROP TRIGGER trouble"_s));
        QCOMPARE(ask()->status(), 200); // nothing was half done
    }

    void whatCannotBeReadIsNotGone_data()
    {
        QTest::addColumn<QString>("table");
        QTest::addColumn<QString>("request");
        const QList<std::pair<QString, QStringList>> tables{
            {u"code"_s, {u"client"_s, u"authorization_code"_s, u"access_grant"_s}},
            {u"refresh"_s, {u"client"_s, u"refresh_token"_s, u"access_grant"_s}},
            {u"bearer"_s, {u"access_token"_s, u"access_grant"_s}},
            {u"register"_s, {u"client"_s}},
            {u"revoke"_s, {u"client"_s, u"refresh_token"_s, u"access_grant"_s}}};
        for (const auto &[request, missing] : tables) {
            for (const auto &table : missing)
                QTest::addRow("%s without %s", qPrintable(request), qPrintable(table))
                    << table << request;
        }
    }
    /// Trouble of our own is no reason to log in or to register again.
    void whatCannotBeReadIsNotGone()
    {
        QFETCH(QString, table);
        QFETCH(QString, request);
        OAuthWorld world;
        const auto client = world.registerClient();
        const auto code = world.obtainCode(client);
        QJsonDocument tokens;
        if (request != u"code"_s)
            tokens = world.redeem(client, code)->json();
        const auto refresh = tokens[u"refresh_token"_s].toString();
        const auto ask = [&] {
            if (request == u"bearer"_s)
                return call(world, tokens[u"access_token"_s].toString());
            if (request == u"register"_s)
                return world.post("/register", R"({"redirect_uris":["https://a.example/"]})",
                                  "application/json");
            if (request == u"revoke"_s)
                return world.post(
                    "/revoke",
                    OAuthWorld::form({{u"client_id"_s, client.value}, {u"token"_s, refresh}}));
            return refresh.isEmpty() ? world.redeem(client, code) : world.refresh(client, refresh);
        };
        const auto rename = u"ALTER TABLE %1 RENAME TO %2"_s;
        QVERIFY(store::runOnly(*world.database, rename.arg(table, u"away"_s)));
        const auto refused = ask();
        QCOMPARE(refused->status(), 503);
        QCOMPARE(refused->json()[u"error"_s].toString(), u"temporarily_unavailable"_s);
        QVERIFY(refused->header("retry-after").toInt() > 0);
        QVERIFY(store::runOnly(*world.database, rename.arg(u"away"_s, table)));
        QCOMPARE(ask()->status(), request == u"register"_s ? 201 : 200);
    }

    void aTokenIsLookedUpOnce()
    {
        OAuthWorld world;
        const auto access =
            world.obtainTokens(world.registerClient())[u"access_token"_s].toString();
        QVERIFY(world.accepts(access));
        world.clock.advance(0ms); // the last use is written down
        for (const auto &table : {u"access_token"_s, u"access_grant"_s})
            QVERIFY(
                store::runOnly(*world.database, u"ALTER TABLE %1 RENAME TO %1_away"_s.arg(table)));
        QVERIFY(world.accepts(access));
    }

    /// As after a crash of a Gatehouse that keeps its secrets in memory.
    void anotherInstanceKeyIsNoMisuse()
    {
        OAuthWorld world;
        const auto client = world.registerClient();
        const auto old = world.obtainTokens(client)[u"refresh_token"_s].toString();
        const auto successor = world.refresh(client, old)->json()[u"refresh_token"_s].toString();
        QSignalSpy misused(&world.server.grants(), &oauth::Grants::misused);
        world.instanceKey = Secret("another key, of thirty-two bytes");
        QCOMPARE(world.refresh(client, old)->json()[u"error"_s].toString(), u"invalid_grant"_s);
        QCOMPARE(misused.count(), 0);
        QCOMPARE(world.refresh(client, successor)->status(), 200);
    }

    void aClockThatIsSetBackDoesNotStretchTheGrace()
    {
        OAuthWorld world;
        const auto client = world.registerClient();
        const auto old = world.obtainTokens(client)[u"refresh_token"_s].toString();
        QCOMPARE(world.refresh(client, old)->status(), 200);
        world.clock.advance(-2h);
        QCOMPARE(world.refresh(client, old)->json()[u"error"_s].toString(), u"invalid_grant"_s);
    }

    /// RFC 9700 §4.14.2: a copy is noticed for a week, and after that it is good for nothing.
    void reuseIsNoticedForAWeek_data()
    {
        QTest::addColumn<int>("days");
        QTest::addColumn<int>("misuses");
        QTest::newRow("after six days") << 6 << 1;
        QTest::newRow("after nine days, when the purge has been there") << 9 << 0;
    }
    void reuseIsNoticedForAWeek()
    {
        QFETCH(int, days);
        QFETCH(int, misuses);
        OAuthWorld world;
        const auto client = world.registerClient();
        const auto old = world.obtainTokens(client)[u"refresh_token"_s].toString();
        QCOMPARE(world.refresh(client, old)->status(), 200);
        QSignalSpy misused(&world.server.grants(), &oauth::Grants::misused);
        world.clock.advance(days * 24h);
        QVERIFY(world.tokens.purge(world.clock.now(), 1000));
        QCOMPARE(world.refresh(client, old)->json()[u"error"_s].toString(), u"invalid_grant"_s);
        QCOMPARE(misused.count(), misuses);
    }

    void aReplayedCodeIsNoticedForADay_data()
    {
        QTest::addColumn<int>("hours");
        QTest::addColumn<int>("misuses");
        QTest::newRow("RFC 6749 §4.1.2 after 23 hours") << 23 << 1;
        QTest::newRow("after 25 hours, when the purge has been there") << 25 << 0;
    }
    void aReplayedCodeIsNoticedForADay()
    {
        QFETCH(int, hours);
        QFETCH(int, misuses);
        OAuthWorld world;
        const auto client = world.registerClient();
        const auto code = world.obtainCode(client);
        QCOMPARE(world.redeem(client, code)->status(), 200);
        QSignalSpy misused(&world.server.grants(), &oauth::Grants::misused);
        world.clock.advance(hours * 1h);
        QVERIFY(world.tokens.purge(world.clock.now(), 1000));
        QCOMPARE(world.redeem(client, code)->json()[u"error"_s].toString(), u"invalid_grant"_s);
        QCOMPARE(misused.count(), misuses);
    }

    void refreshRefusals()
    {
        OAuthWorld world;
        const auto client = world.registerClient();
        const auto stranger = world.registerClient();
        const auto token = world.obtainTokens(client)[u"refresh_token"_s].toString();
        const auto errorOf = [](const std::shared_ptr<RecordedReply> &reply) {
            return reply->json()[u"error"_s].toString();
        };
        QCOMPARE(errorOf(world.refresh(client, u"guess"_s)), u"invalid_grant"_s);
        QCOMPARE(errorOf(world.refresh(stranger, token)), u"invalid_grant"_s);
        QCOMPARE(errorOf(world.refresh(client, token, u"read:billing"_s)), u"invalid_scope"_s);
        // RFC 6749 §6: narrowed, and what was not granted is left out.
        const auto narrowed = world.refresh(client, token, u"read:todos read:billing"_s)->json();
        QCOMPARE(narrowed[u"scope"_s].toString(), u"read:todos"_s);
        world.clock.advance(61 * 24h);
        QCOMPARE(errorOf(world.refresh(client, narrowed[u"refresh_token"_s].toString())),
                 u"invalid_grant"_s);
    }

    void narrowingIsForTheAccessTokenAlone()
    {
        // OAuth 2.1 §4.3.3: the refresh token keeps its scope.
        OAuthWorld world;
        const auto client = world.registerClient();
        const auto first = world.obtainTokens(client);
        const auto less =
            world.refresh(client, first[u"refresh_token"_s].toString(), u"read:todos"_s)->json();
        QCOMPARE(less[u"scope"_s].toString(), u"read:todos"_s);
        const auto access = "Bearer " + less[u"access_token"_s].toString().toLatin1();
        QCOMPARE(world.server.verifier().verify(access)->scopes, QStringList{u"read:todos"_s});
        const auto all = world.refresh(client, less[u"refresh_token"_s].toString())->json();
        QCOMPARE(all[u"scope"_s].toString(), u"read:todos write:todos"_s);
    }

    void refusedRefreshesDoNotRotate_data()
    {
        QTest::addColumn<QByteArray>("addition");
        QTest::addColumn<QString>("error");
        QTest::newRow("RFC 8707 §2.2 another resource")
            << QByteArray("&resource=https://api.example/") << u"invalid_target"_s;
        QTest::newRow("RFC 8707 §2.2 a fragment")
            << QByteArray("&resource=http://localhost:8377/mcp%23x") << u"invalid_target"_s;
        QTest::newRow("RFC 8707 §2.2 one of two is another's")
            << QByteArray("&resource=http://localhost:8377/mcp&resource=https://api.example/")
            << u"invalid_target"_s;
        QTest::newRow("OAuth 2.1 §4.3.1 scopes that were not granted")
            << QByteArray("&scope=read:billing") << u"invalid_scope"_s;
        QTest::newRow("OAuth 2.1 §1.4.1 scopes have case")
            << QByteArray("&scope=READ:todos") << u"invalid_scope"_s;
    }
    void refusedRefreshesDoNotRotate()
    {
        QFETCH(QByteArray, addition);
        QFETCH(QString, error);
        OAuthWorld world;
        const auto client = world.registerClient();
        const auto tokens = world.obtainTokens(client);
        const auto form = OAuthWorld::form(
            OAuthWorld::refreshForm(client, tokens[u"refresh_token"_s].toString()));
        const auto refused = world.post("/token", form + addition);
        QCOMPARE(refused->status(), 400);
        QCOMPARE(refused->json()[u"error"_s].toString(), error);
        world.clock.advance(10min); // far beyond the grace of a repeated refresh
        QCOMPARE(world.post("/token", form + "&resource=http://localhost:8377/mcp")->status(), 200);
    }

    void tokensEndWithTheGrant()
    {
        OAuthWorld world;
        const auto client = world.registerClient();
        approval::Decision tenMinutes{true};
        tenMinutes.until = world.clock.now() + 10min;
        const auto tokens = world.obtainTokens(client, tenMinutes);
        QVERIFY(tokens[u"expires_in"_s].toInt() <= 600);
        world.clock.advance(10min);
        QVERIFY(!world.accepts(tokens[u"access_token"_s].toString()));
        QCOMPARE(world.refresh(client, tokens[u"refresh_token"_s].toString())->status(), 400);
    }

    void revocationShutsOutAtOnce()
    {
        OAuthWorld world;
        const auto client = world.registerClient();
        const auto tokens = world.obtainTokens(client);
        const auto access = tokens[u"access_token"_s].toString();
        QVERIFY(world.accepts(access)); // and so it is remembered
        QCOMPARE(*world.server.grants().revokeAll(u"test"_s), 1);
        QVERIFY(!world.accepts(access));
        QCOMPARE(world.refresh(client, tokens[u"refresh_token"_s].toString())->status(), 400);
    }

    void theClientMayRevoke_data()
    {
        QTest::addColumn<QString>("which");
        QTest::addColumn<bool>("own");
        QTest::addColumn<bool>("accessLives");
        QTest::addColumn<bool>("refreshLives");
        QTest::newRow("RFC 7009 §2.1 access token") << u"access_token"_s << true << false << true;
        QTest::newRow("RFC 7009 §2.1 refresh token ends the grant")
            << u"refresh_token"_s << true << false << false;
        QTest::newRow("RFC 7009 §2.1 of another client")
            << u"refresh_token"_s << false << true << true;
        QTest::newRow("RFC 7009 §2.2 unknown token is no error")
            << u"none"_s << true << true << true;
    }
    void theClientMayRevoke()
    {
        QFETCH(QString, which);
        QFETCH(bool, own);
        OAuthWorld world;
        const auto client = world.registerClient();
        const auto stranger = world.registerClient();
        const auto tokens = world.obtainTokens(client);
        QVERIFY(world.accepts(tokens[u"access_token"_s].toString()));
        const auto reply = world.post(
            "/revoke",
            OAuthWorld::form(
                {{u"client_id"_s, own ? client.value : stranger.value},
                 {u"token"_s, which == u"none"_s ? u"guess"_s : tokens[which].toString()}}));
        QCOMPARE(reply->status(), 200);
        QTEST(world.accepts(tokens[u"access_token"_s].toString()), "accessLives");
        QTEST(world.refresh(client, tokens[u"refresh_token"_s].toString())->status() == 200,
              "refreshLives");
    }

    void authenticatesTheClient_data()
    {
        QTest::addColumn<QString>("registered");
        QTest::addColumn<QString>("used");
        QTest::addColumn<int>("status");
        const auto basic = u"client_secret_basic"_s;
        const auto post = u"client_secret_post"_s;
        const auto none = u"none"_s;
        QTest::newRow("RFC 6749 §2.3.1 basic") << basic << basic << 200;
        QTest::newRow("RFC 6749 §2.3.1 post") << post << post << 200;
        QTest::newRow("the registered method only: post for basic") << basic << post << 401;
        QTest::newRow("the registered method only: none for basic") << basic << none << 401;
        QTest::newRow("the registered method only: basic for post") << post << basic << 401;
        QTest::newRow("a public client has no secret") << none << post << 401;
        QTest::newRow("wrong secret") << basic << u"wrong"_s << 401;
        QTest::newRow("RFC 6749 §2.3 never two at once") << basic << u"both"_s << 400;
    }
    void authenticatesTheClient()
    {
        QFETCH(QString, registered);
        QFETCH(QString, used);
        QFETCH(int, status);
        OAuthWorld world;
        const auto client = world.registerClient(registered);
        const auto code = world.obtainCode(client);
        auto secret = world.clientSecret;
        if (used == u"wrong"_s)
            secret = QString(43, u'x');
        auto form = world.codeForm(client, code);
        if (used == u"client_secret_post"_s || used == u"both"_s)
            form.append({u"client_secret"_s, secret.isEmpty() ? u"made-up"_s : secret});
        QList<std::pair<QByteArray, QByteArray>> headers;
        if (used == u"client_secret_basic"_s || used == u"both"_s || used == u"wrong"_s) {
            headers.append(
                {"Authorization", "Basic " + (client.value + u':' + secret).toLatin1().toBase64()});
        }
        const auto reply = world.post("/token", OAuthWorld::form(form),
                                      "application/x-www-form-urlencoded", headers);
        QCOMPARE(reply->status(), status);
        if (status == 401)
            QVERIFY(!reply->header("www-authenticate").isEmpty());
    }

    void anotherMediaTypeIsRefused()
    {
        OAuthWorld world;
        QCOMPARE(world.post("/token", "{}", "application/json")->json()[u"error"_s].toString(),
                 u"invalid_request"_s);
    }

    void bearerFailures_data()
    {
        QTest::addColumn<QByteArray>("authorization");
        QTest::addColumn<int>("failure");
        using oauth::BearerFailure;
        QTest::newRow("RFC 6750 §3.1 none") << QByteArray() << int(BearerFailure::Missing);
        QTest::newRow("another scheme") << QByteArray("Basic eDp5") << int(BearerFailure::Missing);
        QTest::newRow("RFC 6750 §3.1 empty")
            << QByteArray("Bearer ") << int(BearerFailure::Malformed);
        QTest::newRow("RFC 6750 §2.1 stray characters")
            << QByteArray("Bearer a b") << int(BearerFailure::Malformed);
        QTest::newRow("RFC 6750 §2.1 a token holds no NUL")
            << QByteArray("Bearer a\0b", 10) << int(BearerFailure::Malformed);
        QTest::newRow("RFC 6750 §3.1 unknown")
            << QByteArray("Bearer abc") << int(BearerFailure::Invalid);
    }
    void bearerFailures()
    {
        QFETCH(QByteArray, authorization);
        OAuthWorld world;
        const auto result = world.server.verifier().verify(authorization);
        QVERIFY(!result);
        QTEST(int(result.error()), "failure");
    }

    void nothingSecretIsStored()
    {
        OAuthWorld world;
        const auto client = world.registerClient(u"client_secret_post"_s);
        const auto code = world.obtainCode(client);
        auto form = world.codeForm(client, code);
        form.append({u"client_secret"_s, world.clientSecret});
        const auto tokens = world.post("/token", OAuthWorld::form(form))->json();
        QByteArray stored;
        for (const auto &name : {u"gatehouse.db"_s, u"gatehouse.db-wal"_s}) {
            QFile file(world.directory.filePath(name));
            QVERIFY(file.open(QIODevice::ReadOnly));
            stored += file.readAll();
        }
        QVERIFY(stored.contains("Claude Code")); // what is there is found
        for (const auto &secret :
             {code, tokens[u"access_token"_s].toString(), tokens[u"refresh_token"_s].toString(),
              world.clientSecret, QString::fromLatin1(world.verifier),
              QString::fromLatin1(world.cookie.mid(world.cookie.indexOf('=') + 1))}) {
            QVERIFY(secret.size() > 40);
            QVERIFY(!stored.contains(secret.toLatin1()));
        }
    }
};

QTEST_GUILESS_MAIN(TestToken)
#include "tst_token.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/oauth_world.h"

using namespace gatehouse;
using namespace gatehouse::tests;

using Change = std::pair<QString, QString>;

class TestAuthorize : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void opensAnInteraction()
    {
        OAuthWorld world;
        const auto reply = world.get(
            "/authorize?" + OAuthWorld::form(world.authorizeParameters(world.registerClient())));
        QCOMPARE(reply->status(), 303);
        QVERIFY(reply->header("location").startsWith("http://localhost:8377/interaction/"));
        const auto cookie = reply->header("set-cookie");
        QVERIFY(cookie.contains("; HttpOnly"));
        QVERIFY(cookie.contains("; SameSite=Lax"));
        QVERIFY(cookie.contains("; Path=/interaction/"));
        QVERIFY(!cookie.contains("Domain"));
        // Nobody is disturbed before a browser shows the page.
        QCOMPARE(world.approvals.waiting()->size(), 0);
    }

    void dropsUnknownScopes()
    {
        OAuthWorld world;
        const auto id = world.openInteraction(world.registerClient());
        const auto interaction = world.approvals.find(id);
        QCOMPARE((*interaction)->scopes, (QStringList{u"read:todos"_s, u"write:todos"_s}));
    }

    void pageErrors_data()
    {
        QTest::addColumn<QString>("parameter");
        QTest::addColumn<QString>("value");
        QTest::newRow("RFC 6749 §4.1.2.1 client_id missing") << u"client_id"_s << QString();
        QTest::newRow("RFC 6749 §4.1.2.1 client unknown") << u"client_id"_s << u"nobody"_s;
        QTest::newRow("RFC 6749 §4.1.2.1 redirect_uri of another host")
            << u"redirect_uri"_s << u"https://evil.example/cb"_s;
        QTest::newRow("RFC 9700 §2.1 redirect_uri with another path")
            << u"redirect_uri"_s << u"http://localhost:51234/other"_s;
        QTest::newRow("script in redirect_uri")
            << u"redirect_uri"_s << u"javascript:alert(1)//http://localhost:51234/callback"_s;
    }
    void pageErrors()
    {
        QFETCH(QString, parameter);
        QFETCH(QString, value);
        OAuthWorld world;
        auto parameters = world.authorizeParameters(world.registerClient());
        for (auto &[key, current] : parameters) {
            if (key == parameter)
                current = value;
        }
        const auto reply = world.get("/authorize?" + OAuthWorld::form(parameters));
        QCOMPARE(reply->status(), 400);
        QVERIFY(reply->header("location").isEmpty());
        QVERIFY(reply->header("content-type").startsWith("text/html"));
        QVERIFY(reply->header("content-security-policy").contains("frame-ancestors 'none'"));
        QCOMPARE(reply->header("x-frame-options"), QByteArray("DENY"));
        QVERIFY(!reply->response->body.contains("<script"));
    }

    void redirectErrors_data()
    {
        QTest::addColumn<QString>("parameter");
        QTest::addColumn<QString>("value");
        QTest::addColumn<QString>("error");
        QTest::newRow("RFC 6749 §3.1.1 response_type missing")
            << u"response_type"_s << QString() << u"invalid_request"_s;
        QTest::newRow("RFC 6749 §3.1.1 response_type token")
            << u"response_type"_s << u"token"_s << u"unsupported_response_type"_s;
        QTest::newRow("OAuth 2.1 §4.1.1 code_challenge missing")
            << u"code_challenge"_s << QString() << u"invalid_request"_s;
        QTest::newRow("RFC 7636 §4.3 method plain")
            << u"code_challenge_method"_s << u"plain"_s << u"invalid_request"_s;
        QTest::newRow("RFC 7636 §4.3 method missing means plain")
            << u"code_challenge_method"_s << QString() << u"invalid_request"_s;
        QTest::newRow("RFC 7636 §4.2 challenge of the wrong length")
            << u"code_challenge"_s << u"short"_s << u"invalid_request"_s;
        QTest::newRow("RFC 6749 §3.3 no scope is known")
            << u"scope"_s << u"openid email"_s << u"invalid_scope"_s;
        QTest::newRow("OIDC Core §3.1.2.6 request object")
            << u"request"_s << u"eyJ"_s << u"request_not_supported"_s;
        QTest::newRow("OIDC Core §3.1.2.6 request_uri")
            << u"request_uri"_s << u"https://a.example/"_s << u"request_uri_not_supported"_s;
        QTest::newRow("Multiple Response Types §2.1 response_mode")
            << u"response_mode"_s << u"fragment"_s << u"invalid_request"_s;
        QTest::newRow("OIDC Core §3.1.2.1 max_age")
            << u"max_age"_s << u"soon"_s << u"invalid_request"_s;
        QTest::newRow("RFC 8707 §2 resource is another server")
            << u"resource"_s << u"https://api.example/"_s << u"invalid_target"_s;
    }
    void redirectErrors()
    {
        QFETCH(QString, parameter);
        QFETCH(QString, value);
        QFETCH(QString, error);
        OAuthWorld world;
        auto parameters = world.authorizeParameters(world.registerClient());
        parameters.append({u"resource"_s, u"http://localhost:8377/mcp"_s});
        for (const auto &optional :
             {u"request"_s, u"request_uri"_s, u"response_mode"_s, u"max_age"_s})
            parameters.append({optional, {}});
        for (auto &[key, current] : parameters) {
            if (key == parameter)
                current = value;
        }
        const auto reply = world.get("/authorize?" + OAuthWorld::form(parameters));
        QCOMPARE(reply->status(), 302);
        const auto location = reply->header("location");
        QVERIFY(location.startsWith(OAuthWorld::kRedirectUri));
        QCOMPARE(OAuthWorld::parameter(location, u"error"_s), error);
        QCOMPARE(OAuthWorld::parameter(location, u"state"_s), u"client state/+"_s);
        // RFC 9207 §2: also in errors.
        QCOMPARE(OAuthWorld::parameter(location, u"iss"_s), u"http://localhost:8377"_s);
    }

    void signInHintsReachTheTenant()
    {
        // OpenID Connect Core §3.1.2.1.
        OAuthWorld world;
        auto parameters = world.authorizeParameters(world.registerClient());
        parameters += {{u"prompt"_s, u"login"_s},
                       {u"login_hint"_s, u"alice@example.com"_s},
                       {u"max_age"_s, u"60"_s}};
        const auto reply = world.get("/authorize?" + OAuthWorld::form(parameters));
        const auto location = reply->header("location");
        world.cookie = reply->header("set-cookie").split(';').first();
        const InteractionId id(QString::fromLatin1(location.mid(location.lastIndexOf('/') + 1)));
        (void)world.visit(id);
        QVERIFY(world.approvals.decide(id, {true}));
        (void)world.visit(id, "/continue");
        QCOMPARE(world.signIns.lastHints.prompt, u"login"_s);
        QCOMPARE(world.signIns.lastHints.loginHint, u"alice@example.com"_s);
        QCOMPARE(world.signIns.lastHints.maxAge, u"60"_s);
    }

    void repeatedParameterIsRefused()
    {
        // RFC 6749 §3.1.
        OAuthWorld world;
        const auto reply = world.get(
            "/authorize?" + OAuthWorld::form(world.authorizeParameters(world.registerClient()))
            + "&client_id=other");
        QCOMPARE(reply->status(), 400);
    }

    void probeWithJsonDisturbsNobody()
    {
        OAuthWorld world;
        const auto unknown =
            world.get("/authorize?client_id=gone", {{"Accept", "application/json"}});
        QCOMPARE(unknown->status(), 400);
        QCOMPARE(unknown->json()[u"error"_s].toString(), u"invalid_client"_s);

        const auto known = world.get(
            "/authorize?" + OAuthWorld::form(world.authorizeParameters(world.registerClient())),
            {{"Accept", "application/json"}});
        QCOMPARE(known->status(), 200);
        QVERIFY(known->header("set-cookie").isEmpty());
    }

    void onlyANavigationOpensAnInteraction_data()
    {
        QTest::addColumn<QByteArray>("destination");
        QTest::addColumn<int>("status");
        QTest::newRow("Fetch Metadata §2.1 document") << QByteArray("document") << 303;
        QTest::newRow("a program without Fetch Metadata") << QByteArray() << 303;
        QTest::newRow("Fetch Metadata §2.1 image") << QByteArray("image") << 400;
        QTest::newRow("Fetch Metadata §2.1 iframe") << QByteArray("iframe") << 400;
        QTest::newRow("Fetch Metadata §2.1 fetch") << QByteArray("empty") << 400;
    }
    void onlyANavigationOpensAnInteraction()
    {
        QFETCH(QByteArray, destination);
        QFETCH(int, status);
        OAuthWorld world;
        QList<std::pair<QByteArray, QByteArray>> headers;
        if (!destination.isEmpty())
            headers.append({"Sec-Fetch-Dest", destination});
        const auto target =
            "/authorize?" + OAuthWorld::form(world.authorizeParameters(world.registerClient()));
        const auto reply = world.get(target, headers);
        QCOMPARE(reply->status(), status);
        const qint64 opened = status == 303 ? 1 : 0;
        QCOMPARE(world.interactions.countPending(world.clock.now()), opened);
        QCOMPARE(reply->header("set-cookie").isEmpty(), opened == 0);
    }

    void lookingAheadOpensNoInteraction()
    {
        OAuthWorld world;
        http::HttpRequest request;
        request.method = "HEAD";
        request.path = "/authorize";
        request.query = OAuthWorld::form(world.authorizeParameters(world.registerClient()));
        QCOMPARE(world.send(request)->status(), 400);
        QCOMPARE(world.interactions.countPending(world.clock.now()), 0);
    }

    void metadataSeesItselfUnderEachName_data()
    {
        QTest::addColumn<QByteArray>("host");
        QTest::newRow("RFC 8414 §3.3 localhost") << QByteArray("localhost:8377");
        QTest::newRow("RFC 8414 §3.3 127.0.0.1") << QByteArray("127.0.0.1:8377");
        QTest::newRow("RFC 8414 §3.3 [::1]") << QByteArray("[::1]:8377");
    }
    void metadataSeesItselfUnderEachName()
    {
        QFETCH(QByteArray, host);
        OAuthWorld world;
        const auto server = world.get("/.well-known/oauth-authorization-server", {{"Host", host}});
        const QString origin = u"http://"_s + QString::fromLatin1(host);
        QCOMPARE(server->json()[u"issuer"_s].toString(), origin);
        QCOMPARE(server->json()[u"code_challenge_methods_supported"_s].toArray(),
                 QJsonArray{u"S256"_s});
        const auto resource =
            world.get("/.well-known/oauth-protected-resource/mcp", {{"Host", host}});
        QCOMPARE(resource->json()[u"resource"_s].toString(), origin + u"/mcp"_s);
        QCOMPARE(resource->json()[u"authorization_servers"_s].toArray().first().toString(), origin);
        QVERIFY(!resource->json()[u"scopes_supported"_s].toArray().contains(u"offline_access"_s));
    }

    void unknownWellKnownIsJson404()
    {
        OAuthWorld world;
        const auto reply = world.get("/.well-known/openid-configuration");
        QCOMPARE(reply->status(), 404);
        QVERIFY(reply->header("content-type").startsWith("application/json"));
    }
};

QTEST_GUILESS_MAIN(TestAuthorize)
#include "tst_authorize.moc"

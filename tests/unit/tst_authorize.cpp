// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/oauth_world.h"

using namespace gatehouse;
using namespace gatehouse::tests;

using Change = std::pair<QString, QString>;
using Headers = QList<std::pair<QByteArray, QByteArray>>;

namespace {

const auto kDocument = u"https://claude.ai/oauth/claude-code.json"_s;
const std::pair<QByteArray, QByteArray> kAsPage{"Sec-Fetch-Dest", "document"};

QByteArray pageTarget(const OAuthWorld &world, const ClientId &client = ClientId(kDocument))
{
    return "/authorize?" + OAuthWorld::form(world.authorizeParameters(client));
}

/// Those who ask about a document are answered from the event loop.
std::shared_ptr<RecordedReply> waitFor(const std::shared_ptr<RecordedReply> &reply)
{
    if (!QTest::qWaitFor([&] { return reply->response.has_value(); }))
        qFatal("no answer");
    return reply;
}

} // namespace

class TestAuthorize : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void opensAnInteraction()
    {
        OAuthWorld world;
        const auto reply = world.authorize(world.authorizeParameters(world.registerClient()));
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
        const auto local = [](const char *name, const QString &uri) {
            QTest::newRow(name) << u"redirect_uri"_s << uri;
        };
        local("RFC 9700 §2.1 redirect_uri with another query",
              u"http://localhost:1/callback?x=1"_s);
        local("RFC 9700 §2.1 redirect_uri in capitals", u"HTTP://LOCALHOST:51234/callback"_s);
        local("RFC 9700 §2.1 redirect_uri that means the same",
              u"http://localhost:51234/%63allback"_s);
        local("RFC 9700 §2.1 redirect_uri with dot segments",
              u"http://localhost:51234/x/../callback"_s);
        local("RFC 9700 §2.1 redirect_uri with a fragment", u"http://localhost:51234/callback#x"_s);
        local("RFC 9700 §2.1 redirect_uri with a user", u"http://a@localhost:51234/callback"_s);
        local("RFC 9700 §2.1 redirect_uri with a space", u"http://localhost:51234/callback "_s);
        local("RFC 9700 §2.1 redirect_uri with a line break",
              u"http://localhost:51234/callback\r\nX: y"_s);
        local("RFC 9700 §2.1 redirect_uri under another name",
              u"http://127.0.0.1:51234/callback"_s);
        QTest::newRow("script in redirect_uri")
            << u"redirect_uri"_s << u"javascript:alert(1)//http://localhost:51234/callback"_s;
    }
    void pageErrors()
    {
        QFETCH(QString, parameter);
        QFETCH(QString, value);
        OAuthWorld world;
        const auto parameters = world.authorizeParameters(world.registerClient());
        const auto reply = world.authorize(OAuthWorld::changed(parameters, parameter, value));
        QCOMPARE(reply->status(), 400);
        QVERIFY(reply->header("location").isEmpty());
        QVERIFY(reply->header("content-type").startsWith("text/html"));
        const auto policy = reply->header("content-security-policy");
        QVERIFY(policy.contains("frame-ancestors 'none'"));
        // RFC 9700 §4.2.4: nothing of other sites, and they do not learn where we were.
        QVERIFY(policy.startsWith("default-src 'none';") && !policy.contains("http"));
        QCOMPARE(reply->header("referrer-policy"), QByteArray("no-referrer"));
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
        QTest::newRow("RFC 7636 §4.2 challenge with padding")
            << u"code_challenge"_s << QString(43, u'x') + u'=' << u"invalid_request"_s;
        QTest::newRow("RFC 7636 §4.2 challenge in plain base64")
            << u"code_challenge"_s << QString(42, u'x') + u'/' << u"invalid_request"_s;
        QTest::newRow("RFC 7636 §4.3 a method that nobody knows")
            << u"code_challenge_method"_s << u"S512"_s << u"invalid_request"_s;
        QTest::newRow("RFC 7636 §4.3 names of methods have case")
            << u"code_challenge_method"_s << u"s256"_s << u"invalid_request"_s;
        QTest::newRow("OAuth 2.1 §1.9 values have case")
            << u"response_type"_s << u"Code"_s << u"unsupported_response_type"_s;
        QTest::newRow("OAuth 2.1 §1.4.1 scopes have case")
            << u"scope"_s << u"READ:todos"_s << u"invalid_scope"_s;
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
        QTest::newRow("OIDC Core §3.1.2.1 prompt of 501 characters")
            << u"prompt"_s << QString(501, u'x') << u"invalid_request"_s;
        QTest::newRow("OIDC Core §3.1.2.1 login_hint of 501 characters")
            << u"login_hint"_s << QString(501, u'x') << u"invalid_request"_s;
        QTest::newRow("RFC 8707 §2 resource with a fragment")
            << u"resource"_s << u"http://localhost:8377/mcp#x"_s << u"invalid_target"_s;
        QTest::newRow("RFC 8707 §2 resource that is not absolute")
            << u"resource"_s << u"/mcp"_s << u"invalid_target"_s;
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
        const auto reply = world.authorize(OAuthWorld::changed(parameters, parameter, value));
        QCOMPARE(reply->status(), 302);
        const auto location = reply->header("location");
        QVERIFY(location.startsWith(OAuthWorld::kRedirectUri));
        QCOMPARE(OAuthWorld::parameter(location, u"error"_s), error);
        QCOMPARE(OAuthWorld::parameter(location, u"state"_s), u"client state/+"_s);
        // RFC 9207 §2: also in errors.
        QCOMPARE(OAuthWorld::parameter(location, u"iss"_s), u"http://localhost:8377"_s);
        // A program that probes reads it here, and is sent nowhere.
        const auto probe = world.authorize(OAuthWorld::changed(parameters, parameter, value),
                                           {{"Accept", "application/json"}});
        QCOMPARE(probe->status(), 400);
        QVERIFY(probe->header("location").isEmpty());
        QCOMPARE(probe->json()[u"error"_s].toString(), error);
        QVERIFY(!probe->json()[u"error_description"_s].toString().isEmpty());
    }

    void everyClientNeedsAChallenge_data()
    {
        QTest::addColumn<QString>("method");
        QTest::newRow("OAuth 2.1 §7.5.1 public") << u"none"_s;
        QTest::newRow("MCP 2025-03-26 PKCE for all, client_secret_post") << u"client_secret_post"_s;
        QTest::newRow("MCP 2025-03-26 PKCE for all, client_secret_basic")
            << u"client_secret_basic"_s;
    }
    void everyClientNeedsAChallenge()
    {
        QFETCH(QString, method);
        OAuthWorld world;
        auto parameters = world.authorizeParameters(world.registerClient(method));
        QVERIFY(!world.authorize(parameters)->header("set-cookie").isEmpty());
        parameters.removeIf([](const auto &p) { return p.first.startsWith(u"code_challenge"_s); });
        const auto reply = world.authorize(parameters);
        QCOMPARE(OAuthWorld::parameter(reply->header("location"), u"error"_s),
                 u"invalid_request"_s);
    }

    void whatIsNotKnownIsIgnored()
    {
        // OAuth 2.1 §3.1; and a parameter without a value counts as left out.
        OAuthWorld world;
        const auto reply =
            world.get(pageTarget(world, world.registerClient())
                      + "&audience=x&claims=%7B%7D&prompt=&resource=&response_mode=&request=");
        QCOMPARE(reply->status(), 303);
        const auto interaction = *world.approvals.find(world.interactionOf(*reply));
        QVERIFY(interaction->prompt.isEmpty());
        QVERIFY(interaction->resource.isEmpty());
    }

    void withoutScopeTheDefault()
    {
        // RFC 6749 §3.3.
        OAuthWorld world;
        const auto id = world.openInteraction(world.registerClient(), {});
        QCOMPARE((*world.approvals.find(id))->scopes, world.scopes.defaults);
    }

    void severalResources_data()
    {
        QTest::addColumn<QByteArray>("resources");
        QTest::addColumn<QString>("error");
        QTest::newRow("RFC 8707 §2 more than one, all ours")
            << QByteArray("&resource=http://localhost:8377/mcp&resource=http://[::1]:8377/sse")
            << QString();
        QTest::newRow("RFC 8707 §2 one of them is another's")
            << QByteArray("&resource=http://localhost:8377/mcp&resource=https://api.example/")
            << u"invalid_target"_s;
    }
    void severalResources()
    {
        QFETCH(QByteArray, resources);
        QFETCH(QString, error);
        OAuthWorld world;
        const auto reply = world.get(pageTarget(world, world.registerClient()) + resources);
        QCOMPARE(reply->status(), error.isEmpty() ? 303 : 302);
        QCOMPARE(OAuthWorld::parameter(reply->header("location"), u"error"_s), error);
    }

    void redirectUriLeftOut_data()
    {
        QTest::addColumn<QStringList>("registered");
        QTest::addColumn<int>("status");
        const auto one = u"http://localhost/one"_s;
        QTest::newRow("OAuth 2.1 §2.3.2 there is one") << QStringList{one} << 303;
        QTest::newRow("OAuth 2.1 §2.3.2 there are two")
            << QStringList{one, u"http://localhost/two"_s} << 400;
    }
    void redirectUriLeftOut()
    {
        QFETCH(QStringList, registered);
        QFETCH(int, status);
        OAuthWorld world;
        auto parameters = world.authorizeParameters(world.registerClient(u"none"_s, registered));
        parameters.removeIf([](const auto &p) { return p.first == u"redirect_uri"_s; });
        const auto reply = world.authorize(parameters);
        QCOMPARE(reply->status(), status);
        if (status == 303) {
            const auto interaction = *world.approvals.find(world.interactionOf(*reply));
            QCOMPARE(interaction->redirectUri, registered.first());
        } else {
            QVERIFY(reply->header("location").isEmpty());
        }
    }

    void stateComesBack_data()
    {
        QTest::addColumn<QString>("state");
        QTest::addColumn<QString>("error");
        QTest::newRow("RFC 6749 §4.1.2 exactly as sent")
            << u"a b+c%2F&=#\"<\u00e9\u65e5"_s << QString();
        QTest::newRow("RFC 6749 §4.1.2 8192 characters") << QString(8192, u'x') << QString();
        QTest::newRow("RFC 6749 §4.1.2.1 too long, and back")
            << QString(8193, u'x') << u"invalid_request"_s;
        QTest::newRow("RFC 6749 §4.1.2 none was sent") << QString() << QString();
    }
    void stateComesBack()
    {
        QFETCH(QString, state);
        QFETCH(QString, error);
        OAuthWorld world;
        auto parameters = world.authorizeParameters(world.registerClient());
        parameters.last().second = state;
        const auto opened = world.authorize(parameters);
        auto location = opened->header("location");
        if (error.isEmpty()) {
            const auto id = world.interactionOf(*opened);
            (void)world.visit(id);
            QVERIFY(world.approvals.decide(id, {false}));
            location = world.visit(id, "/continue")->header("location");
        } else {
            QCOMPARE(OAuthWorld::parameter(location, u"error"_s), error);
        }
        QVERIFY(location.startsWith(OAuthWorld::kRedirectUri));
        QCOMPARE(OAuthWorld::parameter(location, u"state"_s), state);
        QCOMPARE(location.contains("state="), !state.isEmpty());
    }

    void answersKeepTheQuery_data()
    {
        QTest::addColumn<QString>("registered");
        QTest::addColumn<bool>("isAllowed");
        for (const bool isAllowed : {true, false}) {
            const auto *answer = isAllowed ? "code" : "error";
            QTest::addRow("OAuth 2.1 §2.3 plain, %s", answer)
                << u"http://localhost/cb"_s << isAllowed;
            QTest::addRow("OAuth 2.1 §2.3 with a query, %s", answer)
                << u"http://localhost/cb?a=b%20c&d"_s << isAllowed;
            QTest::addRow("OAuth 2.1 §2.3 an app link, %s", answer)
                << u"cursor://anysphere.cursor/cb?x=1"_s << isAllowed;
        }
    }
    /// And every parameter of the answer stands once (RFC 6749 §3.1), iss too (RFC 9207 §2).
    void answersKeepTheQuery()
    {
        QFETCH(QString, registered);
        QFETCH(bool, isAllowed);
        OAuthWorld world;
        const auto client = world.registerClient(u"none"_s, {registered});
        auto parameters = world.authorizeParameters(client);
        parameters[1].second = registered;
        const auto id = world.interactionOf(*world.authorize(parameters));
        (void)world.visit(id);
        QVERIFY(world.approvals.decide(id, {isAllowed}));
        auto done = world.visit(id, "/continue");
        if (isAllowed) {
            (void)world.get("/callback?code=x&state=" + id.value.toLatin1());
            done = world.visit(id, "/continue");
        }
        QCOMPARE(done->status(), 302);
        const auto location = done->header("location");
        const QByteArray separator = registered.contains(u'?') ? "&" : "?";
        QVERIFY2(location.startsWith(registered.toLatin1() + separator), location.constData());
        const auto own = location.mid(registered.size() + 1).split('&');
        QByteArrayList names;
        for (const auto &parameter : own)
            names.append(parameter.left(parameter.indexOf('=')));
        QCOMPARE(names,
                 isAllowed ? (QByteArrayList{"code", "state", "iss"})
                           : (QByteArrayList{"error", "error_description", "state", "iss"}));
        QCOMPARE(OAuthWorld::parameter(location, u"iss"_s), u"http://localhost:8377"_s);
    }

    void mistakesGoNowhereUntrusted_data()
    {
        QTest::addColumn<QString>("redirectUri");
        QTest::addColumn<bool>("isAllowedBefore");
        QTest::addColumn<bool>("isRedirected");
        const auto site = u"https://phishing.example/cb"_s;
        QTest::newRow("RFC 9700 §4.11.2 a website for the first time") << site << false << false;
        QTest::newRow("RFC 9700 §4.11.2 a website that was allowed") << site << true << true;
        QTest::newRow("RFC 9700 §4.11.2 an app link for the first time")
            << u"phishing://cb"_s << false << false;
        QTest::newRow("RFC 9700 §4.11.2 a program on this computer")
            << u"http://localhost/cb"_s << false << true;
    }
    /// A request that cannot succeed is no way from our address to a page of whoever made it.
    void mistakesGoNowhereUntrusted()
    {
        QFETCH(QString, redirectUri);
        QFETCH(bool, isAllowedBefore);
        QFETCH(bool, isRedirected);
        OAuthWorld world;
        const auto client = world.registerClient(u"none"_s, {redirectUri});
        if (isAllowedBefore)
            QVERIFY(world.clients.touch(client, world.clock.now()));
        auto good = world.authorizeParameters(client);
        good[1].second = redirectUri;
        const OAuthWorld::Form mistakes{{u"scope"_s, u"no:such"_s},
                                        {u"response_type"_s, u"token"_s},
                                        {u"code_challenge_method"_s, u"plain"_s},
                                        {u"state"_s, QString(9000, u'x')}};
        for (const auto &[name, value] : mistakes) {
            const auto reply = world.authorize(OAuthWorld::changed(good, name, value));
            QCOMPARE(reply->status(), isRedirected ? 302 : 400);
            QCOMPARE(reply->header("location").startsWith(redirectUri.toLatin1()), isRedirected);
            if (!isRedirected) {
                QVERIFY(reply->header("location").isEmpty());
                QVERIFY(reply->response->body.contains("you have never allowed this program"));
            }
        }
        QCOMPARE(world.authorize(good)->status(), 303);
    }

    void mistakesOfABlockedProgramGoNowhere()
    {
        OAuthWorld world;
        const auto client = world.registerClient();
        const auto id = world.openInteraction(client);
        (void)world.visit(id);
        approval::Decision block;
        block.block = true;
        QVERIFY(world.approvals.decide(id, block));
        const auto reply = world.authorize(world.authorizeParameters(client, u"no:such"_s));
        QCOMPARE(reply->status(), 403);
        QVERIFY(reply->header("location").isEmpty());
    }

    void signInHintsReachTheTenant()
    {
        // OpenID Connect Core §3.1.2.1.
        OAuthWorld world;
        auto parameters = world.authorizeParameters(world.registerClient());
        parameters += {{u"prompt"_s, u"login"_s},
                       {u"login_hint"_s, u"alice@example.com"_s},
                       {u"max_age"_s, u"60"_s}};
        const auto reply = world.authorize(parameters);
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

    void whoIsSignedInGoesToTheTenantForAFreshSignInOnly_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("value");
        QTest::addColumn<bool>("isAsked");
        QTest::newRow("OIDC Core §3.1.2.1 prompt=login") << u"prompt"_s << u"login"_s << true;
        QTest::newRow("OIDC Core §3.1.2.1 prompt=consent login")
            << u"prompt"_s << u"consent login"_s << true;
        QTest::newRow("OIDC Core §3.1.2.1 max_age") << u"max_age"_s << u"0"_s << true;
        // Gatehouse has just asked for these in its own window.
        QTest::newRow("OIDC Core §3.1.2.1 prompt=consent") << u"prompt"_s << u"consent"_s << false;
        QTest::newRow("OIDC Core §3.1.2.1 prompt=select_account")
            << u"prompt"_s << u"select_account"_s << false;
        QTest::newRow("OIDC Core §3.1.2.1 login_hint") << u"login_hint"_s << u"alice"_s << false;
    }
    void whoIsSignedInGoesToTheTenantForAFreshSignInOnly()
    {
        QFETCH(QString, name);
        QFETCH(QString, value);
        QFETCH(bool, isAsked);
        OAuthWorld world;
        world.accountTokens.signedIn = {u"alice"_s};
        auto parameters = world.authorizeParameters(world.registerClient());
        parameters.append({name, value});
        const auto id =
            world.interactionOf(*world.get("/authorize?" + OAuthWorld::form(parameters)));
        (void)world.visit(id);
        approval::Decision decision{true};
        decision.account = AccountId(u"alice"_s);
        QVERIFY(world.approvals.decide(id, decision));
        const auto location = world.visit(id, "/continue")->header("location");
        QCOMPARE(location.startsWith("https://tenant.example/"), isAsked);
        QCOMPARE(OAuthWorld::parameter(location, u"code"_s).isEmpty(), isAsked);
    }

    void repeatedParameterIsRefused()
    {
        // RFC 6749 §3.1.
        OAuthWorld world;
        const auto reply =
            world.get(pageTarget(world, world.registerClient()) + "&client_id=other");
        QCOMPARE(reply->status(), 400);
    }

    void probeWithJsonDisturbsNobody()
    {
        OAuthWorld world;
        const auto unknown =
            world.get("/authorize?client_id=gone", {{"Accept", "application/json"}});
        QCOMPARE(unknown->status(), 400);
        QCOMPARE(unknown->json()[u"error"_s].toString(), u"invalid_client"_s);

        const auto known = world.authorize(world.authorizeParameters(world.registerClient()),
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
        const auto target = pageTarget(world, world.registerClient());
        const auto reply = world.get(target, headers);
        QCOMPARE(reply->status(), status);
        const qint64 opened = status == 303 ? 1 : 0;
        QCOMPARE(world.interactions.count(world.clock.now()), opened);
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
        QCOMPARE(world.interactions.count(world.clock.now()), 0);
    }

    void documentClientWalksThrough()
    {
        // MCP 2025-11-25 "Client ID Metadata Documents Flow"; port as RFC 8252 §7.3.
        OAuthWorld world;
        world.documents.put(kDocument,
                            {{u"redirect_uris"_s, QJsonArray{u"http://localhost/callback"_s}}});
        const ClientId client(kDocument);
        const auto id = world.interactionOf(*waitFor(world.get(pageTarget(world), {kAsPage})));
        QCOMPARE((*world.approvals.find(id))->clientName, u"Claude Code"_s);

        const auto page = world.visit(id);
        QVERIFY(page->response->body.contains("Claude Code (not verified)"));
        QVERIFY(page->response->body.contains(
            "claude.ai (any program on this computer can use that description)"));

        const auto code = world.obtainCode(id);
        QVERIFY(!code.isEmpty());
        // From here on the stored record is enough.
        world.documents.documents.clear();
        const auto tokens = world.redeem(client, code)->json();
        QVERIFY(world.accepts(tokens[u"access_token"_s].toString()));
        QCOMPARE(world.refresh(client, tokens[u"refresh_token"_s].toString())->status(), 200);
        QCOMPARE(world.documents.fetched.size(), 1);
    }

    void documentChangesNothingThatIsDecided()
    {
        // CIMD draft §6.3.
        OAuthWorld world;
        world.documents.put(kDocument);
        const auto id = world.interactionOf(*waitFor(world.get(pageTarget(world), {kAsPage})));
        world.documents.put(kDocument,
                            {{u"client_name"_s, u"Other"_s},
                             {u"redirect_uris"_s, QJsonArray{u"https://evil.example/"_s}}});
        QCOMPARE(waitFor(world.get(pageTarget(world), {kAsPage}))->status(), 400);
        QCOMPARE((*world.approvals.find(id))->clientName, u"Claude Code"_s);
        const auto code = world.obtainCode(id);
        QCOMPARE(world.redeem(ClientId(kDocument), code)->status(), 200);
    }

    void documentClientErrors_data()
    {
        QTest::addColumn<QString>("id");
        QTest::addColumn<int>("status");
        QTest::addColumn<QString>("error");
        QTest::addColumn<QByteArray>("sentence");
        QTest::newRow("CIMD draft §3 http")
            << u"http://claude.ai/client"_s << 400 << u"invalid_client"_s
            << QByteArray("does not begin with https://");
        QTest::newRow("CIMD draft §3 user name")
            << u"https://claude.ai@evil.example/x"_s << 400 << u"invalid_client"_s
            << QByteArray("carries a user name");
        QTest::newRow("CIMD draft §4.3 cannot be read")
            << u"https://gone.example/client"_s << 503 << u"temporarily_unavailable"_s
            << QByteArray("could not be read");
        QTest::newRow("CIMD draft §4.1 another client's document")
            << u"https://evil.example/client"_s << 400 << u"invalid_client"_s
            << QByteArray("client_id is not its own address");
        QTest::newRow("MCP 2025-11-25 redirect URI that the document does not name")
            << u"https://other.example/client"_s << 400 << u"invalid_request"_s
            << QByteArray("did not register");
    }
    void documentClientErrors()
    {
        QFETCH(QString, id);
        QFETCH(int, status);
        QFETCH(QString, error);
        QFETCH(QByteArray, sentence);
        OAuthWorld world;
        world.documents.put(u"https://evil.example/client"_s, {{u"client_id"_s, kDocument}});
        world.documents.put(u"https://other.example/client"_s,
                            {{u"redirect_uris"_s, QJsonArray{u"https://other.example/cb"_s}}});
        const auto page = waitFor(world.get(pageTarget(world, ClientId(id)), {kAsPage}));
        QCOMPARE(page->status(), status);
        QVERIFY(page->header("location").isEmpty());
        QVERIFY2(page->response->body.contains(sentence), page->response->body.constData());
        QCOMPARE(page->header("retry-after").toInt() > 0, status == 503);
        const auto probe =
            waitFor(world.get(pageTarget(world, ClientId(id)), {{"Accept", "application/json"}}));
        QCOMPARE(probe->status(), status);
        QCOMPARE(probe->json()[u"error"_s].toString(), error);
        QCOMPARE(probe->header("retry-after").toInt() > 0, status == 503);
        QCOMPARE(world.interactions.count(world.clock.now()), 0);
    }

    void whoseRequestsMayReadTheWeb_data()
    {
        QTest::addColumn<Headers>("headers");
        QTest::addColumn<int>("status");
        const std::pair<QByteArray, QByteArray> json{"Accept", "application/json"};
        QTest::newRow("a person's own navigation")
            << Headers{kAsPage, {"Sec-Fetch-Site", "none"}} << 303;
        QTest::newRow("a website sends its visitor here")
            << Headers{kAsPage, {"Sec-Fetch-Site", "cross-site"}} << 303;
        QTest::newRow("a program's preflight") << Headers{json} << 200;
        QTest::newRow("a preflight from our own page")
            << Headers{json, {"Sec-Fetch-Dest", "empty"}, {"Sec-Fetch-Site", "same-origin"}} << 200;
        QTest::newRow("a preflight from a listed page")
            << Headers{json,
                       {"Sec-Fetch-Dest", "empty"},
                       {"Sec-Fetch-Site", "same-site"},
                       {"Origin", "http://localhost:8377"}}
            << 200;
        QTest::newRow("a script of another site, without CORS")
            << Headers{json, {"Sec-Fetch-Dest", "empty"}, {"Sec-Fetch-Site", "cross-site"}} << 400;
        QTest::newRow("a script of another port, without CORS")
            << Headers{json, {"Sec-Fetch-Dest", "empty"}, {"Sec-Fetch-Site", "same-site"}} << 400;
        QTest::newRow("a script of another site, with CORS")
            << Headers{json, {"Origin", "https://evil.example"}} << 403;
        QTest::newRow("an image") << Headers{{"Sec-Fetch-Dest", "image"}} << 400;
        QTest::newRow("a frame") << Headers{{"Sec-Fetch-Dest", "iframe"}} << 400;
        QTest::newRow("a page fetched ahead of time")
            << Headers{kAsPage, {"Sec-Purpose", "prefetch;prerender"}} << 400;
    }
    void whoseRequestsMayReadTheWeb()
    {
        QFETCH(Headers, headers);
        QFETCH(int, status);
        OAuthWorld world;
        world.documents.put(kDocument);
        const auto reply = waitFor(world.get(pageTarget(world), headers));
        QCOMPARE(reply->status(), status);
        QCOMPARE(world.documents.fetched.size(), status < 400 ? 1 : 0);
    }

    void whoHasLeftGetsNoInteraction()
    {
        OAuthWorld world;
        world.documents.put(kDocument);
        world.documents.isHeld = true;
        const auto reply = world.get(pageTarget(world), {kAsPage});
        reply->leave();
        world.documents.release();
        QTRY_VERIFY(reply->response);
        QCOMPARE(world.interactions.count(world.clock.now()), 0);
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
        // CIMD draft §5.
        QCOMPARE(server->json()[u"client_id_metadata_document_supported"_s].toBool(), true);
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

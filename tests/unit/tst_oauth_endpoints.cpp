// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/oauth_world.h"

#include <QSet>

#include <algorithm>

using namespace gatehouse;
using namespace gatehouse::tests;

using Headers = QList<std::pair<QByteArray, QByteArray>>;

namespace {

const QByteArray kForm = "application/x-www-form-urlencoded";
const QByteArray kForeign = "https://evil.example";
const QByteArrayList kForPages{"/.well-known/oauth-authorization-server",
                               "/.well-known/oauth-protected-resource",
                               "/.well-known/oauth-protected-resource/mcp",
                               "/.well-known/oauth-protected-resource/sse",
                               "/register",
                               "/token",
                               "/revoke"};

std::shared_ptr<RecordedReply> ask(OAuthWorld &world, const QByteArray &method,
                                   const QByteArray &path, const Headers &headers = {},
                                   const QByteArray &body = {})
{
    http::HttpRequest request;
    request.method = method;
    request.path = path;
    request.body = body;
    for (const auto &[name, value] : headers)
        request.headers.append(name, value);
    return world.send(std::move(request));
}

QByteArray jsonOf(const QJsonObject &object)
{
    return QJsonDocument(object).toJson(QJsonDocument::Compact);
}

QByteArray basic(const QByteArray &credentials)
{
    return "Basic " + credentials.toBase64();
}

} // namespace

/// What holds at every endpoint of the authorization server, whoever answers there.
class TestOAuthEndpoints : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void methods_data()
    {
        QTest::addColumn<QByteArray>("path");
        QTest::addColumn<QByteArray>("allowed");
        const QByteArray get = "GET,HEAD,OPTIONS";
        for (const auto &path : kForPages) {
            if (path.startsWith("/.well-known"))
                QTest::addRow("RFC 8414 §3.1, RFC 9728 §3.1 %s", path.constData()) << path << get;
        }
        QTest::newRow("OAuth 2.1 §3.1 /authorize") << QByteArray("/authorize") << get;
        for (const auto *row :
             {"OAuth 2.1 §3.2 /token", "RFC 7591 §3.1 /register", "RFC 7009 §2.1 /revoke"}) {
            const QByteArray name(row);
            QTest::newRow(row) << name.mid(name.lastIndexOf(' ') + 1) << QByteArray("POST,OPTIONS");
        }
    }
    void methods()
    {
        QFETCH(QByteArray, path);
        QFETCH(QByteArray, allowed);
        OAuthWorld world;
        const auto inWords = QByteArray(allowed).replace(",", ", ");
        for (const auto *method : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
            const auto reply = ask(world, method, path);
            if (allowed.split(',').contains(method)) {
                QVERIFY2(reply->status() != 405 && reply->status() != 404, method);
            } else {
                QCOMPARE(reply->status(), 405);
                QCOMPARE(reply->header("allow"), inWords);
            }
        }
        // RFC 9110 §9.3.2: as GET. The gateway leaves the body out.
        if (allowed.contains("GET"))
            QCOMPARE(ask(world, "HEAD", path)->status(), ask(world, "GET", path)->status());
        const auto options = ask(world, "OPTIONS", path);
        QCOMPARE(options->status(), 204);
        QCOMPARE(options->header("allow"), inWords);
    }

    void pagesMayRead_data()
    {
        QTest::addColumn<QByteArray>("path");
        for (const auto &path : kForPages)
            QTest::addRow("OAuth 2.1 §3.2 CORS %s", path.constData()) << path;
    }
    void pagesMayRead()
    {
        QFETCH(QByteArray, path);
        OAuthWorld world;
        const bool isGet = path.startsWith("/.well-known");
        const auto reply = ask(world, isGet ? "GET" : "POST", path, {{"Origin", kForeign}});
        QCOMPARE(reply->status() < 300, isGet);
        QCOMPARE(reply->header("access-control-allow-origin"), QByteArray("*"));
        QVERIFY(reply->header("access-control-allow-credentials").isEmpty());
        for (const auto *exposed : {"WWW-Authenticate", "Retry-After"})
            QVERIFY(reply->header("access-control-expose-headers").contains(exposed));

        const auto preflight =
            ask(world, "OPTIONS", path,
                {{"Origin", kForeign},
                 {"Access-Control-Request-Method", isGet ? "GET" : "POST"},
                 {"Access-Control-Request-Headers", "content-type, mcp-protocol-version"}});
        QCOMPARE(preflight->status(), 204);
        QVERIFY(preflight->header("access-control-allow-methods").contains(isGet ? "GET" : "POST"));
        QVERIFY(preflight->header("access-control-allow-headers").contains("MCP-Protocol-Version"));
    }

    void pagesMayReadThatTheyMustWait()
    {
        OAuthWorld world;
        const auto tryToRegister = [&] {
            return ask(world, "POST", "/register",
                       {{"Origin", kForeign}, {"Content-Type", "application/json"}}, "{}");
        };
        while (tryToRegister()->status() != 429) { }
        const auto reply = tryToRegister();
        QVERIFY(reply->header("retry-after").toInt() > 0);
        QVERIFY(reply->header("access-control-expose-headers").contains("Retry-After"));
        QCOMPARE(reply->header("access-control-allow-origin"), QByteArray("*"));
    }

    void noPageReadsTheAuthorizationEndpoint_data()
    {
        QTest::addColumn<QByteArray>("step"); ///< empty: /authorize itself
        QTest::addColumn<QByteArray>("origin");
        const QByteArray listed(OAuthWorld::kListedOrigin);
        QTest::newRow("RFC 9700 §2.6 /authorize, a foreign page") << QByteArray() << kForeign;
        QTest::newRow("RFC 9700 §2.6 /authorize, a listed page") << QByteArray() << listed;
        QTest::newRow("RFC 9700 §2.6 its page") << QByteArray("page") << listed;
        QTest::newRow("RFC 9700 §2.6 its end") << QByteArray("/continue") << listed;
        QTest::newRow("RFC 9700 §2.6 its state") << QByteArray("/status") << listed;
    }
    void noPageReadsTheAuthorizationEndpoint()
    {
        QFETCH(QByteArray, step);
        QFETCH(QByteArray, origin);
        OAuthWorld world;
        const auto query = OAuthWorld::form(world.authorizeParameters(world.registerClient()));
        QByteArray path = "/authorize";
        if (!step.isEmpty()) {
            const auto id = world.interactionOf(*world.get("/authorize?" + query));
            path = "/interaction/" + id.value.toLatin1() + (step == "page" ? QByteArray() : step);
        }
        const auto reply =
            world.get(path + '?' + query, {{"Origin", origin}, {"Accept", "application/json"}});
        QCOMPARE(reply->status(), 403);
        const auto preflight = ask(world, "OPTIONS", path,
                                   {{"Origin", origin}, {"Access-Control-Request-Method", "GET"}});
        const auto own = world.get(path + '?' + query,
                                   {{"Origin", "http://localhost:8377"},
                                    {"Cookie", world.cookie},
                                    {"Accept", "application/json"}});
        QVERIFY(own->status() < 400);
        for (const auto &answer : {reply, preflight, own}) {
            QVERIFY(answer->header("access-control-allow-origin").isEmpty());
            QVERIFY(answer->header("access-control-allow-methods").isEmpty());
        }
    }

    void nothingIsCached()
    {
        // RFC 6749 §5.1, OAuth 2.1 §3.2.3, RFC 7591 §3.2.1: whatever the answer is.
        OAuthWorld world;
        QList<std::pair<QByteArray, std::shared_ptr<RecordedReply>>> answers;
        const auto client = world.registerClient();
        const auto query = OAuthWorld::form(world.authorizeParameters(client));
        for (const auto *method : {"GET", "POST", "OPTIONS"}) {
            for (const auto &path : kForPages)
                answers.emplaceBack(QByteArray(method) + ' ' + path, ask(world, method, path));
        }
        answers.emplaceBack("unknown", world.get("/.well-known/openid-configuration"));
        answers.emplaceBack("authorize: unknown client", world.get("/authorize?client_id=x"));
        answers.emplaceBack("authorize: JSON",
                            world.get("/authorize?client_id=x", {{"Accept", "application/json"}}));
        answers.emplaceBack("authorize: error", world.get("/authorize?" + query + "&max_age=soon"));
        answers.emplaceBack("authorize: not a navigation",
                            world.get("/authorize?" + query, {{"Sec-Fetch-Dest", "image"}}));
        const auto opened = world.get("/authorize?" + query);
        answers.emplaceBack("authorize", opened);
        const auto id = world.interactionOf(*opened);
        answers.emplaceBack("interaction without cookie",
                            world.get("/interaction/" + id.value.toLatin1()));
        answers.emplaceBack("interaction", world.visit(id));
        answers.emplaceBack("interaction too early", world.visit(id, "/continue"));
        QVERIFY(world.approvals.decide(id, {true}));
        answers.emplaceBack("to the tenant", world.visit(id, "/continue"));
        answers.emplaceBack("callback", world.get("/callback?code=x&state=" + id.value.toLatin1()));
        answers.emplaceBack("forged callback", world.get("/callback?code=x&state=guess"));
        const auto done = world.visit(id, "/continue");
        answers.emplaceBack("to the client", done);
        answers.emplaceBack("finished", world.visit(id, "/continue"));
        const auto code = OAuthWorld::parameter(done->header("location"), u"code"_s);
        answers.emplaceBack("token: unknown client", world.redeem(ClientId(u"x"_s), code));
        answers.emplaceBack("token: unknown code", world.redeem(client, u"guess"_s));
        const auto tokens = world.redeem(client, code);
        QCOMPARE(tokens->status(), 200);
        answers.emplaceBack("token", tokens);
        answers.emplaceBack("revoke",
                            world.post("/revoke",
                                       OAuthWorld::form({{u"client_id"_s, client.value},
                                                         {u"token"_s, u"guess"_s}})));
        answers.emplaceBack(
            "register",
            world.post("/register",
                       jsonOf({{u"redirect_uris"_s, QJsonArray{u"https://a.example/"_s}}}),
                       "application/json"));
        for (const auto &[name, answer] : std::as_const(answers)) {
            QVERIFY2(answer->status() > 0, name.constData());
            QVERIFY2(answer->header("cache-control") == "no-store", name.constData());
        }
        QCOMPARE(tokens->header("pragma"), QByteArray("no-cache"));
    }

    void formMediaType_data()
    {
        QTest::addColumn<QByteArray>("type");
        QTest::addColumn<bool>("isForm");
        const auto row = [](const char *name, const QByteArray &type, bool isForm = false) {
            QTest::newRow(name) << type << isForm;
        };
        row("RFC 6749 Appendix B form", kForm, true);
        row("RFC 9110 §8.3.1 no case", "Application/X-WWW-Form-URLEncoded", true);
        row("RFC 9110 §8.3.1 a parameter", kForm + "; charset=utf-8", true);
        row("none", {});
        row("JSON", "application/json");
        row("text", "text/plain");
        row("multipart", "multipart/form-data; boundary=x");
        row("a longer name", kForm + "x");
        row("a name before it", "x-" + kForm);
        row("two types", kForm + ", text/plain");
        row("only as a parameter", "text/plain; x=" + kForm);
    }
    void formMediaType()
    {
        QFETCH(QByteArray, type);
        QFETCH(bool, isForm);
        OAuthWorld world;
        const auto client = world.registerClient();
        for (const auto *path : {"/token", "/revoke"}) {
            const auto reply = world.post(path,
                                          OAuthWorld::form({{u"client_id"_s, client.value},
                                                            {u"grant_type"_s, u"refresh_token"_s},
                                                            {u"refresh_token"_s, u"guess"_s},
                                                            {u"token"_s, u"guess"_s}}),
                                          type);
            const auto error = reply->json()[u"error"_s].toString();
            if (isForm)
                QVERIFY(error != u"invalid_request"_s);
            else
                QCOMPARE(error, u"invalid_request"_s);
        }
    }

    void parametersThatStandTwice_data()
    {
        QTest::addColumn<QByteArray>("path");
        QTest::addColumn<QByteArray>("name");
        for (const auto *name : {"grant_type", "client_id", "client_secret", "code", "redirect_uri",
                                 "code_verifier", "refresh_token", "scope"}) {
            QTest::addRow("OAuth 2.1 §3.2 /token %s", name)
                << QByteArray("/token") << QByteArray(name);
        }
        for (const auto *name : {"client_id", "client_secret", "token", "token_type_hint"}) {
            QTest::addRow("RFC 6749 §3.2 /revoke %s", name)
                << QByteArray("/revoke") << QByteArray(name);
        }
    }
    void parametersThatStandTwice()
    {
        QFETCH(QByteArray, path);
        QFETCH(QByteArray, name);
        OAuthWorld world;
        const auto reply = world.post(path, name + "=a&x=1&" + name + "=a");
        QCOMPARE(reply->status(), 400);
        QCOMPARE(reply->json()[u"error"_s].toString(), u"invalid_request"_s);
    }

    void theAddressCarriesNoCredentials()
    {
        // OAuth 2.1 §2.4.1: only in the body.
        OAuthWorld world;
        const auto client = world.registerClient(u"client_secret_post"_s);
        const auto code = world.obtainCode(client);
        QList<std::pair<QString, QString>> rest{
            {u"grant_type"_s, u"authorization_code"_s},
            {u"code"_s, code},
            {u"code_verifier"_s, QString::fromLatin1(world.verifier)}};
        const QList<std::pair<QString, QString>> credentials{
            {u"client_id"_s, client.value}, {u"client_secret"_s, world.clientSecret}};
        http::HttpRequest request;
        request.method = "POST";
        request.path = "/token";
        request.headers.append("Content-Type", kForm);
        request.query = OAuthWorld::form(credentials);
        request.body = OAuthWorld::form(rest);
        QCOMPARE(world.send(request)->json()[u"error"_s].toString(), u"invalid_client"_s);
        request.query = OAuthWorld::form(rest);
        request.body = OAuthWorld::form(credentials);
        QCOMPARE(world.send(request)->json()[u"error"_s].toString(), u"invalid_request"_s);
        request.query.clear();
        request.body = OAuthWorld::form(rest + credentials);
        QCOMPARE(world.send(request)->status(), 200);
    }

    void basicCredentials_data()
    {
        QTest::addColumn<QByteArray>("authorization"); ///< ID and SECRET stand for the client's
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QString>("error"); ///< invalid_grant: the client is authenticated
        const auto client = u"invalid_client"_s;
        const auto known = u"invalid_grant"_s;
        const auto row = [](const char *name, const QByteArray &authorization, const QString &error,
                            const QByteArray &body = {}) {
            QTest::newRow(name) << authorization << body << error;
        };
        row("RFC 7617 §2 well-formed", "Basic ID:SECRET", known);
        row("RFC 9110 §11.1 scheme in capitals", "BASIC ID:SECRET", known);
        row("RFC 6749 §2.3.1 encoded as a form", "Basic %ID:%SECRET", known);
        row("RFC 6749 §2.3.1 the same client_id in the body", "Basic ID:SECRET", known,
            "&client_id=ID");
        row("RFC 6749 §2.3.1 another client_id in the body", "Basic ID:SECRET",
            u"invalid_request"_s, "&client_id=other");
        row("RFC 6749 §2.3 two ways at once", "Basic ID:SECRET", u"invalid_request"_s,
            "&client_secret=SECRET");
        row("RFC 7617 §2 no colon", "Basic ID", client);
        row("RFC 7617 §2 no client", "Basic :SECRET", client);
        row("RFC 7617 §2 no secret", "Basic ID:", client);
        row("RFC 7617 §2 something after the secret", "Basic ID:SECRET:", client);
        row("RFC 6749 §2.3.1 another secret", "Basic ID:wrong", client);
        row("RFC 6749 §2.3.1 another client", "Basic other:SECRET", client);
        row("RFC 7617 §2 empty", "Basic ", client);
        row("RFC 4648 §3.3 no base64", "Basic !!!!", client);
        row("RFC 4648 §3.3 something after base64", "Basic ID:SECRET *", client);
        row("another scheme", "Bearer ID:SECRET", client, "&client_id=ID");
    }
    void basicCredentials()
    {
        QFETCH(QByteArray, authorization);
        QFETCH(QByteArray, body);
        QFETCH(QString, error);
        OAuthWorld world;
        const auto id = world.registerClient(u"client_secret_basic"_s).value.toLatin1();
        const auto secret = world.clientSecret.toLatin1();
        const auto encoded = [](const QByteArray &text) { // every byte, which is allowed
            QByteArray all;
            for (const char c : text)
                all += '%' + QByteArray(1, c).toHex();
            return all;
        };
        auto parts = authorization.split(' ');
        if (parts.value(1).contains('I') || parts.value(1).contains(':')) {
            parts[1] = parts[1]
                           .replace("%ID", encoded(id))
                           .replace("%SECRET", encoded(secret))
                           .replace("ID", id)
                           .replace("SECRET", secret)
                           .toBase64();
        }
        body.replace("ID", id).replace("SECRET", secret);
        const auto reply = world.post("/token", "grant_type=authorization_code&code=guess" + body,
                                      kForm, {{"Authorization", parts.join(' ')}});
        QCOMPARE(reply->json()[u"error"_s].toString(), error);
        if (error == u"invalid_client"_s) {
            QCOMPARE(reply->status(), 401);
            QVERIFY(reply->header("www-authenticate").startsWith("Basic "));
        } else {
            QCOMPARE(reply->status(), 400);
        }
    }

    void revocationAuthenticatesTheClient_data()
    {
        QTest::addColumn<QByteArray>("authorization");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<int>("status");
        QTest::newRow("RFC 7009 §2.1 authenticated")
            << QByteArray("ID:SECRET") << QByteArray() << 200;
        QTest::newRow("RFC 7009 §2.1 wrong secret")
            << QByteArray("ID:wrong") << QByteArray() << 401;
        QTest::newRow("RFC 7009 §2.1 by its ID alone")
            << QByteArray() << QByteArray("&client_id=ID") << 401;
        QTest::newRow("RFC 7009 §2.1 nobody") << QByteArray() << QByteArray() << 401;
    }
    void revocationAuthenticatesTheClient()
    {
        QFETCH(QByteArray, authorization);
        QFETCH(QByteArray, body);
        QFETCH(int, status);
        OAuthWorld world;
        const auto client = world.registerClient(u"client_secret_basic"_s);
        const auto id = client.value.toLatin1();
        const auto secret = world.clientSecret.toLatin1();
        const auto code = world.obtainCode(client);
        const auto tokens =
            world
                .post("/token",
                      OAuthWorld::form({{u"grant_type"_s, u"authorization_code"_s},
                                        {u"code"_s, code},
                                        {u"code_verifier"_s, QString::fromLatin1(world.verifier)}}),
                      kForm, {{"Authorization", basic(id + ':' + secret)}})
                ->json();
        const auto access = tokens[u"access_token"_s].toString();
        QVERIFY(world.accepts(access));
        Headers headers;
        if (!authorization.isEmpty()) {
            headers.append({"Authorization",
                            basic(authorization.replace("ID", id).replace("SECRET", secret))});
        }
        const auto reply = world.post(
            "/revoke", "token=" + access.toLatin1() + body.replace("ID", id), kForm, headers);
        QCOMPARE(reply->status(), status);
        QCOMPARE(world.accepts(access), status != 200);
        if (status == 401)
            QCOMPARE(reply->json()[u"error"_s].toString(), u"invalid_client"_s);
    }

    void revocationNeedsAToken()
    {
        // RFC 7009 §2.1.
        OAuthWorld world;
        const auto client = world.registerClient().value.toLatin1();
        for (const auto *token : {"", "&token=", "&token_type_hint=access_token"}) {
            const auto reply = world.post("/revoke", "client_id=" + client + token);
            QCOMPARE(reply->status(), 400);
            QCOMPARE(reply->json()[u"error"_s].toString(), u"invalid_request"_s);
        }
    }

    void metadata()
    {
        // RFC 8414 §2, §3.2, and what MCP asks for beyond.
        OAuthWorld world;
        const auto reply = world.get("/.well-known/oauth-authorization-server");
        QCOMPARE(reply->status(), 200);
        QCOMPARE(reply->header("content-type"), QByteArray("application/json"));
        const auto server = reply->json().object();
        const QString origin = u"http://localhost:8377"_s;
        QCOMPARE(server[u"issuer"_s].toString(), origin);
        const QHash<QString, QString> endpoints{{u"authorization_endpoint"_s, u"/authorize"_s},
                                                {u"token_endpoint"_s, u"/token"_s},
                                                {u"registration_endpoint"_s, u"/register"_s},
                                                {u"revocation_endpoint"_s, u"/revoke"_s}};
        for (auto it = endpoints.begin(); it != endpoints.end(); ++it)
            QCOMPARE(server[it.key()].toString(), origin + it.value());
        const QHash<QString, QStringList> lists{
            {u"response_types_supported"_s, {u"code"_s}},
            {u"response_modes_supported"_s, {u"query"_s}},
            {u"grant_types_supported"_s, {u"authorization_code"_s, u"refresh_token"_s}},
            {u"code_challenge_methods_supported"_s, {u"S256"_s}},
            {u"scopes_supported"_s, world.scopes.defaults}};
        for (auto it = lists.begin(); it != lists.end(); ++it)
            QCOMPARE(server[it.key()].toArray(), QJsonArray::fromStringList(it.value()));
        const QJsonArray authMethods{u"none"_s, u"client_secret_post"_s, u"client_secret_basic"_s};
        QCOMPARE(server[u"token_endpoint_auth_methods_supported"_s].toArray(), authMethods);
        QCOMPARE(server[u"revocation_endpoint_auth_methods_supported"_s].toArray(), authMethods);
        QCOMPARE(server[u"authorization_response_iss_parameter_supported"_s], QJsonValue(true));
        QCOMPARE(server[u"client_id_metadata_document_supported"_s], QJsonValue(true));
    }

    void resourceMetadata_data()
    {
        QTest::addColumn<QByteArray>("path");
        QTest::newRow("RFC 9728 §3.1 the origin") << QByteArray();
        QTest::newRow("RFC 9728 §3.1 /mcp") << QByteArray("/mcp");
        QTest::newRow("RFC 9728 §3.1 /sse") << QByteArray("/sse");
    }
    void resourceMetadata()
    {
        QFETCH(QByteArray, path);
        OAuthWorld world;
        const auto reply = world.get("/.well-known/oauth-protected-resource" + path);
        QCOMPARE(reply->status(), 200);
        QCOMPARE(reply->header("content-type"), QByteArray("application/json"));
        const auto resource = reply->json().object();
        // RFC 9728 §3.3: as the client asked for it.
        QCOMPARE(resource[u"resource"_s].toString(),
                 u"http://localhost:8377"_s + QString::fromLatin1(path));
        QCOMPARE(resource[u"authorization_servers"_s].toArray(),
                 QJsonArray{u"http://localhost:8377"_s});
        QCOMPARE(resource[u"bearer_methods_supported"_s].toArray(), QJsonArray{u"header"_s});
        QCOMPARE(resource[u"scopes_supported"_s].toArray(),
                 QJsonArray::fromStringList(world.scopes.defaults));
    }

    void emptyListsAreLeftOut_data()
    {
        QTest::addColumn<QByteArray>("path");
        QTest::newRow("RFC 8414 §3.2") << QByteArray("/.well-known/oauth-authorization-server");
        QTest::newRow("RFC 9728 §3.2") << QByteArray("/.well-known/oauth-protected-resource/mcp");
    }
    void emptyListsAreLeftOut()
    {
        QFETCH(QByteArray, path);
        OAuthWorld world;
        world.scopes.defaults.clear();
        const auto document = world.get(path)->json().object();
        QVERIFY(!document.isEmpty());
        for (const auto &value : document)
            QVERIFY(!value.isArray() || !value.toArray().isEmpty());
    }

    void errorTexts_data()
    {
        QTest::addColumn<QByteArray>("path");
        QTest::addColumn<QByteArray>("body");
        const QByteArray json = "/register";
        QTest::newRow("RFC 6749 §5.2 a name that stands twice")
            << QByteArray("/token") << QByteArray("%22%C3%BC=1&%22%C3%BC=2");
        QTest::newRow("RFC 6749 §5.2 grant type")
            << QByteArray("/token") << QByteArray("client_id=CLIENT&grant_type=%22%0A%C3%BC");
        QTest::newRow("RFC 6749 §5.2 resource")
            << QByteArray("/token") << QByteArray("client_id=CLIENT&resource=%22%0A%C3%BC");
        QTest::newRow("RFC 7591 §3.2.2 scheme of a redirect URI")
            << json << jsonOf({{u"redirect_uris"_s, QJsonArray{u"javascript:x"_s}}});
        QTest::newRow("RFC 7591 §3.2.2 redirect URI")
            << json << jsonOf({{u"redirect_uris"_s, QJsonArray{u"\"\n\u00fc"_s}}});
        const std::pair<QString, QJsonValue> uris{u"redirect_uris"_s,
                                                  QJsonArray{u"https://a.example/"_s}};
        QTest::newRow("RFC 7591 §3.2.2 value of the wrong type")
            << json << jsonOf({uris, {u"client_name"_s, QJsonObject{{u"\u00fc"_s, 1}}}});
        QTest::newRow("RFC 7591 §3.2.2 authentication method")
            << json << jsonOf({uris, {u"token_endpoint_auth_method"_s, u"\"\u00fc"_s}});
    }
    /// Visible ASCII without quotes and backslashes, whatever was sent.
    void errorTexts()
    {
        QFETCH(QByteArray, path);
        QFETCH(QByteArray, body);
        OAuthWorld world;
        body.replace("CLIENT", world.registerClient().value.toLatin1());
        const auto reply = world.post(path, body, path == "/register" ? "application/json" : kForm);
        QCOMPARE(reply->status(), 400);
        QCOMPARE(reply->header("content-type"), QByteArray("application/json"));
        for (const auto *name : {"error", "error_description"}) {
            const auto text = reply->json()[QLatin1String(name)].toString();
            QVERIFY(!text.isEmpty());
            QVERIFY2(std::all_of(text.begin(), text.end(),
                                 [](QChar c) {
                                     return c.unicode() >= 0x20 && c.unicode() < 0x7f && c != u'"'
                                         && c != u'\\';
                                 }),
                     qPrintable(text));
        }
    }

    void valuesCannotBeGuessed()
    {
        // OAuth 2.1 §7.7: 256 bits each, and no two alike.
        OAuthWorld world;
        QSet<QString> seen;
        for (int i = 0; i < 20; ++i) {
            const auto client = world.registerClient();
            const auto code = world.obtainCode(client);
            const auto tokens = world.redeem(client, code)->json();
            for (const auto &value : {code, tokens[u"access_token"_s].toString(),
                                      tokens[u"refresh_token"_s].toString()}) {
                QCOMPARE(value.size(), 43); // 32 bytes in base64url
                QVERIFY(!seen.contains(value));
                seen.insert(value);
            }
            (void)world.registerClient(u"client_secret_post"_s);
            QCOMPARE(world.clientSecret.size(), 43);
            QVERIFY(!seen.contains(world.clientSecret));
            seen.insert(world.clientSecret);
            world.clock.advance(1min);
        }
    }
};

QTEST_GUILESS_MAIN(TestOAuthEndpoints)
#include "tst_oauth_endpoints.moc"

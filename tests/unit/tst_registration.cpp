// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/oauth_world.h"

using namespace gatehouse;
using namespace gatehouse::tests;

/// JSON written with single quotes.
static QByteArray json(QByteArray text)
{
    return text.replace('\'', '"');
}

/// Clients called "filler 1" and so on, each registered a millisecond after the one before.
static void addClients(OAuthWorld &world, int count, std::optional<Instant> lastUsedAt = {})
{
    store::Client client;
    client.authMethod = u"none"_s;
    client.lastUsedAt = lastUsedAt;
    auto transaction = store::Transaction::begin(*world.database);
    for (int i = 1; i <= count; ++i) {
        client.id = ClientId(u"filler %1"_s.arg(i));
        client.createdAt = world.clock.now() + std::chrono::milliseconds(i);
        if (!world.clients.insert(client))
            qFatal("no client");
    }
    if (!transaction->commit())
        qFatal("no clients");
}

class TestRegistration : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void registersAsAsked()
    {
        OAuthWorld world;
        // As mcp-remote sends it, with fields that we have no use for.
        const auto reply =
            world.post("/register",
                       json("{'redirect_uris':['http://localhost:20585/oauth/callback'],"
                            "'token_endpoint_auth_method':'none','grant_types':['authorization_"
                            "code','refresh_token'],"
                            "'response_types':['code'],'client_name':'MCP CLI Proxy',"
                            "'client_uri':'https://github.com/"
                            "','software_id':'x','application_type':'native'}"),
                       "application/json");
        QCOMPARE(reply->status(), 201);
        const auto answer = reply->json();
        QVERIFY(!answer[u"client_id"_s].toString().isEmpty());
        QVERIFY(answer[u"client_secret"_s].isUndefined());
        // RFC 7591 §3.2.1: verbatim.
        QCOMPARE(answer[u"redirect_uris"_s].toArray(),
                 QJsonArray{u"http://localhost:20585/oauth/callback"_s});
        QCOMPARE(answer[u"client_name"_s].toString(), u"MCP CLI Proxy"_s);
        QCOMPARE(reply->header("access-control-allow-origin"), QByteArray());
    }

    void confidentialClientsGetASecret()
    {
        OAuthWorld world;
        // RFC 7591 §2: client_secret_basic is the default.
        const auto reply = world.post(
            "/register", json("{'redirect_uris':['https://a.example/cb']}"), "application/json");
        QCOMPARE(reply->status(), 201);
        QCOMPARE(reply->json()[u"client_secret"_s].toString().size(), 43);
        QCOMPARE(reply->json()[u"token_endpoint_auth_method"_s].toString(),
                 u"client_secret_basic"_s);
        QCOMPARE(reply->json()[u"client_secret_expires_at"_s].toInt(-1), 0);
    }

    void answersWithWhatIsRegistered()
    {
        // RFC 7591 §3.2.1: with what the server has chosen itself. What it does not know is
        // ignored, and nobody chooses an ID (RFC 9700 §4.15.1).
        OAuthWorld world;
        const auto reply = world.post(
            "/register",
            json("{'redirect_uris':['https://a.example/"
                 "cb'],'client_id':'mine','client_secret':'own',"
                 "'client_name#de':'Name','software_statement':'x.y.z','unknown':{'a':1}}"),
            "application/json");
        QCOMPARE(reply->status(), 201);
        QCOMPARE(reply->header("content-type"), QByteArray("application/json"));
        QCOMPARE(reply->header("cache-control"), QByteArray("no-store"));
        const auto answer = reply->json().object();
        QVERIFY(answer[u"client_id"_s].toString() != u"mine"_s);
        QVERIFY(answer[u"client_secret"_s].toString() != u"own"_s);
        QCOMPARE(answer[u"client_id_issued_at"_s].toInteger(),
                 toMilliseconds(world.clock.now()) / 1000);
        QCOMPARE(answer[u"grant_types"_s].toArray(), QJsonArray{u"authorization_code"_s});
        QCOMPARE(answer[u"response_types"_s].toArray(), QJsonArray{u"code"_s});
        QCOMPARE(answer[u"application_type"_s].toString(), u"web"_s);
        QVERIFY(!answer.contains(u"unknown"_s));
        QVERIFY(!answer.contains(u"software_statement"_s));
    }

    void refuses_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QString>("error");
        const auto metadata = u"invalid_client_metadata"_s;
        const auto uri = u"invalid_redirect_uri"_s;
        QTest::newRow("RFC 7591 §3.2.2 not JSON") << QByteArray("hello") << metadata;
        QTest::newRow("RFC 7591 §3.2.2 not an object") << QByteArray("[]") << metadata;
        QTest::newRow("RFC 7591 §3.2.2 no redirect URI") << QByteArray("{}") << uri;
        QTest::newRow("redirect URIs of 8,000 characters and more in all")
            << json("{'redirect_uris':['https://a.example/" + QByteArray(1900, 'x')
                    + "?1','"
                      "https://a.example/"
                    + QByteArray(1900, 'x') + "?2','https://a.example/" + QByteArray(1900, 'x')
                    + "?3','https://a.example/" + QByteArray(1900, 'x') + "?4','https://a.example/"
                    + QByteArray(1900, 'x') + "?5']}")
            << uri;
        QTest::newRow("21 redirect URIs")
            << json("{'redirect_uris':[" + QByteArray("'https://a.example/',").repeated(20)
                    + "'https://a.example/']}")
            << uri;
        QTest::newRow("redirect URIs of the wrong type")
            << json("{'redirect_uris':'https://a.example'}") << metadata;
        QTest::newRow("RFC 7591 §5 javascript")
            << json("{'redirect_uris':['javascript:x']}") << uri;
        QTest::newRow("one bad among good ones")
            << json("{'redirect_uris':['https://a.example/','http://b.example/']}") << uri;
        QTest::newRow("RFC 7591 §2 grant types without authorization_code")
            << json("{'redirect_uris':['https://a.example/'],'grant_types':['password']}")
            << metadata;
        QTest::newRow("OIDC Registration §2 application type")
            << json("{'redirect_uris':['https://a.example/'],'application_type':'toaster'}")
            << metadata;
        QTest::newRow("response type")
            << json("{'redirect_uris':['https://a.example/'],'response_types':['token']}")
            << metadata;
        QTest::newRow("authentication method")
            << json("{'redirect_uris':['https://a.example/'],'token_endpoint_auth_method':'tls'}")
            << metadata;
    }
    void refuses()
    {
        QFETCH(QByteArray, body);
        QFETCH(QString, error);
        OAuthWorld world;
        const auto reply = world.post("/register", body, "application/json");
        QCOMPARE(reply->status(), 400);
        QCOMPARE(reply->json()[u"error"_s].toString(), error);
        QCOMPARE(*world.clients.count(store::ClientKind::Dynamic), 0);
    }

    void anotherMediaTypeIsRefused()
    {
        // RFC 7591 §3.1; a form of another site's page would be sent without a preflight.
        OAuthWorld world;
        const auto reply = world.post(
            "/register", json("{'redirect_uris':['https://a.example/cb']}"), "text/plain");
        QCOMPARE(reply->status(), 400);
        QCOMPARE(*world.clients.count(store::ClientKind::Dynamic), 0);
    }

    void unknownGrantsAreLeftOut()
    {
        // RFC 7591 §3.2.1: the answer says what was registered.
        OAuthWorld world;
        const auto reply = world.post(
            "/register",
            json("{'redirect_uris':['https://a.example/cb'],'application_type':'native',"
                 "'client_name':' ','response_types':['code','none'],"
                 "'grant_types':['authorization_code','urn:ietf:params:oauth:grant-type:device_"
                 "code','refresh_token']}"),
            "application/json");
        QCOMPARE(reply->status(), 201);
        QCOMPARE(reply->json()[u"grant_types"_s].toArray(),
                 (QJsonArray{u"authorization_code"_s, u"refresh_token"_s}));
        QCOMPARE(reply->json()[u"response_types"_s].toArray(), QJsonArray{u"code"_s});
        QCOMPARE(reply->json()[u"application_type"_s].toString(), u"native"_s);
        QCOMPARE(reply->json()[u"client_name"_s].toString(), u"Unnamed client"_s);
    }

    void theOldestUnusedMakesRoom()
    {
        OAuthWorld world;
        const auto used = world.registerClient();
        QVERIFY(!world.obtainCode(used).isEmpty());
        world.clock.advance(1s);
        addClients(world, 9'999);
        const auto fresh = world.registerClient();
        QVERIFY(*world.clients.find(fresh));
        QVERIFY(*world.clients.find(used));
        QVERIFY(!*world.clients.find(ClientId(u"filler 1"_s)));
        QCOMPARE(*world.clients.count(store::ClientKind::Dynamic), 10'000);
    }

    void whereAllAreUsedThereIsNoRoom()
    {
        OAuthWorld world;
        addClients(world, 10'000, world.clock.now());
        const auto body = json("{'redirect_uris':['https://a.example/cb']}");
        const auto reply = world.post("/register", body, "application/json");
        QCOMPARE(reply->status(), 503);
        QCOMPARE(reply->json()[u"error"_s].toString(), u"temporarily_unavailable"_s);
        QVERIFY(reply->header("retry-after").toInt() > 0);
        QCOMPARE(*world.clients.count(store::ClientKind::Dynamic), 10'000);
    }

    void theProgramIsLookedUpByItsConnection()
    {
        OAuthWorld world;
        world.processes.isHeld = true;
        http::HttpRequest request;
        request.method = "POST";
        request.path = "/register";
        request.body = json("{'redirect_uris':['https://a.example/cb']}");
        request.headers.append("Content-Type", "application/json");
        request.connection = {QHostAddress(QHostAddress::LocalHost), 40'000,
                              QHostAddress(QHostAddress::LocalHost), 8377};
        const auto reply = world.send(request);
        // The connection has to stay open until then.
        QCOMPARE(reply->status(), 0);
        QCOMPARE(world.processes.lastEnds.peerPort, 40'000);
        QCOMPARE(world.processes.lastEnds.localPort, 8377);
        world.processes.caller = platform::ProcessInfo{4711, u"node"_s, {}, {}};
        world.processes.answerAll();
        QCOMPARE(reply->status(), 201);
        const auto client = *world.clients.find(ClientId(reply->json()[u"client_id"_s].toString()));
        QCOMPARE(client->registeredBy->name, u"node"_s);
        QCOMPARE(client->registeredBy->pid, 4711);
    }

    void unusedOnesAreForgotten()
    {
        OAuthWorld world;
        const auto unused = world.registerClient();
        const auto used = world.registerClient();
        QVERIFY(!world.obtainCode(used).isEmpty());
        QCOMPARE(*world.clients.purgeUnused(world.clock.now() + 24h, 100), 1);
        QVERIFY(!*world.clients.find(unused));
        QVERIFY(*world.clients.find(used));
    }
};

QTEST_GUILESS_MAIN(TestRegistration)
#include "tst_registration.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/fake_tenant.h"
#include "support/free_ports.h"
#include "support/http_client.h"
#include "support/manual_clock.h"
#include "support/scripted_secret_store.h"

#include <base/crypto.h>
#include <base/json.h>
#include <base/random.h>
#include <oauth/grants.h>
#include <oidc/sign_in.h>
#include <service/gatehouse.h>
#include <store/account_store.h>
#include <store/client_store.h>
#include <store/database.h>
#include <store/grant_store.h>
#include <store/query.h>
#include <store/token_store.h>

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTemporaryDir>
#include <QTest>

using namespace gatehouse;
using namespace gatehouse::tests;
using namespace Qt::StringLiterals;

namespace {

const auto kClientSecret = u"client-secret/https://tenant.example//client"_s;

/// Two operations, each with a scope of its own.
const QByteArray kDocument =
    QByteArray("{'openapi':'3.1.0','info':{'title':'Notes API','version':'1'},"
               "'paths':{"
               "'/notes':{'get':{'operationId':'list_notes',"
               "'security':[{'tenant':['read:notes']}]},"
               "'post':{'operationId':'create_note',"
               "'security':[{'tenant':['write:notes']}]}}},"
               "'components':{'securitySchemes':{'tenant':{'type':'oauth2',"
               "'flows':{'authorizationCode':{"
               "'authorizationUrl':'https://tenant.example/authorize',"
               "'tokenUrl':'https://tenant.example/token','scopes':{"
               "'read:notes':'','write:notes':''}}}}}}}")
        .replace('\'', '"');

/// The whole service on a real database and a real port, with a tenant that is never reached.
struct Service {
    Service()
    {
        QFile document(directory.filePath(u"notes.json"_s));
        if (!document.open(QIODevice::WriteOnly) || document.write(kDocument) < 0)
            qFatal("no document");
        configuration.tenant = {u"https://tenant.example/"_s, u"client"_s, QStringList{u"openid"_s},
                                u"127.0.0.1"_s};
        apis::ApiConfig api;
        api.name = u"notes"_s;
        api.openapi = u"notes.json"_s;
        api.baseUrl = QUrl(u"https://notes.example"_s);
        api.audience = u"urn:notes"_s;
        configuration.apis = {api};
        configuration.clients = {{u"editor"_s, u"Editor"_s, {u"http://localhost/cb"_s}}};
    }

    /// Ends the running one, if any, and starts another on the same data.
    [[nodiscard]] Result<std::monostate> start()
    {
        gatehouse.reset();
        Gatehouse::Options options{configuration, directory.path(), port, {}};
        options.clientSecret = clientSecret;
        gatehouse = std::make_unique<Gatehouse>(Gatehouse::Deps{clock, random, *database, secrets},
                                                options);
        std::optional<Result<std::monostate>> started;
        gatehouse->start(&context, [&](const Result<std::monostate> &result) { started = result; });
        if (!QTest::qWaitFor([&] { return started.has_value(); }))
            return fail(Error{u"start() did not answer"_s});
        return *started;
    }

    [[nodiscard]] Result<std::monostate> setClientSecret(const std::optional<Secret> &secret)
    {
        std::optional<Result<std::monostate>> done;
        gatehouse->setClientSecret(secret, &context, [&](const auto &result) { done = result; });
        if (!QTest::qWaitFor([&] { return done.has_value(); }))
            return fail(Error{u"setClientSecret() did not answer"_s});
        return *done;
    }
    /// What the secret store holds under this name.
    [[nodiscard]] QByteArray stored(const QString &name)
    {
        std::optional<QByteArray> value;
        secrets.read(name, &context, [&](const Result<std::optional<Secret>> &found) {
            value = found && *found ? (*found)->reveal() : QByteArray();
        });
        return QTest::qWaitFor([&] { return value.has_value(); }) ? *value : "no answer";
    }

    /// What an approval and a sign-in would have left: a grant and its access token.
    GrantId grantTo(const QString &client, const QByteArray &token,
                    std::optional<Instant> expiresAt = {})
    {
        store::Account alice;
        alice.id = AccountId(u"alice"_s);
        alice.issuer = configuration.tenant.issuer;
        alice.subject = u"alice"_s;
        alice.name = u"Alice"_s;
        alice.signedInAt = clock.now();
        store::Grant grant;
        grant.id = GrantId(u"grant of "_s + client);
        grant.client = ClientId(client);
        grant.clientName = client;
        grant.account = alice.id;
        grant.scopes = {u"read:notes"_s};
        grant.createdAt = clock.now();
        grant.expiresAt = expiresAt;
        const auto end = expiresAt.value_or(clock.now() + 1h);
        if (!store::AccountStore(*database).upsert(alice)
            || !store::GrantStore(*database).insert(grant)
            || !store::TokenStore(*database).insert(
                store::AccessToken{sha256(token), grant.id, grant.scopes, end}))
            qFatal("no grant");
        return grant.id;
    }

    QTemporaryDir directory;
    ManualClock clock;
    SystemRandom random;
    std::unique_ptr<store::Database> database =
        store::Database::open(directory.filePath(u"gatehouse.db"_s)).value();
    ScriptedSecretStore secrets;
    Configuration configuration;
    Secret clientSecret;
    quint16 port = freePorts(1);
    QObject context;
    std::unique_ptr<Gatehouse> gatehouse;
};

WireHeaders bearer(const QByteArray &token)
{
    return {{"Authorization", "Bearer " + token},
            {"Accept", "application/json, text/event-stream"},
            {"Content-Type", "application/json"}};
}

QByteArray initializeBody(const QByteArray &padding = {})
{
    return QByteArray("{'jsonrpc':'2.0','id':1,'method':'initialize','params':{"
                      "'protocolVersion':'2025-06-18','capabilities':{},"
                      "'clientInfo':{'name':'"
                      + padding + "','version':'1'}}}")
        .replace('\'', '"');
}

} // namespace

/// What only the modules together do. Each of them has tests of its own.
class TestGatehouse : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void servesAndEnds();
    void theClientSecretIsKept();
    void aClientSecretForOneRunIsNotKept();
    void aClientSecretThatCannotBeKeptIsNotUsed();
    void whatKeepsItFromStarting_data();
    void whatKeepsItFromStarting();
    void offersEveryScopeUnlessToldOtherwise_data();
    void offersEveryScopeUnlessToldOtherwise();
    void aPauseSurvivesARestart();
    void aPauseEndsByItself();
    void whatHappensIsRecorded_data();
    void whatHappensIsRecorded();
    void readsItsActivity_data();
    void readsItsActivity();
    void aDeletedSessionStaysDeleted();
    void aClientTakenOutOfTheConfigurationLosesItsAccess();
    void anExpiredGrantLosesItsStream_data();
    void anExpiredGrantLosesItsStream();
    void revokingEndsTheStream();
    void finishingEndsStreamsAndThenTells();
    void finishingEndsSubscriptionsWithAResult();
    void aLargeRequestPassesAfterARestart();
};

void TestGatehouse::servesAndEnds()
{
    Service service;
    QVERIFY(service.start());
    QCOMPARE(WireClient(service.port).request("GET", "/healthz").status, 200);
    service.gatehouse->stop();
    QVERIFY(isPortFree(service.port));
    // Again, with the key that the secret store has kept.
    QVERIFY(service.start());
    QCOMPARE(service.secrets.written.size(), 1);
}

void TestGatehouse::theClientSecretIsKept()
{
    Service service;
    QVERIFY(service.start());
    QVERIFY(service.setClientSecret(Secret("s3cret")));
    QCOMPARE(service.stored(kClientSecret), "s3cret");
    QVERIFY(service.start());
    QVERIFY(service.setClientSecret(std::nullopt));
    QVERIFY(service.stored(kClientSecret).isEmpty());
    QVERIFY(service.start());
}

void TestGatehouse::aClientSecretForOneRunIsNotKept()
{
    Service service;
    service.clientSecret = Secret("s3cret");
    QVERIFY(service.start());
    QVERIFY(service.stored(kClientSecret).isEmpty());
    QVERIFY(!service.secrets.written.contains(u"s3cret"_s));
}

void TestGatehouse::aClientSecretThatCannotBeKeptIsNotUsed()
{
    Service service;
    QVERIFY(service.start());
    service.secrets.broken = true;
    const auto kept = service.setClientSecret(Secret("s3cret"));
    QVERIFY(!kept);
    QCOMPARE(kept.error().message, u"The keychain is locked."_s);
}

void TestGatehouse::whatKeepsItFromStarting_data()
{
    QTest::addColumn<QString>("what");
    QTest::addColumn<QString>("message");
    QTest::newRow("a keychain that is locked") << u"keychain"_s << u"The keychain is locked."_s;
    QTest::newRow("a scope that nothing needs") << u"scope"_s << u"\"fly:notes\""_s;
    QTest::newRow("a document that is not there") << u"document"_s << u"none.json"_s;
    QTest::newRow("a taken port") << u"port"_s << u"is taken"_s;
}

void TestGatehouse::whatKeepsItFromStarting()
{
    QFETCH(QString, what);
    QFETCH(QString, message);
    Service service;
    QTcpServer other;
    auto &api = service.configuration.apis.first();
    if (what == u"keychain"_s)
        service.secrets.broken = true;
    else if (what == u"scope"_s)
        api.scopes = {u"fly:notes"_s};
    else if (what == u"document"_s)
        api.openapi = u"none.json"_s;
    else
        QVERIFY(other.listen(QHostAddress::LocalHost, service.port));
    const auto started = service.start();
    QVERIFY(!started);
    QVERIFY2(started.error().forPerson().contains(message),
             qPrintable(started.error().forPerson()));
    if (what != u"port"_s)
        QVERIFY(isPortFree(service.port));
}

void TestGatehouse::offersEveryScopeUnlessToldOtherwise_data()
{
    QTest::addColumn<QStringList>("configured");
    QTest::addColumn<QJsonArray>("offered");
    QTest::newRow("nothing said") << QStringList() << QJsonArray{u"read:notes"_s, u"write:notes"_s};
    QTest::newRow("one named") << QStringList{u"read:notes"_s} << QJsonArray{u"read:notes"_s};
}

void TestGatehouse::offersEveryScopeUnlessToldOtherwise()
{
    QFETCH(QStringList, configured);
    Service service;
    service.configuration.apis.first().scopes = configured;
    QVERIFY(service.start());
    const auto metadata =
        WireClient(service.port).request("GET", "/.well-known/oauth-protected-resource");
    QTEST(QJsonDocument::fromJson(metadata.body)[u"scopes_supported"_s].toArray(), "offered");
}

void TestGatehouse::aPauseSurvivesARestart()
{
    Service service;
    QVERIFY(service.start());
    QVERIFY(service.gatehouse->pause(std::nullopt));
    QVERIFY(service.start());
    QVERIFY(service.gatehouse->pauseState().paused);
    QVERIFY(service.gatehouse->resume());
    QVERIFY(service.start());
    QVERIFY(!service.gatehouse->pauseState().paused);
}

void TestGatehouse::aPauseEndsByItself()
{
    Service service;
    QVERIFY(service.start());
    QVERIFY(service.gatehouse->pause(10min));
    QVERIFY(service.start());
    QCOMPARE(service.gatehouse->pauseState().until, service.clock.now() + 10min);
    service.clock.advance(10min);
    QVERIFY(!service.gatehouse->pauseState().paused);
    // One that ended while nothing ran.
    QVERIFY(service.gatehouse->pause(10min));
    service.gatehouse.reset();
    service.clock.advance(1h);
    QVERIFY(service.start());
    QVERIFY(!service.gatehouse->pauseState().paused);
}

void TestGatehouse::whatHappensIsRecorded_data()
{
    QTest::addColumn<QStringList>("steps");
    QTest::addColumn<QStringList>("entries"); // the newest first
    const auto out = u"account Alice: signed out"_s;
    const auto in = u"account Alice: signed in"_s;
    const auto ended = u"account Alice: ended by the tenant"_s;
    const auto paused = u"access of all clients: paused"_s;
    const auto resumed = u"access of all clients: resumed"_s;
    QTest::newRow("nothing") << QStringList() << QStringList();
    QTest::newRow("sign-out") << QStringList{u"sign out"_s} << QStringList{out};
    QTest::newRow("sign-in") << QStringList{u"sign out"_s, u"sign in"_s} << QStringList{in, out};
    QTest::newRow("ended by the tenant") << QStringList{u"end"_s} << QStringList{ended};
    QTest::newRow("pause") << QStringList{u"pause"_s} << QStringList{paused};
    QTest::newRow("resume") << QStringList{u"pause"_s, u"resume"_s} << QStringList{resumed, paused};
    QTest::newRow("nothing to resume") << QStringList{u"resume"_s} << QStringList();
    QTest::newRow("a pause that is there at the start")
        << QStringList{u"pause"_s, u"restart"_s} << QStringList{paused};
}

void TestGatehouse::whatHappensIsRecorded()
{
    QFETCH(QStringList, steps);
    QFETCH(QStringList, entries);
    Service service;
    FakeTenant tenant(service.clock);
    tenant.scripts["/token"] = [](const auto &) {
        return FakeTenant::error(400, u"invalid_grant"_s);
    };
    service.configuration.tenant.issuer = tenant.issuer();
    (void)service.grantTo(u"editor"_s, "token");
    const AccountId alice(u"alice"_s);
    service.secrets.write(u"refresh-token/alice/client/urn:notes"_s, Secret("refresh"),
                          &service.context, [](const auto &) {});
    QVERIFY(service.start());
    auto *tokens = &service.gatehouse->accountTokens();
    QVERIFY(tokens->isSignedIn(alice));
    const QHash<QString, std::function<void()>> actions{
        {u"sign out"_s, [&] { service.gatehouse->signOut(alice, this, [](const auto &) {}); }},
        {u"sign in"_s, [&] { Q_EMIT tokens->signedIn(alice); }},
        {u"end"_s,
         [&] {
             bool isAnswered = false;
             tokens->accessToken(alice, u"urn:notes"_s, this,
                                 [&](const auto &) { isAnswered = true; });
             QTRY_VERIFY(isAnswered);
         }},
        {u"pause"_s, [&] { QVERIFY(service.gatehouse->pause({})); }},
        {u"resume"_s, [&] { QVERIFY(service.gatehouse->resume()); }},
        {u"restart"_s, [&] { QVERIFY(service.start()); }}};
    for (const auto &step : steps)
        actions.value(step)();
    QStringList found;
    const auto activity = service.gatehouse->activity(10).value();
    for (const auto &entry : activity) {
        found.append(u"%1 %2: %3"_s.arg(entry.kind, entry.what, entry.outcome));
        QVERIFY(entry.clientName.isEmpty() && entry.grant.value.isEmpty());
    }
    QCOMPARE(found, entries);
}

void TestGatehouse::readsItsActivity_data()
{
    QTest::addColumn<QByteArray>("uri");
    QTest::addColumn<int>("entries"); // -1: refused
    QTest::newRow("without a count") << QByteArray("gatehouse://activity") << 2;
    QTest::newRow("the newest") << QByteArray("gatehouse://activity/1") << 1;
    QTest::newRow("as many as there may be") << QByteArray("gatehouse://activity/200") << 2;
    for (const auto *const count :
         {"0", "201", "-1", "+1", " 1", "1%20", "0x1", "1.0", "one", "", "99999999999", "%D9%A1"})
        QTest::newRow(count) << "gatehouse://activity/" + QByteArray(count) << -1;
}

void TestGatehouse::readsItsActivity()
{
    QFETCH(QByteArray, uri);
    QFETCH(int, entries);
    Service service;
    QVERIFY(service.start());
    (void)service.grantTo(u"editor"_s, "token");
    auto fields = bearer("token");
    const auto began = WireClient(service.port).request("POST", "/mcp", fields, initializeBody());
    fields.append({"Mcp-Session-Id", began.header("Mcp-Session-Id")});
    const auto ask = [&](const QByteArray &method, const QByteArray &params) {
        const auto response = WireClient(service.port)
                                  .request("POST", "/mcp", fields,
                                           R"({"jsonrpc":"2.0","id":2,"method":")" + method
                                               + R"(","params":)" + params + '}');
        return parseJsonObject(response.body).value_or(QJsonObject());
    };
    for (int i = 0; i < 2; ++i)
        QVERIFY(ask("tools/call", R"({"name":"whoami"})").contains("result"_L1));
    const auto answer = ask("resources/read", R"({"uri":")" + uri + R"("})");
    QCOMPARE(answer.contains("error"_L1), entries < 0);
    if (entries < 0)
        return;
    const auto contents = answer["result"_L1]["contents"_L1][0].toObject();
    QCOMPARE(contents["uri"_L1].toString().toLatin1(), uri);
    const auto list = QJsonDocument::fromJson(contents["text"_L1].toString().toUtf8()).array();
    QCOMPARE(list.size(), entries);
    QCOMPARE(list[0]["what"_L1].toString(), u"whoami"_s);
}

void TestGatehouse::aDeletedSessionStaysDeleted()
{
    Service service;
    QVERIFY(service.start());
    (void)service.grantTo(u"editor"_s, "token");
    const auto withSession = [](const QByteArray &id) {
        return bearer("token") + WireHeaders{{"Mcp-Session-Id", id}};
    };
    const auto begin = [&] {
        return WireClient(service.port)
            .request("POST", "/mcp", bearer("token"), initializeBody())
            .header("Mcp-Session-Id");
    };
    const auto statusOf = [&](const QByteArray &method, const QByteArray &id) {
        const QByteArray ping = R"({"jsonrpc":"2.0","id":2,"method":"ping"})";
        return WireClient(service.port)
            .request(method, "/mcp", withSession(id), method == "POST" ? ping : QByteArray())
            .status;
    };
    const auto deleted = begin();
    const auto other = begin();
    QCOMPARE(statusOf("DELETE", deleted), 204);
    service.clock.advance(1s);
    QVERIFY(service.start());
    QCOMPARE(statusOf("POST", deleted), 404);
    QCOMPARE(statusOf("POST", other), 200);

    // What cannot be looked up does not begin again.
    service.clock.advance(1s);
    QVERIFY(service.start());
    QVERIFY(store::runOnly(*service.database, u"DROP TABLE deleted_session"_s));
    QCOMPARE(statusOf("POST", other), 404);
}

void TestGatehouse::aClientTakenOutOfTheConfigurationLosesItsAccess()
{
    Service service;
    QVERIFY(service.start());
    const auto grant = service.grantTo(u"editor"_s, "token");
    QVERIFY(service.start());
    QVERIFY((*service.gatehouse->grants().find(grant))->revokedAt == std::nullopt);
    service.configuration.clients.clear();
    QVERIFY(service.start());
    QVERIFY((*service.gatehouse->grants().find(grant))->revokedAt.has_value());
    QCOMPARE(
        WireClient(service.port).request("POST", "/mcp", bearer("token"), initializeBody()).status,
        401);
}

void TestGatehouse::anExpiredGrantLosesItsStream_data()
{
    QTest::addColumn<bool>("asleep");
    QTest::newRow("while the computer is awake") << false;
    QTest::newRow("while it sleeps for a night") << true;
}

void TestGatehouse::anExpiredGrantLosesItsStream()
{
    QFETCH(bool, asleep);
    Service service;
    QVERIFY(service.start());
    (void)service.grantTo(u"editor"_s, "token", service.clock.now() + 10min);
    WireClient client(service.port);
    client.sendRaw("GET /sse HTTP/1.1\r\nHost: " + client.host
                   + "\r\nAuthorization: Bearer token\r\nAccept: text/event-stream\r\n\r\n");
    QCOMPARE(client.readHead().status, 200);
    if (asleep)
        service.clock.sleepFor(8h);
    else
        service.clock.advance(11min);
    QVERIFY(client.waitForClose());
}

void TestGatehouse::revokingEndsTheStream()
{
    Service service;
    QVERIFY(service.start());
    const auto grant = service.grantTo(u"editor"_s, "token");
    WireClient client(service.port);
    client.sendRaw("GET /sse HTTP/1.1\r\nHost: " + client.host
                   + "\r\nAuthorization: Bearer token\r\nAccept: text/event-stream\r\n\r\n");
    QCOMPARE(client.readHead().status, 200);
    QCOMPARE(service.gatehouse->grants().revoke(grant, u"the test"_s), true);
    QVERIFY(client.waitForClose(1000));
    const auto entries = service.gatehouse->activity(1);
    QCOMPARE(entries->first().outcome, u"revoked"_s);
}

void TestGatehouse::finishingEndsStreamsAndThenTells()
{
    Service service;
    QVERIFY(service.start());
    (void)service.grantTo(u"editor"_s, "token");
    WireClient client(service.port);
    client.sendRaw("GET /sse HTTP/1.1\r\nHost: " + client.host
                   + "\r\nAuthorization: Bearer token\r\nAccept: text/event-stream\r\n\r\n");
    QCOMPARE(client.readHead().status, 200);
    bool finished = false;
    service.gatehouse->finish(&service.context, [&] { finished = true; });
    QVERIFY(isPortFree(service.port));
    QVERIFY(client.waitForClose());
    QVERIFY(QTest::qWaitFor([&] {
        service.clock.advance(20ms);
        return finished;
    }));
}

/// MCP 2026-07-28 subscriptions §Graceful Closure
void TestGatehouse::finishingEndsSubscriptionsWithAResult()
{
    Service service;
    QVERIFY(service.start());
    (void)service.grantTo(u"editor"_s, "token");
    const auto body =
        QByteArray("{'jsonrpc':'2.0','id':'listen-1','method':'subscriptions/listen','params':{"
                   "'notifications':{'toolsListChanged':true},'_meta':{"
                   "'io.modelcontextprotocol/protocolVersion':'2026-07-28',"
                   "'io.modelcontextprotocol/clientCapabilities':{}}}}")
            .replace('\'', '"');
    WireClient client(service.port);
    client.sendRaw("POST /mcp HTTP/1.1\r\nHost: " + client.host
                   + "\r\nAuthorization: Bearer token\r\nAccept: text/event-stream\r\n"
                     "Content-Type: application/json\r\nMCP-Protocol-Version: 2026-07-28\r\n"
                     "Mcp-Method: subscriptions/listen\r\nContent-Length: "
                   + QByteArray::number(body.size()) + "\r\n\r\n" + body);
    QCOMPARE(client.readHead().status, 200);
    QVERIFY(client.waitForText("notifications/subscriptions/acknowledged"));
    service.gatehouse->finish(&service.context, [] {});
    QVERIFY(client.waitForClose());
    const auto end = client.buffered().mid(client.buffered().lastIndexOf("data:"));
    QVERIFY2(end.contains(R"("id":"listen-1")") && end.contains(R"("resultType":"complete")"),
             client.buffered().constData());
}

void TestGatehouse::aLargeRequestPassesAfterARestart()
{
    Service service;
    QVERIFY(service.start());
    (void)service.grantTo(u"editor"_s, "token");
    const auto body = initializeBody(QByteArray(100'000, 'x'));
    // Nothing is remembered of this token, but it is good.
    QVERIFY(service.start());
    QCOMPARE(WireClient(service.port).request("POST", "/mcp", bearer("token"), body).status, 200);
    QCOMPARE(WireClient(service.port).request("POST", "/mcp", bearer("stolen"), body).status, 413);
}

QTEST_GUILESS_MAIN(TestGatehouse)
#include "tst_gatehouse.moc"

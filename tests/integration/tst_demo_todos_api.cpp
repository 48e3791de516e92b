// SPDX-License-Identifier: GPL-3.0-or-later
#include <base/json.h>
#include <demo/todos_api.h>
#include <support/free_ports.h>
#include <support/http_client.h>
#include <support/manual_clock.h>

#include <QJsonArray>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace gatehouse;
using namespace gatehouse::demo;
using gatehouse::tests::WireClient;
using gatehouse::tests::WireHeaders;
using gatehouse::tests::WireResponse;

namespace {

const auto kIssuer = u"http://localhost:9999/"_s;
const auto kAudience = u"urn:todos-api"_s;

QJsonObject json(const WireResponse &response)
{
    return parseJsonObject(response.body).value_or(QJsonObject());
}

} // namespace

class TestDemoTodosApi : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();

    void openEndpoints();
    void refusesTokens_data();
    void refusesTokens();
    void needsScopes_data();
    void needsScopes();
    void tellsWhoTheTokenSpeaksFor();
    void seedsEachPerson_data();
    void seedsEachPerson();
    void livesOfATodo();
    void filtersByDone();
    void refusesBodies_data();
    void refusesBodies();
    void keepsPeopleApart_data();
    void keepsPeopleApart();
    void keepsTodosOverARestart();
    void refusesOtherMethodsAndHosts();

private:
    [[nodiscard]] QJsonObject claims(const QString &subject, const QString &scopes) const;
    [[nodiscard]] QByteArray tokenFor(const QString &person, const QString &scopes) const;
    [[nodiscard]] WireResponse call(const QByteArray &method, const QByteArray &path,
                                    const QByteArray &token, const QByteArray &body = {},
                                    const QByteArray &type = "application/json") const;
    [[nodiscard]] QJsonArray todosOf(const QString &person) const;
    void start();

    tests::ManualClock m_clock;
    SystemRandom m_random;
    std::optional<oidc::SigningKey> m_key;
    std::optional<oidc::SigningKey> m_otherKey;
    std::unique_ptr<QTemporaryDir> m_directory;
    std::unique_ptr<TodosApi> m_api;
    quint16 m_port = 0;
};

QJsonObject TestDemoTodosApi::claims(const QString &subject, const QString &scopes) const
{
    return {{u"iss"_s, kIssuer},
            {u"aud"_s, kAudience},
            {u"sub"_s, subject},
            {u"exp"_s, toMilliseconds(m_clock.now()) / 1000 + 60},
            {u"scope"_s, scopes},
            // RBAC permissions say what the person may do, not what the client was given.
            {u"permissions"_s, QJsonArray{u"read:todos"_s, u"write:todos"_s, u"read:billing"_s}}};
}

QByteArray TestDemoTodosApi::tokenFor(const QString &person, const QString &scopes) const
{
    return m_key->sign(claims(u"auth0|"_s + person, scopes), u"JWT"_s).value_or(QByteArray());
}

WireResponse TestDemoTodosApi::call(const QByteArray &method, const QByteArray &path,
                                    const QByteArray &token, const QByteArray &body,
                                    const QByteArray &type) const
{
    WireHeaders headers;
    if (!token.isEmpty())
        headers.append({"Authorization", "Bearer " + token});
    if (!body.isEmpty() && !type.isEmpty())
        headers.append({"Content-Type", type});
    return WireClient(m_port).request(method, path, headers, body);
}

QJsonArray TestDemoTodosApi::todosOf(const QString &person) const
{
    return json(call("GET", "/api/todos", tokenFor(person, u"read:todos"_s)))
        .value("todos"_L1)
        .toArray();
}

void TestDemoTodosApi::start()
{
    m_api = std::make_unique<TodosApi>(
        TodosApi::Deps{m_clock, m_random},
        TodosApi::Options{
            m_port, kIssuer, kAudience, m_directory->filePath(u"todos.sqlite"_s), [this] {
                return *oidc::JwkSet::parse({{u"keys"_s, QJsonArray{m_key->publicJwk()}}});
            }});
    const auto started = m_api->start();
    QVERIFY2(started.has_value(), started ? "" : qPrintable(started.error().message));
}

void TestDemoTodosApi::initTestCase()
{
    m_key = *oidc::SigningKey::create();
    m_otherKey = *oidc::SigningKey::create();
}

void TestDemoTodosApi::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    m_port = tests::freePorts(1);
    QVERIFY(m_port != 0);
    start();
}

void TestDemoTodosApi::cleanup()
{
    m_api.reset();
}

void TestDemoTodosApi::openEndpoints()
{
    const auto health = call("GET", "/api/health", {});
    QCOMPARE(health.status, 200);
    QCOMPARE(json(health).value("status"_L1).toString(), u"ok"_s);
    const auto document = call("GET", "/openapi.json", {});
    QCOMPARE(document.status, 200);
    QCOMPARE(json(document).value("openapi"_L1).toString(), u"3.1.0"_s);
    QCOMPARE(json(document).value("servers"_L1).toArray().at(0)["url"_L1].toString(),
             u"http://127.0.0.1:%1"_s.arg(m_port));
}

void TestDemoTodosApi::refusesTokens_data()
{
    QTest::addColumn<QByteArray>("authorization");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("challenge"); // a part of WWW-Authenticate; empty: no error code
    const auto alice = claims(u"auth0|alice"_s, u"read:todos"_s);
    const auto with = [&](const QString &name, const QJsonValue &value) {
        auto changed = alice;
        changed.insert(name, value);
        return "Bearer " + m_key->sign(changed, u"JWT"_s).value_or(QByteArray());
    };
    const auto good = m_key->sign(alice, u"JWT"_s).value_or(QByteArray());
    const auto forged = m_otherKey->sign(alice, u"JWT"_s).value_or(QByteArray());
    const QByteArray invalid = "error=\"invalid_token\"";

    QTest::newRow("the token that the rows below spoil") << "Bearer " + good << 200 << QByteArray();
    QTest::newRow("RFC 9110 §11.1 scheme without case") << "bearer " + good << 200 << QByteArray();
    QTest::newRow("RFC 6750 §3.1 none") << QByteArray() << 401 << QByteArray();
    QTest::newRow("RFC 6750 §3.1 another scheme") << "Basic YTpi"_ba << 401 << QByteArray();
    QTest::newRow("RFC 6750 §3.1 nothing after Bearer")
        << "Bearer "_ba << 401 << QByteArray(); // the field's value is trimmed to "Bearer"
    QTest::newRow("RFC 6750 §3.1 two tokens")
        << "Bearer " + good + " " + good << 400 << "error=\"invalid_request\""_ba;
    QTest::newRow("garbage") << "Bearer garbage"_ba << 401 << invalid;
    QTest::newRow("three dots of garbage") << "Bearer a.b.c"_ba << 401 << invalid;
    QTest::newRow("expired") << with(u"exp"_s, toMilliseconds(m_clock.now()) / 1000) << 401
                             << invalid;
    QTest::newRow("other audience") << with(u"aud"_s, u"gatehouse-demo"_s) << 401 << invalid;
    QTest::newRow("other issuer") << with(u"iss"_s, u"https://evil.example/"_s) << 401 << invalid;
    QTest::newRow("other key") << "Bearer " + forged << 401 << invalid;
    QTest::newRow("signature of another token")
        << "Bearer " + good.left(good.lastIndexOf('.')) + forged.mid(forged.lastIndexOf('.')) << 401
        << invalid;
    QTest::newRow("no signature") << "Bearer " + good.left(good.lastIndexOf('.') + 1) << 401
                                  << invalid;
}

void TestDemoTodosApi::refusesTokens()
{
    QFETCH(QByteArray, authorization);
    QFETCH(int, status);
    QFETCH(QByteArray, challenge);
    const WireHeaders headers =
        authorization.isEmpty() ? WireHeaders() : WireHeaders{{"Authorization", authorization}};
    const auto response = WireClient(m_port).request("GET", "/api/todos", headers);
    QCOMPARE(response.status, status);
    QCOMPARE(response.headerCount("WWW-Authenticate"), status == 200 ? 0 : 1);
    const auto sent = response.header("WWW-Authenticate");
    if (status != 200) {
        QVERIFY(sent.startsWith("Bearer realm=\"todos-api\""));
        QCOMPARE(sent.contains("error="), !challenge.isEmpty());
        QVERIFY2(sent.contains(challenge), sent.constData());
        QVERIFY(!json(response).value("message"_L1).toString().isEmpty());
    }
}

void TestDemoTodosApi::needsScopes_data()
{
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<QString>("needed");
    QTest::newRow("list") << "GET"_ba
                          << "/api/todos"_ba << u"read:todos"_s;
    QTest::newRow("show") << "GET"_ba
                          << "/api/todos/x"_ba << u"read:todos"_s;
    QTest::newRow("create") << "POST"_ba
                            << "/api/todos"_ba << u"write:todos"_s;
    QTest::newRow("change") << "PATCH"_ba
                            << "/api/todos/x"_ba << u"write:todos"_s;
    QTest::newRow("delete") << "DELETE"_ba
                            << "/api/todos/x"_ba << u"write:todos"_s;
    QTest::newRow("billing") << "GET"_ba
                             << "/api/billing"_ba << u"read:billing"_s;
}

void TestDemoTodosApi::needsScopes()
{
    QFETCH(QByteArray, method);
    QFETCH(QByteArray, path);
    QFETCH(QString, needed);
    QStringList others{u"openid"_s, u"read:todos"_s, u"write:todos"_s, u"read:billing"_s};
    others.removeAll(needed);
    const auto refused = call(method, path, tokenFor(u"alice"_s, others.join(u' ')));
    QCOMPARE(refused.status, 403);
    const auto challenge = refused.header("WWW-Authenticate");
    QVERIFY(challenge.contains("error=\"insufficient_scope\""));
    QVERIFY(challenge.contains("scope=\"" + needed.toLatin1() + '"'));
    const auto allowed = call(method, path, tokenFor(u"alice"_s, needed));
    QVERIFY(allowed.status != 401 && allowed.status != 403);
}

void TestDemoTodosApi::tellsWhoTheTokenSpeaksFor()
{
    const auto me = call("GET", "/api/me", tokenFor(u"bob"_s, u"openid read:todos"_s));
    QCOMPARE(me.status, 200);
    QCOMPARE(json(me).value("subject"_L1).toString(), u"auth0|bob"_s);
    QCOMPARE(json(me).value("scopes"_L1).toArray(), (QJsonArray{u"openid"_s, u"read:todos"_s}));
    QCOMPARE(call("GET", "/api/me", {}).status, 401);
}

void TestDemoTodosApi::seedsEachPerson_data()
{
    QTest::addColumn<QString>("person");
    QTest::addColumn<int>("count");
    QTest::newRow("Alice has five") << u"alice"_s << 5;
    QTest::newRow("Bob has three") << u"bob"_s << 3;
    QTest::newRow("nobody knows Carol") << u"carol"_s << 0;
}

void TestDemoTodosApi::seedsEachPerson()
{
    QFETCH(QString, person);
    QFETCH(int, count);
    QCOMPARE(todosOf(person).size(), count);
    QCOMPARE(todosOf(person).size(), count); // and not again
}

void TestDemoTodosApi::livesOfATodo()
{
    const auto token = tokenFor(u"alice"_s, u"read:todos write:todos"_s);
    const auto created = call("POST", "/api/todos", token, R"({"title":"Buy milk"})");
    QCOMPARE(created.status, 201);
    const auto path = created.header("Location");
    QCOMPARE(path, "/api/todos/" + json(created).value("id"_L1).toString().toLatin1());
    QCOMPARE(json(created).keys(), (QStringList{u"createdAt"_s, u"done"_s, u"id"_s, u"title"_s}));
    QCOMPARE(json(created).value("done"_L1).toBool(true), false);
    QCOMPARE(json(call("GET", path, token)), json(created));
    QCOMPARE(todosOf(u"alice"_s).size(), 6);
    QCOMPARE(todosOf(u"alice"_s).at(5).toObject(), json(created));

    const auto done = call("PATCH", path, token);
    QCOMPARE(done.status, 200);
    QCOMPARE(json(done).value("done"_L1).toBool(), true);
    QCOMPARE(json(done).value("title"_L1).toString(), u"Buy milk"_s);
    const auto renamed = call("PATCH", path, token, R"({"title":"Buy bread","done":false})");
    QCOMPARE(renamed.status, 200);
    QCOMPARE(json(call("GET", path, token)), json(renamed));
    QCOMPARE(json(renamed).value("title"_L1).toString(), u"Buy bread"_s);
    QCOMPARE(json(renamed).value("done"_L1).toBool(true), false);

    const auto deleted = call("DELETE", path, token);
    QCOMPARE(deleted.status, 204);
    QCOMPARE(deleted.body, QByteArray());
    QCOMPARE(call("GET", path, token).status, 404);
    QCOMPARE(call("DELETE", path, token).status, 404);
    QCOMPARE(todosOf(u"alice"_s).size(), 5);
    QCOMPARE(json(call("GET", "/api/billing", tokenFor(u"alice"_s, u"read:billing"_s)))
                 .value("billing"_L1)["last4"_L1]
                 .toString(),
             u"1234"_s);
}

void TestDemoTodosApi::filtersByDone()
{
    const auto token = tokenFor(u"bob"_s, u"read:todos write:todos"_s);
    const auto id = todosOf(u"bob"_s).at(1)["id"_L1].toString().toLatin1();
    QCOMPARE(call("PATCH", "/api/todos/" + id, token).status, 200);
    QCOMPARE(json(call("GET", "/api/todos?done=true", token)).value("todos"_L1).toArray().size(),
             1);
    QCOMPARE(json(call("GET", "/api/todos?done=false", token)).value("todos"_L1).toArray().size(),
             2);
    QCOMPARE(call("GET", "/api/todos?done=maybe", token).status, 400);
    QCOMPARE(call("GET", "/api/todos?done=true&done=false", token).status, 400);
}

void TestDemoTodosApi::refusesBodies_data()
{
    QTest::addColumn<QByteArray>("type");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<int>("status");
    const QByteArray jsonType = "application/json";
    QTest::newRow("charset is fine") << "application/json; charset=utf-8"_ba
                                     << R"({"title":"x"})"_ba << 201;
    QTest::newRow("no body") << jsonType << QByteArray() << 400;
    QTest::newRow("no JSON") << jsonType << "title=x"_ba << 400;
    QTest::newRow("no title") << jsonType << "{}"_ba << 400;
    QTest::newRow("unknown field") << jsonType << R"({"title":"x","owner":"auth0|bob"})"_ba << 400;
    QTest::newRow("title too long")
        << jsonType << R"({"title":")" + QByteArray(201, 'x') + R"("})" << 400;
    QTest::newRow("a form") << "application/x-www-form-urlencoded"_ba
                            << "title=x"_ba << 415;
    QTest::newRow("no type") << QByteArray() << R"({"title":"x"})"_ba << 415;
    QTest::newRow("too much") << jsonType << R"({"title":")" + QByteArray(5000, 'x') + R"("})"
                              << 413;
}

void TestDemoTodosApi::refusesBodies()
{
    QFETCH(QByteArray, type);
    QFETCH(QByteArray, body);
    QFETCH(int, status);
    const auto before = todosOf(u"alice"_s).size();
    const auto response =
        call("POST", "/api/todos", tokenFor(u"alice"_s, u"write:todos"_s), body, type);
    QCOMPARE(response.status, status);
    const bool refused = status != 201;
    QCOMPARE(todosOf(u"alice"_s).size(), refused ? before : before + 1);
    QCOMPARE(json(response).contains("error"_L1), refused);
    QCOMPARE(!json(response).value("message"_L1).toString().isEmpty(), refused);
}

void TestDemoTodosApi::keepsPeopleApart_data()
{
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QByteArray>("body");
    QTest::newRow("show") << "GET"_ba << QByteArray();
    QTest::newRow("complete") << "PATCH"_ba << QByteArray();
    QTest::newRow("rename") << "PATCH"_ba
                            << R"({"title":"mine"})"_ba;
    QTest::newRow("delete") << "DELETE"_ba << QByteArray();
}

void TestDemoTodosApi::keepsPeopleApart()
{
    QFETCH(QByteArray, method);
    QFETCH(QByteArray, body);
    const auto before = todosOf(u"alice"_s);
    const auto path = "/api/todos/" + before.at(0)["id"_L1].toString().toLatin1();
    const auto bob = tokenFor(u"bob"_s, u"read:todos write:todos"_s);
    QCOMPARE(call(method, path, bob, body).status, 404);
    QCOMPARE(todosOf(u"alice"_s), before);
    // The same request on his own todo works, so the 404 was about the owner.
    const auto own = "/api/todos/" + todosOf(u"bob"_s).at(0)["id"_L1].toString().toLatin1();
    QVERIFY(call(method, own, bob, body).status < 300);
}

void TestDemoTodosApi::keepsTodosOverARestart()
{
    const auto token = tokenFor(u"alice"_s, u"write:todos"_s);
    QCOMPARE(call("POST", "/api/todos", token, R"({"title":"Still here"})").status, 201);
    const auto before = todosOf(u"alice"_s);
    QCOMPARE(before.size(), 6);
    m_api->stop();
    start();
    QCOMPARE(todosOf(u"alice"_s), before);
}

void TestDemoTodosApi::refusesOtherMethodsAndHosts()
{
    const auto token = tokenFor(u"alice"_s, u"read:todos write:todos"_s);
    QCOMPARE(call("PUT", "/api/todos", token).status, 405);
    QCOMPARE(call("GET", "/api/nothing", token).status, 404);
    const auto foreign =
        WireClient(m_port).request("GET", "/api/health", {{"Host", "evil.example"}});
    QCOMPARE(foreign.status, 421);
    const auto page = WireClient(m_port).request(
        "GET", "/api/todos",
        {{"Authorization", "Bearer " + token}, {"Origin", "https://evil.example"}});
    QCOMPARE(page.status, 403);
}

QTEST_GUILESS_MAIN(TestDemoTodosApi)
#include "tst_demo_todos_api.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/mcp_harness.h"

#include <QTest>

using namespace gatehouse;
using namespace gatehouse::tests;
using namespace Qt::StringLiterals;

/// What one request to /mcp gets: guard, headers, methods, batches.
class TestStreamableHttp : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void guardsEveryMethod_data();
    void guardsEveryMethod();
    void challengesNameTheMetadata_data();
    void challengesNameTheMetadata();
    void tokensElsewhereAreIgnored_data();
    void tokensElsewhereAreIgnored();
    void refusesTwoAuthorizations();
    void checksHeaders_data();
    void checksHeaders();
    void initializeNeedsAVersion();
    void checksTheVersionHeader_data();
    void checksTheVersionHeader();
    void answersMethods_data();
    void answersMethods();
    void acceptsNotificationsAndResponses_data();
    void acceptsNotificationsAndResponses();
    void listsToolsBeforeInitialized();
    void missingScopeIsChallenged();
    void batches_data();
    void batches();
    void batchAnswersInOrder();
    void batchWaitsForTheLast();
    void batchIsRefusedLater();
};

void TestStreamableHttp::guardsEveryMethod_data()
{
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<int>("authorized"); ///< what the same request gets with a token
    QTest::newRow("POST /mcp") << QByteArray("POST") << QByteArray("/mcp") << 400;
    QTest::newRow("GET /mcp") << QByteArray("GET") << QByteArray("/mcp") << 400;
    QTest::newRow("DELETE /mcp") << QByteArray("DELETE") << QByteArray("/mcp") << 400;
    QTest::newRow("PUT /mcp: 405 only after 401") << QByteArray("PUT") << QByteArray("/mcp") << 405;
    QTest::newRow("GET /sse") << QByteArray("GET") << QByteArray("/sse") << 200;
    QTest::newRow("POST /sse: 405 only after 401")
        << QByteArray("POST") << QByteArray("/sse") << 405;
    QTest::newRow("POST /messages") << QByteArray("POST") << QByteArray("/messages") << 400;
    QTest::newRow("GET /messages: 405 only after 401")
        << QByteArray("GET") << QByteArray("/messages") << 405;
}

void TestStreamableHttp::guardsEveryMethod()
{
    QFETCH(QByteArray, method);
    QFETCH(QByteArray, path);
    McpHarness harness;
    const auto without = harness.request(method, path, {}, {}, {});
    QCOMPARE(without->status(), 401);
    QVERIFY(without->header("WWW-Authenticate").contains("scope=\"read:todos\""));
    QVERIFY(!without->header("WWW-Authenticate").contains("error="));
    const auto wrong = harness.request(method, path, {}, {}, "nonsense");
    QCOMPARE(wrong->status(), 401);
    QVERIFY(wrong->header("WWW-Authenticate").contains("error=\"invalid_token\""));
    QTEST(harness.request(method, path)->status(), "authorized");
}

void TestStreamableHttp::challengesNameTheMetadata_data()
{
    QTest::addColumn<QByteArray>("host");
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<QByteArray>("metadata");
    for (const QByteArray host : {"localhost:8377", "127.0.0.1:8377", "[::1]:8377"}) {
        const auto row = [&](const char *name, const QByteArray &path, const QByteArray &metadata) {
            QTest::addRow("RFC 9728 §5.1 %s at %s", name, host.constData())
                << host << path << metadata;
        };
        row("/mcp", "/mcp", "/mcp");
        row("/sse", "/sse", "/sse");
        row("messages belong to /sse", "/messages", "/sse");
    }
}

void TestStreamableHttp::challengesNameTheMetadata()
{
    QFETCH(QByteArray, host);
    QFETCH(QByteArray, path);
    QFETCH(QByteArray, metadata);
    McpHarness harness;
    const auto wanted = "resource_metadata=\"http://" + host
        + "/.well-known/oauth-protected-resource" + metadata + '"';
    for (const auto *token : {"", "nonsense"}) {
        const auto reply = harness.request("POST", path, kPing, headers({{"Host", host}}), token);
        QCOMPARE(reply->status(), 401);
        const auto challenge = reply->header("WWW-Authenticate");
        QVERIFY2(challenge.startsWith("Bearer ") && challenge.contains(wanted),
                 challenge.constData());
        QVERIFY(!challenge.contains("offline_access"));
        for (const auto *attribute : {"scope=", "resource_metadata=", "Bearer "})
            QCOMPARE(challenge.count(attribute), 1); // RFC 6750 §3
        QCOMPARE(reply->header("Cache-Control"), QByteArray("no-store"));
    }
    // MCP 2025-11-25 Runtime Insufficient Scope Errors: there as well.
    if (path == "/mcp") {
        const auto reply =
            harness.request("POST", path, McpHarness::callBody("admin"),
                            headers({{"Host", host}, {"Mcp-Session-Id", harness.session()}}));
        QCOMPARE(reply->status(), 403);
        QVERIFY(reply->header("WWW-Authenticate").contains(wanted));
    }
}

void TestStreamableHttp::tokensElsewhereAreIgnored_data()
{
    QTest::addColumn<QByteArray>("target");
    QTest::addColumn<QByteArray>("type");
    QTest::addColumn<QByteArray>("body");
    const QByteArray json = "application/json";
    QTest::newRow("OAuth 2.1 §5.1 in the address")
        << QByteArray("/mcp?access_token=a") << json << kPing;
    QTest::newRow("OAuth 2.1 §5.1.2 in a form")
        << QByteArray("/mcp") << QByteArray("application/x-www-form-urlencoded")
        << QByteArray("access_token=a");
    QTest::newRow("OAuth 2.1 §5.1 in the address of the stream")
        << QByteArray("/sse?access_token=a") << json << QByteArray();
}

void TestStreamableHttp::tokensElsewhereAreIgnored()
{
    QFETCH(QByteArray, target);
    QFETCH(QByteArray, type);
    QFETCH(QByteArray, body);
    McpHarness harness;
    const auto fields = headers({{"Content-Type", type}, {"Cookie", "access_token=a"}});
    for (const auto *method : {"POST", "GET"}) {
        const auto reply = harness.request(method, target, body, fields, {});
        QCOMPARE(reply->status(), 401);
        QVERIFY(!reply->header("WWW-Authenticate").contains("error="));
    }
}

void TestStreamableHttp::refusesTwoAuthorizations()
{
    McpHarness harness;
    const auto reply =
        harness.request("POST", "/mcp", kPing, headers({{"Authorization", "Bearer b"}}));
    QCOMPARE(reply->status(), 400);
}

void TestStreamableHttp::checksHeaders_data()
{
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QByteArray>("accept");
    QTest::addColumn<QByteArray>("contentType");
    QTest::addColumn<int>("status");
    const auto row = [](const char *name, const QByteArray &method, const QByteArray &accept,
                        const QByteArray &type,
                        int status) { QTest::newRow(name) << method << accept << type << status; };
    row("POST as the spec says", "POST", "application/json, text/event-stream", "application/json",
        200);
    row("POST accepts JSON only", "POST", "application/json", "application/json", 200);
    row("POST accepts streams only", "POST", "text/event-stream", "application/json", 200);
    row("POST accepts anything", "POST", "*/*", "application/json", 200);
    row("POST accepts application/*", "POST", "application/*", "application/json", 200);
    row("POST says nothing", "POST", "", "application/json", 200);
    row("POST in capitals", "POST", "Application/JSON", "Application/JSON", 200);
    row("POST accepts it in capitals, last, with a weight", "POST",
        "text/html, Application/JSON ; q=0.5", "APPLICATION/JSON", 200);
    row("POST accepts text/*", "POST", "text/*", "application/json", 200);
    row("POST accepts image/*", "POST", "image/*", "application/json", 406);
    row("POST accepts a longer name", "POST", "application/jsonx", "application/json", 406);
    row("POST accepts html", "POST", "text/html", "application/json", 406);
    row("POST excludes JSON by q=0", "POST", "application/json;q=0, text/html", "application/json",
        406);
    row("POST with charset", "POST", "*/*", "application/json; charset=utf-8", 200);
    row("POST as a form", "POST", "*/*", "application/x-www-form-urlencoded", 415);
    row("POST as text: no preflight needed", "POST", "*/*", "text/plain", 415);
    row("POST without a type", "POST", "*/*", "", 415);
    row("POST of something like JSON", "POST", "*/*", "application/json-seq", 415);
    row("GET accepts JSON only", "GET", "application/json", "", 406);
    row("GET accepts streams", "GET", "text/event-stream", "", 200);
}

void TestStreamableHttp::checksHeaders()
{
    QFETCH(QByteArray, method);
    QFETCH(QByteArray, accept);
    QFETCH(QByteArray, contentType);
    McpHarness harness;
    const auto session = harness.session();
    const auto reply = harness.request(
        method, "/mcp", kPing,
        headers({{"Mcp-Session-Id", session}, {"Accept", accept}, {"Content-Type", contentType}}));
    QTEST(reply->status(), "status");
}

void TestStreamableHttp::initializeNeedsAVersion()
{
    McpHarness harness;
    const auto reply =
        harness.post({}, R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{}})");
    QCOMPARE(errorCode(*reply), mcp::rpc_code::kInvalidParams);
    QVERIFY(reply->header("Mcp-Session-Id").isEmpty());
    QCOMPARE(harness.server.sessionCount(), 0);
}

void TestStreamableHttp::checksTheVersionHeader_data()
{
    QTest::addColumn<QByteArray>("version");
    QTest::addColumn<int>("status");
    QTest::newRow("absent: as negotiated") << QByteArray() << 200;
    QTest::newRow("the negotiated one") << QByteArray("2025-11-25") << 200;
    QTest::newRow("another that is spoken") << QByteArray("2025-03-26") << 200;
    QTest::newRow("2026-07-28 has no sessions") << QByteArray("2026-07-28") << 400;
    QTest::newRow("nonsense") << QByteArray("1.0") << 400;
}

void TestStreamableHttp::checksTheVersionHeader()
{
    QFETCH(QByteArray, version);
    McpHarness harness;
    auto fields = headers({{"Mcp-Session-Id", harness.session()}});
    if (!version.isEmpty())
        fields.append("MCP-Protocol-Version", version);
    QTEST(harness.request("POST", "/mcp", kPing, fields)->status(), "status");
    QTEST(harness.request("GET", "/mcp", {}, fields)->status(), "status");
}

void TestStreamableHttp::answersMethods_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<int>("status");
    QTest::addColumn<int>("code"); ///< 0: a result
    const auto row = [](const char *name, const QByteArray &body, int status, int code) {
        QTest::newRow(name) << body << status << code;
    };
    const auto call = [](const QByteArray &params) {
        return R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":)" + params + '}';
    };
    using namespace mcp::rpc_code;
    row("ping", kPing, 200, 0);
    row("unknown method", R"({"jsonrpc":"2.0","id":1,"method":"tools/run"})", 200, kMethodNotFound);
    row("method of a stateless revision", R"({"jsonrpc":"2.0","id":1,"method":"server/discover"})",
        200, kMethodNotFound);
    row("method names are exact", R"({"jsonrpc":"2.0","id":1,"method":"Ping"})", 200,
        kMethodNotFound);
    row("tools/list with a cursor that never was",
        R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":"x"}})", 200,
        kInvalidParams);
    row("tools/call", call(R"({"name":"echo","arguments":{}})"), 200, 0);
    row("tools/call without arguments", call(R"({"name":"echo"})"), 200, 0);
    row("tools/call of an unknown tool", call(R"({"name":"nope"})"), 200, kInvalidParams);
    row("tools/call without a name", call("{}"), 200, kInvalidParams);
    row("tools/call with a list of arguments", call(R"({"name":"echo","arguments":[1]})"), 200,
        kInvalidParams);
    row("not JSON", "{", 400, kParseError);
    row("no message", R"({"hello":"world"})", 400, kInvalidRequest);
    row("params as a list", R"({"jsonrpc":"2.0","id":1,"method":"ping","params":[]})", 400,
        kInvalidParams);
}

void TestStreamableHttp::answersMethods()
{
    QFETCH(QByteArray, body);
    McpHarness harness;
    const auto reply = harness.post(harness.session(), body);
    QTEST(reply->status(), "status");
    QTEST(errorCode(*reply), "code");
    QCOMPARE(reply->header("Content-Type"), QByteArray("application/json"));
    QCOMPARE(reply->header("Cache-Control"), QByteArray("no-store"));
}

void TestStreamableHttp::acceptsNotificationsAndResponses_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::newRow("initialized") << QByteArray(
        R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
    QTest::newRow("unknown notification") << QByteArray(R"({"jsonrpc":"2.0","method":"x/y"})");
    QTest::newRow("cancelled without an id")
        << QByteArray(R"({"jsonrpc":"2.0","method":"notifications/cancelled"})");
    QTest::newRow("result") << QByteArray(R"({"jsonrpc":"2.0","id":9,"result":{}})");
    QTest::newRow("error") << QByteArray(
        R"({"jsonrpc":"2.0","id":9,"error":{"code":-1,"message":"no"}})");
}

void TestStreamableHttp::acceptsNotificationsAndResponses()
{
    QFETCH(QByteArray, body);
    McpHarness harness;
    const auto reply = harness.post(harness.session(), body);
    QCOMPARE(reply->status(), 202);
    QVERIFY(reply->response->body.isEmpty());
}

void TestStreamableHttp::listsToolsBeforeInitialized()
{
    McpHarness harness;
    const auto body = R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})";
    const auto reply = harness.post(harness.session("2025-11-25", "weak"), body, "weak");
    QStringList names;
    const auto list = resultOf(*reply).value("tools"_L1).toArray();
    for (const auto &tool : list)
        names.append(tool.toObject().value("name"_L1).toString());
    // What the grant may not do costs a model room and leads nowhere.
    QCOMPARE(names, QStringList());
}

void TestStreamableHttp::missingScopeIsChallenged()
{
    McpHarness harness;
    const auto reply = harness.post(harness.session(), McpHarness::callBody("admin"));
    QCOMPARE(reply->status(), 403);
    const auto challenge = reply->header("WWW-Authenticate");
    QVERIFY(challenge.contains("error=\"insufficient_scope\""));
    QVERIFY2(challenge.contains("scope=\"read:todos admin:todos\""), challenge.constData());
    QCOMPARE(harness.adminRuns, 0);
}

void TestStreamableHttp::batches_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<int>("status");
    QTest::addColumn<int>("answers");
    const QByteArray notification = R"({"jsonrpc":"2.0","method":"notifications/initialized"})";
    QTest::newRow("one request") << QByteArray('[' + kPing + ']') << 200 << 1;
    QTest::newRow("notifications only")
        << QByteArray('[' + notification + ',' + notification + ']') << 202 << 0;
    QTest::newRow("mixed, one is no message")
        << QByteArray('[' + notification + ',' + kPing + ",7]") << 200 << 2;
    QTest::newRow("initialize must not be in one")
        << QByteArray('[' + McpHarness::initializeBody("2025-03-26") + ']') << 200 << 1;
    QTest::newRow("lacking a scope is an error inside it")
        << QByteArray('[' + McpHarness::callBody("admin") + ']') << 200 << 1;
    QTest::newRow("empty") << QByteArray("[]") << 400 << 0;
}

void TestStreamableHttp::batches()
{
    QFETCH(QByteArray, body);
    McpHarness harness;
    const auto reply = harness.post(harness.session("2025-03-26"), body);
    QTEST(reply->status(), "status");
    QTEST(int(reply->json().array().size()), "answers");
    QCOMPARE(harness.adminRuns, 0);
    QCOMPARE(harness.server.sessionCount(), 1);
}

void TestStreamableHttp::batchAnswersInOrder()
{
    McpHarness harness;
    const auto reply = harness.post(harness.session("2025-03-26"),
                                    '[' + McpHarness::callBody("echo", "7") + ','
                                        + McpHarness::callBody("admin", "8") + ','
                                        + R"({"jsonrpc":"2.0","id":"x","method":"nope"})" + ']');
    const auto answers = reply->json().array();
    QCOMPARE(answers.at(0).toObject().value("id"_L1), QJsonValue(7));
    QVERIFY(answers.at(0).toObject().contains("result"_L1));
    QCOMPARE(answers.at(1).toObject().value("error"_L1).toObject().value("code"_L1),
             QJsonValue(mcp::rpc_code::kInsufficientScope));
    QCOMPARE(answers.at(2).toObject().value("id"_L1), QJsonValue(u"x"_s));
}

void TestStreamableHttp::batchWaitsForTheLast()
{
    McpHarness harness;
    const auto session = harness.session("2025-03-26");
    const auto reply = harness.post(session,
                                    '[' + McpHarness::callBody("later", "1") + ','
                                        + McpHarness::callBody("later", "2") + ']');
    harness.calls.at(1)->finish({u"second"_s});
    QVERIFY(!reply->response);
    harness.calls.at(0)->finish({u"first"_s});
    const auto answers = reply->json().array();
    QCOMPARE(textOf(answers.at(0).toObject().value("result"_L1).toObject()), u"first"_s);
    QCOMPARE(textOf(answers.at(1).toObject().value("result"_L1).toObject()), u"second"_s);
}

void TestStreamableHttp::batchIsRefusedLater()
{
    McpHarness harness;
    const QByteArray batch = '[' + kPing + ']';
    QCOMPARE(harness.post(harness.session("2025-06-18"), batch)->status(), 400);
    QCOMPARE(harness.post(harness.session("2025-11-25"), batch)->status(), 400);
}

QTEST_GUILESS_MAIN(TestStreamableHttp)
#include "tst_streamable_http.moc"

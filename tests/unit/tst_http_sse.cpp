// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/mcp_harness.h"

#include <mcp/message_check.h>

#include <QTest>

using namespace gatehouse;
using namespace gatehouse::tests;
using namespace Qt::StringLiterals;

/// MCP 2024-11-05 transports §HTTP with SSE.
class TestHttpSse : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void firstEventIsARelativeEndpoint();
    void streamHead();
    void needsEventStream();
    void answersOnTheStream();
    void messagesKeepTheirSchema();
    void refusesMessages_data();
    void refusesMessages();
    void foreignGrantIsUnknown();
    void transportsDoNotMix();
    void missingScopeIsChallengedDirectly();
    void batch();
    void batchOfWhatIsNoMessage();
    void leavingEndsTheSession();
    void cancelledCallsGetNoMessage();
};

void TestHttpSse::firstEventIsARelativeEndpoint()
{
    McpHarness harness;
    const auto sse = harness.openSse();
    QCOMPARE(sse->status(), 200);
    QVERIFY2(sse->streamed.startsWith("event: endpoint\ndata: /messages?sessionId="),
             sse->streamed.constData());
    QVERIFY(sse->streamed.endsWith("\n\n"));
    const auto id = McpHarness::endpointOf(*sse).split('=').value(1);
    QCOMPARE(id.size(), 43);
    QVERIFY(McpHarness::endpointOf(*harness.openSse()) != McpHarness::endpointOf(*sse));
}

void TestHttpSse::streamHead()
{
    McpHarness harness;
    const auto sse = harness.openSse();
    QCOMPARE(sse->header("Content-Type"), QByteArray("text/event-stream"));
    QCOMPARE(sse->header("Cache-Control"), QByteArray("no-store"));
    QCOMPARE(sse->header("X-Accel-Buffering"), QByteArray("no"));
}

void TestHttpSse::needsEventStream()
{
    McpHarness harness;
    http::Headers accept;
    accept.append("Accept", "text/html");
    QCOMPARE(harness.request("GET", "/sse", {}, accept)->status(), 406);
    QCOMPARE(harness.server.sessionCount(), 0);
}

void TestHttpSse::answersOnTheStream()
{
    McpHarness harness;
    const auto sse = harness.openSse();
    const auto endpoint = McpHarness::endpointOf(*sse);
    const auto accepted =
        harness.request("POST", endpoint, McpHarness::initializeBody("2024-11-05"));
    QCOMPARE(accepted->status(), 202);
    QVERIFY(accepted->response->body.isEmpty());
    const auto first = messagesOn(*sse).first();
    QCOMPARE(first.value("result"_L1).toObject().value("protocolVersion"_L1),
             QJsonValue(u"2024-11-05"_s));
    harness.request("POST", endpoint, R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
    QCOMPARE(messagesOn(*sse).size(), 1);
    harness.request("POST", endpoint, McpHarness::callBody("later", "5"));
    QCOMPARE(messagesOn(*sse).size(), 1);
    harness.calls.at(0)->finish({u"line one\nline two"_s});
    const auto last = messagesOn(*sse).last();
    QCOMPARE(last.value("id"_L1), QJsonValue(5));
    QVERIFY(last.contains("result"_L1));
}

void TestHttpSse::messagesKeepTheirSchema()
{
    McpHarness harness;
    const auto sse = harness.openSse();
    const auto endpoint = McpHarness::endpointOf(*sse);
    harness.request("POST", endpoint, McpHarness::initializeBody("2024-11-05"));
    harness.request("POST", endpoint, R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})");
    harness.request("POST", endpoint, McpHarness::callBody("echo", "2"));
    const auto messages = messagesOn(*sse);
    const QStringList methods{u"initialize"_s, u"tools/list"_s, u"tools/call"_s};
    QCOMPARE(messages.size(), methods.size());
    for (qsizetype i = 0; i < methods.size(); ++i) {
        const auto message = messages.at(i);
        QCOMPARE(mcp::messageComplaints(message, u"2024-11-05"_s, methods.at(i)), QStringList());
    }
}

void TestHttpSse::refusesMessages_data()
{
    QTest::addColumn<QByteArray>("target");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("contentType");
    QTest::addColumn<int>("status");
    const QByteArray json = "application/json";
    const QByteArray known = "KNOWN";
    QTest::newRow("no sessionId") << QByteArray("/messages") << kPing << json << 400;
    QTest::newRow("empty sessionId") << QByteArray("/messages?sessionId=") << kPing << json << 400;
    QTest::newRow("sessionId twice")
        << QByteArray("/messages?sessionId=a&sessionId=b") << kPing << json << 400;
    QTest::newRow("unknown session")
        << QByteArray("/messages?sessionId=nope") << kPing << json << 404;
    QTest::newRow("not JSON") << known << QByteArray("{") << json << 400;
    QTest::newRow("no message") << known << QByteArray("{}") << json << 400;
    QTest::newRow("text, which needs no preflight")
        << known << kPing << QByteArray("text/plain") << 415;
    QTest::newRow("fine") << known << kPing << json << 202;
}

void TestHttpSse::refusesMessages()
{
    QFETCH(QByteArray, target);
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, contentType);
    McpHarness harness;
    const auto sse = harness.openSse();
    http::Headers type;
    type.append("Content-Type", contentType);
    const auto reply = harness.request(
        "POST", target == "KNOWN" ? McpHarness::endpointOf(*sse) : target, body, type);
    QTEST(reply->status(), "status");
    QCOMPARE(messagesOn(*sse).size(), reply->status() == 202 ? 1 : 0);
}

void TestHttpSse::foreignGrantIsUnknown()
{
    McpHarness harness;
    const auto sse = harness.openSse("a");
    const auto reply = harness.request("POST", McpHarness::endpointOf(*sse), kPing, {}, "b");
    QCOMPARE(reply->status(), 404);
    QCOMPARE(messagesOn(*sse).size(), 0);
}

void TestHttpSse::transportsDoNotMix()
{
    McpHarness harness;
    const auto session = harness.session();
    QCOMPARE(harness.request("POST", "/messages?sessionId=" + session, kPing)->status(), 404);
    const auto sse = harness.openSse();
    const auto id = McpHarness::endpointOf(*sse).split('=').value(1);
    QCOMPARE(harness.post(id, kPing)->status(), 404);
}

void TestHttpSse::missingScopeIsChallengedDirectly()
{
    McpHarness harness;
    const auto sse = harness.openSse();
    const auto reply =
        harness.request("POST", McpHarness::endpointOf(*sse), McpHarness::callBody("admin"));
    QCOMPARE(reply->status(), 403);
    QVERIFY(reply->header("WWW-Authenticate").contains("insufficient_scope"));
    QCOMPARE(messagesOn(*sse).size(), 0);
    QCOMPARE(harness.adminRuns, 0);
}

void TestHttpSse::batch()
{
    McpHarness harness;
    const auto sse = harness.openSse();
    const QByteArray batch = '[' + kPing + ',' + McpHarness::callBody("admin", "2") + ']';
    QCOMPARE(harness.request("POST", McpHarness::endpointOf(*sse), batch)->status(), 202);
    const auto messages = messagesOn(*sse);
    QCOMPARE(messages.size(), 2);
    QVERIFY(messages.at(0).contains("result"_L1));
    QVERIFY(messages.at(1).contains("error"_L1));
    QCOMPARE(harness.adminRuns, 0);
}

/// JSON-RPC 2.0 §6: an answer to each.
void TestHttpSse::batchOfWhatIsNoMessage()
{
    McpHarness harness;
    const auto sse = harness.openSse();
    const QByteArray batch = "[1," + kPing + R"(,{"jsonrpc":"2.0","id":"x"}])";
    QCOMPARE(harness.request("POST", McpHarness::endpointOf(*sse), batch)->status(), 202);
    const auto messages = messagesOn(*sse);
    QCOMPARE(messages.size(), 3);
    QCOMPARE(messages.at(0)["error"_L1]["code"_L1].toInt(), -32600);
    QVERIFY(messages.at(1).contains("result"_L1));
    QCOMPARE(messages.at(2)["id"_L1].toString(), u"x"_s);
}

void TestHttpSse::leavingEndsTheSession()
{
    McpHarness harness;
    const auto sse = harness.openSse();
    const auto endpoint = McpHarness::endpointOf(*sse);
    harness.request("POST", endpoint, McpHarness::callBody("later"));
    static_cast<RecordedStream *>(sse->stream.data())->leave();
    QCOMPARE(harness.abandoned, 1);
    QCOMPARE(harness.request("POST", endpoint, kPing)->status(), 404);
    QCOMPARE(harness.server.sessionCount(), 0);
}

void TestHttpSse::cancelledCallsGetNoMessage()
{
    McpHarness harness;
    const auto sse = harness.openSse();
    const auto endpoint = McpHarness::endpointOf(*sse);
    harness.request("POST", endpoint, McpHarness::callBody("later", "1"));
    harness.request(
        "POST", endpoint,
        R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}})");
    QCOMPARE(harness.abandoned, 1);
    harness.calls.at(0)->finish({u"too late"_s});
    QCOMPARE(messagesOn(*sse).size(), 0);
}

QTEST_GUILESS_MAIN(TestHttpSse)
#include "tst_http_sse.moc"

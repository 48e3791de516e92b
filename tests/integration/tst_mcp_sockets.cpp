// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/free_ports.h"
#include "support/http_client.h"
#include "support/mcp_harness.h"

#include <http/http_server.h>

#include <QTest>

using namespace gatehouse;
using namespace gatehouse::tests;
using namespace Qt::StringLiterals;

namespace {

/// The harness behind the real server.
struct Served {
    quint16 port = freePorts(1);
    McpHarness harness{{}, port};
    std::unique_ptr<http::HttpServer> http = http::makeHttpServer(harness.router);
    bool listens = http->listen(port).has_value();
};

WireHeaders wireHeaders(const QByteArray &session = {}, const QByteArray &token = "a")
{
    WireHeaders headers{{"Authorization", "Bearer " + token},
                        {"Accept", "application/json, text/event-stream"},
                        {"Content-Type", "application/json"}};
    if (!session.isEmpty())
        headers.append({"Mcp-Session-Id", session});
    return headers;
}

QByteArray beginSession(const Served &served)
{
    return WireClient(served.port)
        .request("POST", "/mcp", wireHeaders(), McpHarness::initializeBody("2025-11-25"))
        .header("Mcp-Session-Id");
}

/// Sends the request and reads only the head of its answer.
WireResponse open(WireClient &client, const QByteArray &path, const QByteArray &session = {})
{
    client.sendRaw("GET " + path + " HTTP/1.1\r\nHost: " + client.host
                   + "\r\nAuthorization: Bearer a\r\nAccept: text/event-stream\r\n"
                   + (session.isEmpty() ? QByteArray() : "Mcp-Session-Id: " + session + "\r\n")
                   + "\r\n");
    return client.readHead();
}

/// A POST whose answer comes later.
void sendCall(WireClient &client, const QByteArray &path, const QByteArray &session,
              const QByteArray &body)
{
    QByteArray head = "POST " + path + " HTTP/1.1\r\nHost: " + client.host + "\r\n";
    const auto fields = wireHeaders(session);
    for (const auto &[name, value] : fields)
        head += name + ": " + value + "\r\n";
    client.sendRaw(head + "Content-Length: " + QByteArray::number(body.size()) + "\r\n\r\n" + body);
}

} // namespace

/// What only real connections show: streams that end, clients that leave.
class TestMcpSockets : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void wholeConversation();
    void sseConversation();
    void revokeClosesStreamsAndCalls();
    void deleteClosesTheStream();
    void heartbeatArrives();
    void leavingThePostDoesNotCancel();
    void leavingTheSseStreamEndsItsSession();
    void postToSseIs405After401();
};

void TestMcpSockets::wholeConversation()
{
    Served served;
    QVERIFY(served.listens);
    WireClient client(served.port);
    const auto begun =
        client.request("POST", "/mcp", wireHeaders(), McpHarness::initializeBody("2025-11-25"));
    QCOMPARE(begun.status, 200);
    QCOMPARE(begun.header("Content-Type"), QByteArray("application/json"));
    const auto session = begun.header("Mcp-Session-Id");
    const auto accepted =
        client.request("POST", "/mcp", wireHeaders(session),
                       R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
    QCOMPARE(accepted.status, 202);
    QVERIFY(accepted.body.isEmpty());
    const auto call =
        client.request("POST", "/mcp", wireHeaders(session), McpHarness::callBody("echo", "7"));
    QCOMPARE(call.status, 200);
    const auto answer = QJsonDocument::fromJson(call.body).object();
    QCOMPARE(answer.value("id"_L1), QJsonValue(7));
    QCOMPARE(client.request("DELETE", "/mcp", wireHeaders(session)).status, 204);
    QCOMPARE(client.request("POST", "/mcp", wireHeaders(session), kPing).status, 404);
}

void TestMcpSockets::sseConversation()
{
    Served served;
    WireClient stream(served.port);
    const auto head = open(stream, "/sse");
    QCOMPARE(head.status, 200);
    QCOMPARE(head.header("Content-Type"), QByteArray("text/event-stream"));
    QVERIFY(stream.waitForText("\n\n"));
    const auto text = stream.buffered();
    const auto start = text.indexOf("data: ") + 6;
    const auto endpoint = text.mid(start, text.indexOf('\n', start) - start).trimmed();
    QVERIFY(endpoint.startsWith("/messages?sessionId="));
    const auto posted =
        WireClient(served.port)
            .request("POST", endpoint, wireHeaders(), McpHarness::initializeBody("2024-11-05"));
    QCOMPARE(posted.status, 202);
    QVERIFY(stream.waitForText("event: message\ndata: {"));
    QVERIFY(stream.waitForText("\"protocolVersion\":\"2024-11-05\""));
}

void TestMcpSockets::revokeClosesStreamsAndCalls()
{
    Served served;
    const auto session = beginSession(served);
    WireClient stream(served.port);
    QCOMPARE(open(stream, "/mcp", session).status, 200);
    WireClient sse(served.port);
    QCOMPARE(open(sse, "/sse").status, 200);
    WireClient caller(served.port);
    sendCall(caller, "/mcp", session, McpHarness::callBody("later"));
    QTRY_COMPARE(served.harness.calls.size(), 1U);

    served.harness.server.endGrant(GrantId(u"grant-a"_s));
    QCOMPARE(caller.readResponse().status, 401);
    QVERIFY(stream.waitForClose(1000));
    QVERIFY(sse.waitForClose(1000));
    QCOMPARE(served.harness.abandoned, 1);
    QCOMPARE(WireClient(served.port).request("POST", "/mcp", wireHeaders(session), kPing).status,
             404);
}

void TestMcpSockets::deleteClosesTheStream()
{
    Served served;
    const auto session = beginSession(served);
    WireClient stream(served.port);
    QCOMPARE(open(stream, "/mcp", session).status, 200);
    QCOMPARE(WireClient(served.port).request("DELETE", "/mcp", wireHeaders(session)).status, 204);
    QVERIFY(stream.waitForClose(1000));
}

void TestMcpSockets::heartbeatArrives()
{
    Served served;
    WireClient stream(served.port);
    QCOMPARE(open(stream, "/mcp", beginSession(served)).status, 200);
    QVERIFY(!stream.waitForText(": ping\n\n", 100));
    served.harness.clock.advance(15s);
    QVERIFY(stream.waitForText(": ping\n\n"));
}

/// MCP transports §Sending Messages: a disconnect is no cancellation.
void TestMcpSockets::leavingThePostDoesNotCancel()
{
    Served served;
    const auto session = beginSession(served);
    {
        WireClient caller(served.port);
        sendCall(caller, "/mcp", session, McpHarness::callBody("later"));
        QTRY_COMPARE(served.harness.calls.size(), 1U);
    }
    QCOMPARE(WireClient(served.port).request("POST", "/mcp", wireHeaders(session), kPing).status,
             200);
    QCOMPARE(served.harness.abandoned, 0);
    served.harness.calls.at(0)->finish({u"nobody hears this"_s});
    QCOMPARE(WireClient(served.port).request("POST", "/mcp", wireHeaders(session), kPing).status,
             200);
}

void TestMcpSockets::leavingTheSseStreamEndsItsSession()
{
    Served served;
    {
        WireClient stream(served.port);
        QCOMPARE(open(stream, "/sse").status, 200);
        QTRY_COMPARE(served.harness.server.sessionCount(), 1);
    }
    QTRY_COMPARE(served.harness.server.sessionCount(), 0);
}

void TestMcpSockets::postToSseIs405After401()
{
    Served served;
    WireClient client(served.port);
    const auto body = McpHarness::initializeBody("2025-11-25");
    QCOMPARE(client.request("POST", "/sse", {{"Content-Type", "application/json"}}, body).status,
             401);
    const auto refused = client.request("POST", "/sse", wireHeaders(), body);
    QCOMPARE(refused.status, 405);
    QVERIFY(refused.header("Allow").contains("GET"));
}

QTEST_GUILESS_MAIN(TestMcpSockets)
#include "tst_mcp_sockets.moc"

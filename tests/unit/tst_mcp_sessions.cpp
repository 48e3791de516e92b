// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/captured_log.h"
#include "support/mcp_harness.h"

#include <QSignalSpy>
#include <QTest>

using namespace gatehouse;
using namespace gatehouse::tests;
using namespace Qt::StringLiterals;

/// Sessions over time: who may use one, what runs in it, what ends it.
class TestMcpSessions : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void sessionIdIsFreshAndVisible();
    void checksTheSession_data();
    void checksTheSession();
    void foreignGrantIsUnknownAndLogged();
    void cancelAbandonsTheCall();
    void cancelOfAnotherSessionDoesNothing();
    void lateResultIsDropped();
    void sameIdWhileRunning();
    void limitsRunningCalls();
    void deleteEndsAtOnce();
    void severalStreams();
    void ninthStreamClosesTheFirst();
    void headOpensNoStream();
    void heartbeatOnEveryStream();
    void connectedGrants();
    void revokeEndsEverythingOfTheGrant();
    void pauseAnswersToolErrors();
    void idleSessionsGo();
    void usedSessionsStay();
    void streamKeepsTheSession();
    void sessionsPerGrantAreBounded();
    void sessionsInAllAreBounded();
    void reportsCalls();
};

void TestMcpSessions::sessionIdIsFreshAndVisible()
{
    McpHarness harness;
    const auto first = harness.session();
    const auto second = harness.session();
    QVERIFY(first != second);
    QCOMPARE(first.size(), 56); // 128 random bits, their signature and a little more, in base64url
    const bool isVisible =
        std::all_of(first.begin(), first.end(), [](char c) { return c >= '\x21' && c <= '\x7e'; });
    QVERIFY(isVisible);
    // Only the answer to initialize names it.
    QVERIFY(harness.post(first, kPing)->header("Mcp-Session-Id").isEmpty());
}

void TestMcpSessions::checksTheSession_data()
{
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QByteArray>("id");
    QTest::addColumn<int>("status");
    for (const auto &method : {QByteArray("POST"), QByteArray("GET"), QByteArray("DELETE")}) {
        QTest::addRow("%s without an id", method.constData()) << method << QByteArray() << 400;
        QTest::addRow("%s with an unknown id", method.constData())
            << method << QByteArray(43, 'x') << 404;
    }
}

void TestMcpSessions::checksTheSession()
{
    QFETCH(QByteArray, method);
    QFETCH(QByteArray, id);
    McpHarness harness;
    const auto known = harness.session();
    const auto reply = harness.request(method, "/mcp", kPing, headers({{"Mcp-Session-Id", id}}));
    QTEST(reply->status(), "status");
    QCOMPARE(harness.post(known, kPing)->status(), 200);
}

void TestMcpSessions::foreignGrantIsUnknownAndLogged()
{
    McpHarness harness;
    const auto session = harness.session("2025-11-25", "a");
    const CapturedLog log;
    QCOMPARE(harness.post(session, kPing, "b")->status(), 404);
    QVERIFY(log.contains(u"grant-"_s));
    QVERIFY(!log.contains(QString::fromLatin1(session)));
    const auto byB = [&](const QByteArray &method) {
        return harness.request(method, "/mcp", {}, headers({{"Mcp-Session-Id", session}}), "b");
    };
    QCOMPARE(byB("GET")->status(), 404);
    QCOMPARE(byB("DELETE")->status(), 404);
    QCOMPARE(harness.post(session, kPing, "a")->status(), 200);
}

void TestMcpSessions::cancelAbandonsTheCall()
{
    McpHarness harness;
    const auto session = harness.session();
    const auto cancelled = harness.post(session, McpHarness::callBody("later", "1"));
    const auto kept = harness.post(session, McpHarness::callBody("later", "\"1\""));
    QCOMPARE(harness.post(session, cancelBody("1"))->status(), 202);
    QCOMPARE(harness.abandoned, 1);
    // No JSON-RPC answer, but HTTP needs one.
    QCOMPARE(cancelled->status(), 202);
    QVERIFY(cancelled->response->body.isEmpty());
    QVERIFY(!kept->response);
    harness.calls.at(1)->finish({u"kept"_s});
    QCOMPARE(textOf(resultOf(*kept)), u"kept"_s);
}

void TestMcpSessions::cancelOfAnotherSessionDoesNothing()
{
    McpHarness harness;
    const auto reply = harness.post(harness.session(), McpHarness::callBody("later", "1"));
    harness.post(harness.session(), cancelBody("1"));
    QCOMPARE(harness.abandoned, 0);
    QVERIFY(!reply->response);
    harness.calls.at(0)->finish({u"done"_s});
}

void TestMcpSessions::lateResultIsDropped()
{
    McpHarness harness;
    const auto session = harness.session();
    const auto reply = harness.post(session, McpHarness::callBody("later", "1"));
    harness.post(session, cancelBody("1"));
    harness.calls.at(0)->finish({u"too late"_s});
    QCOMPARE(reply->status(), 202);
}

void TestMcpSessions::sameIdWhileRunning()
{
    McpHarness harness;
    const auto session = harness.session();
    const auto first = harness.post(session, McpHarness::callBody("later", "1"));
    const auto second = harness.post(session, McpHarness::callBody("later", "1"));
    QCOMPARE(errorCode(*second), mcp::rpc_code::kInvalidRequest);
    harness.calls.at(0)->finish({u"first"_s});
    QCOMPARE(textOf(resultOf(*first)), u"first"_s);
    QCOMPARE(harness.post(session, McpHarness::callBody("echo", "1"))->status(), 200);
}

void TestMcpSessions::limitsRunningCalls()
{
    McpHarness harness;
    const auto session = harness.session();
    for (int i = 0; i < mcp::Dispatcher::kMostCallsPerSession; ++i)
        harness.post(session, McpHarness::callBody("later", QByteArray::number(i)));
    const auto refused = harness.post(session, McpHarness::callBody("later", "1000"));
    QCOMPARE(errorCode(*refused), mcp::rpc_code::kInternalError);
    harness.calls.at(0)->finish({u"done"_s});
    QVERIFY(!harness.post(session, McpHarness::callBody("later", "1001"))->response);
}

void TestMcpSessions::deleteEndsAtOnce()
{
    McpHarness harness;
    const auto session = harness.session();
    const auto fields = headers({{"Mcp-Session-Id", session}});
    const auto stream = harness.request("GET", "/mcp", {}, fields);
    const auto running = harness.post(session, McpHarness::callBody("later"));
    const auto other = harness.session();

    QCOMPARE(harness.request("DELETE", "/mcp", {}, fields)->status(), 204);
    QVERIFY(stream->isStreamEnded);
    QCOMPARE(harness.abandoned, 1);
    QCOMPARE(running->status(), 404);
    QCOMPARE(harness.post(session, kPing)->status(), 404);
    QCOMPARE(harness.request("GET", "/mcp", {}, fields)->status(), 404);
    QCOMPARE(harness.request("DELETE", "/mcp", {}, fields)->status(), 404);
    QCOMPARE(harness.post(other, kPing)->status(), 200);
}

void TestMcpSessions::severalStreams()
{
    McpHarness harness;
    const auto fields = headers({{"Mcp-Session-Id", harness.session()}});
    const auto first = harness.request("GET", "/mcp", {}, fields);
    const auto second = harness.request("GET", "/mcp", {}, fields);
    QCOMPARE(first->header("Content-Type"), QByteArray("text/event-stream"));
    QCOMPARE(first->header("Cache-Control"), QByteArray("no-store"));
    QCOMPARE(first->header("X-Accel-Buffering"), QByteArray("no"));
    QVERIFY(!first->isStreamEnded);
    QVERIFY(!second->isStreamEnded);
}

void TestMcpSessions::ninthStreamClosesTheFirst()
{
    McpHarness harness;
    const auto fields = headers({{"Mcp-Session-Id", harness.session()}});
    std::vector<std::shared_ptr<RecordedReply>> streams;
    for (size_t i = 0; i < mcp::Session::kMostStreams; ++i)
        streams.push_back(harness.request("GET", "/mcp", {}, fields));
    QVERIFY(!streams.front()->isStreamEnded);
    const auto last = harness.request("GET", "/mcp", {}, fields);
    QVERIFY(streams.front()->isStreamEnded);
    QVERIFY(!streams.at(1)->isStreamEnded);
    QVERIFY(!last->isStreamEnded);
}

void TestMcpSessions::headOpensNoStream()
{
    McpHarness harness;
    const auto reply =
        harness.request("HEAD", "/mcp", {}, headers({{"Mcp-Session-Id", harness.session()}}));
    QCOMPARE(reply->status(), 200);
    QVERIFY(!reply->stream);
    QCOMPARE(harness.request("HEAD", "/sse")->status(), 200);
    QCOMPARE(harness.server.sessionCount(), 1);
}

void TestMcpSessions::heartbeatOnEveryStream()
{
    McpHarness harness;
    const auto fields = headers({{"Mcp-Session-Id", harness.session()}});
    const auto first = harness.request("GET", "/mcp", {}, fields);
    const auto second = harness.request("GET", "/mcp", {}, fields);
    const auto sse = harness.openSse("b");
    harness.clock.advance(14s);
    QCOMPARE(first->streamed.count(": ping\n\n"), 0);
    harness.clock.advance(1s);
    for (const auto &stream : {first, second, sse})
        QCOMPARE(stream->streamed.count(": ping\n\n"), 1);
    // Clients and proxies give up streams that are silent for five minutes.
    harness.clock.advance(5min);
    for (const auto &stream : {first, second, sse})
        QCOMPARE(stream->streamed.count(": ping\n\n"), 21);
    static_cast<RecordedStream *>(first->stream.data())->leave();
    harness.clock.advance(15s);
    QCOMPARE(first->streamed.count(": ping\n\n"), 21);
    QCOMPARE(second->streamed.count(": ping\n\n"), 22);
}

void TestMcpSessions::connectedGrants()
{
    McpHarness harness;
    const GrantId a(u"grant-a"_s);
    const GrantId b(u"grant-b"_s);
    const auto connected = [&] {
        return harness.server.connectedGrants(harness.clock.now() - 60s);
    };
    QVERIFY(connected().isEmpty());
    QSignalSpy changed(&harness.server, &mcp::McpServer::connectionsChanged);
    const auto session = harness.session();
    QCOMPARE(changed.count(), 1);
    const auto foreign = harness.session("2025-11-25", "b");
    QCOMPARE(connected(), (QSet{a, b}));
    const auto stream = harness.request("GET", "/mcp", {}, headers({{"Mcp-Session-Id", session}}));
    QCOMPARE(changed.count(), 3);
    harness.clock.advance(61s);
    QCOMPARE(connected(), QSet{a}); // somebody listens
    static_cast<RecordedStream *>(stream->stream.data())->leave();
    QCOMPARE(changed.count(), 4);
    QCOMPARE(connected(), QSet{a}); // it was here just now
    harness.clock.advance(61s);
    QVERIFY(connected().isEmpty());
    const auto running = harness.post(foreign, McpHarness::callBody("later"), "b");
    harness.clock.advance(61s);
    QCOMPARE(connected(), QSet{b}); // a call runs
    harness.server.endGrant(b);
    QVERIFY(connected().isEmpty());
}

void TestMcpSessions::revokeEndsEverythingOfTheGrant()
{
    McpHarness harness;
    const auto one = harness.session();
    const auto two = harness.session();
    const auto foreign = harness.session("2025-11-25", "b");
    const auto stream = harness.request("GET", "/mcp", {}, headers({{"Mcp-Session-Id", one}}));
    const auto sse = harness.openSse();
    const auto running = harness.post(two, McpHarness::callBody("later"));
    const auto foreignCall = harness.post(foreign, McpHarness::callBody("later"), "b");

    harness.server.endGrant(GrantId(u"grant-a"_s));
    QVERIFY(stream->isStreamEnded);
    QVERIFY(sse->isStreamEnded);
    QCOMPARE(harness.abandoned, 1);
    QCOMPARE(running->status(), 401);
    QVERIFY(running->header("WWW-Authenticate").contains("error=\"invalid_token\""));
    QCOMPARE(harness.post(one, kPing)->status(), 404);
    QCOMPARE(harness.server.sessionCount(), 1);
    QVERIFY(!foreignCall->response);
    QCOMPARE(harness.post(foreign, kPing, "b")->status(), 200);
}

void TestMcpSessions::pauseAnswersToolErrors()
{
    McpHarness harness;
    const auto session = harness.session();
    const auto running = harness.post(session, McpHarness::callBody("later"));
    harness.server.setPaused(true, u"Gatehouse is paused."_s);

    const auto isPaused = [](const RecordedReply &reply) {
        return reply.status() == 200 && resultOf(reply).value("isError"_L1).toBool()
            && textOf(resultOf(reply)) == "Gatehouse is paused."_L1;
    };
    QCOMPARE(harness.abandoned, 1);
    QVERIFY(isPaused(*running));
    QVERIFY(isPaused(*harness.post(session, McpHarness::callBody("echo"))));
    // Never 403: a client must not ask for more rights because of a pause.
    QVERIFY(isPaused(*harness.post(session, McpHarness::callBody("admin"))));
    QCOMPARE(errorCode(*harness.post(session, McpHarness::callBody("nope"))),
             mcp::rpc_code::kInvalidParams);
    const auto list =
        harness.post(harness.session(), R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})");
    QCOMPARE(resultOf(*list).value("tools"_L1).toArray().size(), 2);

    harness.server.setPaused(false, {});
    QCOMPARE(textOf(resultOf(*harness.post(session, McpHarness::callBody("echo")))), u"heard"_s);
}

void TestMcpSessions::idleSessionsGo()
{
    McpHarness harness;
    const auto session = harness.session();
    harness.clock.advance(24h);
    QCOMPARE(harness.post(session, kPing)->status(), 404);
    harness.session();
    QCOMPARE(harness.server.sessionCount(), 1);
    harness.clock.advance(25h); // nobody asks for it: the sweep finds it
    QCOMPARE(harness.server.sessionCount(), 0);
}

void TestMcpSessions::usedSessionsStay()
{
    McpHarness harness;
    const auto session = harness.session();
    for (int i = 0; i < 3; ++i) {
        harness.clock.advance(23h);
        QCOMPARE(harness.post(session, kPing)->status(), 200);
    }
}

void TestMcpSessions::streamKeepsTheSession()
{
    McpHarness harness;
    const auto session = harness.session();
    const auto stream = harness.request("GET", "/mcp", {}, headers({{"Mcp-Session-Id", session}}));
    harness.clock.advance(48h);
    QCOMPARE(harness.server.sessionCount(), 1);
    static_cast<RecordedStream *>(stream->stream.data())->leave();
    harness.clock.advance(23h); // counts from the end of the stream
    QCOMPARE(harness.post(session, kPing)->status(), 200);
}

void TestMcpSessions::sessionsPerGrantAreBounded()
{
    McpHarness harness({3, 100, 24h});
    const auto foreign = harness.session("2025-11-25", "b");
    const auto listening = harness.session();
    harness.request("GET", "/mcp", {}, headers({{"Mcp-Session-Id", listening}}));
    harness.clock.advance(1s);
    const auto oldest = harness.session();
    harness.clock.advance(1s);
    const auto younger = harness.session();
    harness.clock.advance(1s);
    harness.post(oldest, kPing); // now `younger` is the least recently used idle one
    harness.clock.advance(1s);
    const auto fourth = harness.session();
    QCOMPARE(harness.post(younger, kPing)->status(), 404);
    for (const auto &kept : {listening, oldest, fourth})
        QCOMPARE(harness.post(kept, kPing)->status(), 200);
    QCOMPARE(harness.post(foreign, kPing, "b")->status(), 200);
}

void TestMcpSessions::sessionsInAllAreBounded()
{
    McpHarness harness({10, 3, 24h});
    const auto first = harness.session("2025-11-25", "a");
    harness.clock.advance(1s);
    const auto second = harness.session("2025-11-25", "b");
    harness.clock.advance(1s);
    harness.session("2025-11-25", "b");
    harness.session("2025-11-25", "b");
    QCOMPARE(harness.server.sessionCount(), 3);
    QCOMPARE(harness.post(first, kPing)->status(), 404);
    QCOMPARE(harness.post(second, kPing, "b")->status(), 200);
}

void TestMcpSessions::reportsCalls()
{
    McpHarness harness;
    QStringList called;
    connect(&harness.server, &mcp::McpServer::toolCalled, this,
            [&](const oauth::Access &access, const QString &tool, const mcp::ToolResult &result,
                std::chrono::milliseconds duration) {
                called.append(u"%1 %2 %3 %4"_s.arg(access.grant.value, tool)
                                  .arg(result.isError)
                                  .arg(duration.count()));
            });
    const auto session = harness.session();
    harness.post(session, McpHarness::callBody("later", "1"));
    harness.post(session, McpHarness::callBody("later", "2"));
    harness.clock.advance(250ms);
    harness.calls.at(0)->finish({u"done"_s});
    harness.post(session, cancelBody("2"));
    QCOMPARE(called, (QStringList{u"grant-a later 0 250"_s, u"grant-a later 1 250"_s}));
}

QTEST_GUILESS_MAIN(TestMcpSessions)
#include "tst_mcp_sessions.moc"

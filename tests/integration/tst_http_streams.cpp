// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/gateway_fixture.h"

#include <QElapsedTimer>
#include <QRegularExpression>
#include <QSignalSpy>

using namespace gatehouse;
using namespace gatehouse::http;
using namespace gatehouse::tests;
using namespace std::chrono_literals;
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 kMegabyte = 1024 * 1024;

} // namespace

/// Answers that stay open, on real sockets.
class TestHttpStreams : public QObject, private GatewayFixture {
    Q_OBJECT

private Q_SLOTS:
    void cleanup() { end(); }

    void streamsPieces();
    void streamNoticesThatTheClientLeft();
    void streamDropsAClientThatDoesNotRead();
    void streamTakesOneLargePiece();
    void streamToHeadIsItsHead();
    void destroyedStreamEndsTheAnswer();
    void streamAfterTheClientLeft();
    void aStreamThatCannotBeSentIs500();
    void stopEndsStreamsAndFinishesAnswers();
};

void TestHttpStreams::streamsPieces()
{
    start();
    m_handler.beginStreams();
    WireClient client(m_port);
    client.sendRaw(getRequest("/"));
    const auto head = client.readHead();
    QCOMPARE(head.status, 200);
    QCOMPARE(head.header("content-type"), "text/event-stream"_ba);
    QCOMPARE(head.header("connection"), "close"_ba);
    QCOMPARE(head.headerCount("content-length"), 0);
    QVERIFY(client.waitForText(": hello\n\n"));
    auto &stream = *m_handler.streams.at(0);
    QVERIFY(stream.isOpen());
    stream.write("data: 1\n\n");
    QVERIFY(client.waitForText("data: 1\n\n"));
    // What the client sends meanwhile is nothing that anybody reads.
    client.sendRaw(getRequest("/never"));
    stream.write("data: 2\n\n");
    QVERIFY(client.waitForText("data: 2\n\n"));
    QSignalSpy closed(&stream, &Stream::closed);
    stream.write("data: last\n\n");
    stream.close();
    QVERIFY(!stream.isOpen());
    QVERIFY(client.waitForClose());
    QCOMPARE(client.buffered(), ": hello\n\ndata: 1\n\ndata: 2\n\ndata: last\n\n"_ba);
    QCOMPARE(closed.count(), 0);
    QCOMPARE(m_handler.calls, 1);
}

void TestHttpStreams::streamNoticesThatTheClientLeft()
{
    start();
    m_handler.beginStreams();
    auto client = std::make_unique<WireClient>(m_port);
    client->sendRaw(getRequest("/"));
    QVERIFY(client->waitForText("hello"));
    auto &stream = *m_handler.streams.at(0);
    QSignalSpy closed(&stream, &Stream::closed);
    QElapsedTimer timer;
    timer.start();
    client.reset();
    QTRY_COMPARE(closed.count(), 1);
    QVERIFY(timer.elapsed() < 1000);
    QVERIFY(!stream.isOpen());
    stream.write("nobody reads this");
    stream.close();
    QCOMPARE(closed.count(), 1);
}

void TestHttpStreams::streamDropsAClientThatDoesNotRead()
{
    HttpLimits limits;
    limits.streamBacklogBytes = 100'000;
    start(limits);
    m_handler.beginStreams();
    WireClient client(m_port);
    client.socket().setReadBufferSize(1);
    client.sendRaw(getRequest("/"));
    QTRY_COMPARE(m_handler.streams.size(), size_t(1));
    auto &stream = *m_handler.streams.at(0);
    QSignalSpy closed(&stream, &Stream::closed);
    qint64 written = 0;
    QVERIFY(QTest::qWaitFor([&] {
        stream.write(QByteArray(50'000, 'x'));
        written += 50'000;
        return !stream.isOpen();
    }));
    // What the system buffers for a socket, and the backlog.
    QVERIFY2(written < 32 * kMegabyte, QByteArray::number(written).constData());
    QTRY_COMPARE(closed.count(), 1);
}

void TestHttpStreams::streamTakesOneLargePiece()
{
    HttpLimits limits;
    limits.streamBacklogBytes = 1000;
    start(limits);
    m_handler.beginStreams();
    WireClient client(m_port);
    client.sendRaw(getRequest("/"));
    QCOMPARE(client.readHead().status, 200);
    m_handler.streams.at(0)->write(QByteArray(20 * kMegabyte, 'x') + "end");
    m_handler.streams.clear();
    QVERIFY(client.waitForClose());
    QVERIFY(client.buffered().endsWith("xend"));
    QCOMPARE(client.buffered().count('x'), 20 * kMegabyte);
}

void TestHttpStreams::streamToHeadIsItsHead()
{
    start();
    m_handler.beginStreams();
    WireClient client(m_port);
    client.sendRaw("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
    QCOMPARE(client.readHead().status, 200);
    QVERIFY(client.waitForClose());
    QVERIFY(client.buffered().isEmpty());
    QVERIFY(!m_handler.streams.at(0)->isOpen());
}

void TestHttpStreams::destroyedStreamEndsTheAnswer()
{
    start();
    m_handler.beginStreams();
    WireClient client(m_port);
    client.sendRaw(getRequest("/"));
    QVERIFY(client.waitForText("hello"));
    m_handler.streams.at(0)->write("data: last\n\n");
    m_handler.streams.clear();
    QVERIFY(client.waitForClose());
    QVERIFY(client.buffered().endsWith("data: last\n\n"));
}

void TestHttpStreams::streamAfterTheClientLeft()
{
    start();
    QObject context;
    bool left = false;
    m_handler.script = [&](const HttpRequest &, Reply reply) {
        reply.whenClientLeaves(&context, [&] { left = true; });
        m_handler.kept.push_back(std::move(reply));
    };
    {
        WireClient client(m_port);
        client.sendRaw(getRequest("/"));
        QTRY_COMPARE(m_handler.kept.size(), size_t(1));
    }
    QTRY_VERIFY(left);
    const auto stream = m_handler.kept.at(0).beginStream(HttpResponse{200});
    QVERIFY(stream);
    QSignalSpy closed(stream.get(), &Stream::closed);
    QVERIFY(!stream->isOpen());
    stream->write("nobody");
    QTRY_COMPARE(closed.count(), 1);
}

void TestHttpStreams::aStreamThatCannotBeSentIs500()
{
    start();
    m_handler.script = [this](const HttpRequest &, Reply reply) {
        m_handler.streams.push_back(reply.beginStream(HttpResponse{200}.with("X", "a\nb")));
    };
    QTest::ignoreMessage(QtCriticalMsg, QRegularExpression(u"not sent"_s));
    WireClient client(m_port);
    QCOMPARE(client.request("GET", "/").status, 500);
    QVERIFY(!m_handler.streams.at(0)->isOpen());
}

void TestHttpStreams::stopEndsStreamsAndFinishesAnswers()
{
    start();
    QObject context;
    bool cancelled = false;
    m_handler.script = [&](const HttpRequest &request, Reply reply) {
        if (request.path == "/stream") {
            m_handler.streams.push_back(reply.beginStream(HttpResponse{200}));
        } else if (request.path == "/late") {
            reply.whenClientLeaves(&context, [&] { cancelled = true; });
            m_handler.kept.push_back(std::move(reply));
        } else {
            reply.send(HttpResponse::text(200, QByteArray(20 * kMegabyte, 'a')));
        }
    };
    WireClient waiting(m_port);
    waiting.sendRaw(getRequest("/late"));
    QTRY_COMPARE(m_handler.kept.size(), size_t(1));
    WireClient idle(m_port);
    WireClient streaming(m_port);
    streaming.sendRaw(getRequest("/stream"));
    QTRY_COMPARE(m_handler.streams.size(), size_t(1));
    QSignalSpy closed(m_handler.streams.at(0).get(), &Stream::closed);
    m_handler.streams.at(0)->write("data: last\n\n");
    WireClient large(m_port);
    large.sendRaw(getRequest("/large"));
    QTRY_COMPARE(m_handler.calls, 3);

    m_server->stop();
    QVERIFY(listeningAddresses(m_port).isEmpty());
    QVERIFY(!m_handler.streams.at(0)->isOpen());
    QCOMPARE(large.readResponse().body.size(), 20 * kMegabyte);
    QVERIFY(idle.waitForClose());
    QVERIFY(streaming.waitForClose());
    QVERIFY(streaming.buffered().endsWith("data: last\n\n"));
    QTRY_COMPARE(closed.count(), 1);
    // Who waits for an answer gets it, and then the connection ends.
    QVERIFY(!m_server->isQuiet());
    m_handler.kept.front().send(HttpResponse::text(200, "late"));
    const auto late = waiting.readResponse();
    QCOMPARE(late.body, QByteArray("late"));
    QCOMPARE(late.header("connection"), QByteArray("close"));
    QVERIFY(waiting.waitForClose());
    QVERIFY(!cancelled);
    QTRY_VERIFY(m_server->isQuiet());
}

QTEST_GUILESS_MAIN(TestHttpStreams)
#include "tst_http_streams.moc"

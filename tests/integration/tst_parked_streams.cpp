// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/http_client.h"

#include <base/platform/process.h>
#include <http/http_server.h>
#include <http/qt/connection_table.h>
#include <http/qt/guarded_socket.h>
#include <http/qt/qt_http_gateway.h>
#include <http/qt/stream_park.h>

#include <QAbstractEventDispatcher>
#include <QDir>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTest>
#include <QTimer>

#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace gatehouse;
using namespace gatehouse::http;
using namespace gatehouse::tests;
using namespace std::chrono_literals;
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 kMegabyte = 1024 * 1024;
constexpr auto kRequest = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

/// Begins a stream with every GET, and answers everything else at once.
class StreamingHandler final : public RequestHandler {
public:
    void handle(HttpRequest request, Reply reply) override
    {
        if (request.method == "GET")
            streams.push_back(reply.beginStream({200, {}, firstPiece}));
        else
            reply.send(HttpResponse::text(200, "now"));
    }

    QByteArray firstPiece = ": hello\n\n";
    std::vector<std::unique_ptr<Stream>> streams;
};

/// How many descriptors this process has open.
qsizetype openDescriptors()
{
    return QDir(u"/proc/self/fd"_s).entryList(QDir::System | QDir::Files).size();
}

/// While it lives, this process can open nothing.
class NoMoreDescriptors {
public:
    NoMoreDescriptors()
    {
        ::getrlimit(RLIMIT_NOFILE, &m_before);
        auto low = m_before;
        low.rlim_cur = 128;
        ::setrlimit(RLIMIT_NOFILE, &low);
        for (int fd = ::dup(0); fd >= 0; fd = ::dup(0))
            m_fillers.push_back(fd);
    }
    ~NoMoreDescriptors()
    {
        for (const int fd : m_fillers)
            ::close(fd);
        ::setrlimit(RLIMIT_NOFILE, &m_before);
    }
    NoMoreDescriptors(const NoMoreDescriptors &) = delete;
    NoMoreDescriptors &operator=(const NoMoreDescriptors &) = delete;

private:
    rlimit m_before{};
    std::vector<int> m_fillers;
};

/// Ends a connection so that the other end gets a reset.
void reset(WireClient &client)
{
    const linger hard{1, 0};
    ::setsockopt(int(client.socket().socketDescriptor()), SOL_SOCKET, SO_LINGER, &hard,
                 sizeof hard);
    client.socket().abort();
}

/// What has arrived at the system of the client, past its socket and without the event loop.
QByteArray takeArrived(WireClient &client)
{
    QByteArray arrived;
    std::vector<char> buffer(kMegabyte);
    for (ssize_t got = 1; got > 0;) {
        got = ::recv(int(client.socket().socketDescriptor()), buffer.data(), buffer.size(),
                     MSG_DONTWAIT);
        if (got > 0)
            arrived.append(buffer.data(), got);
    }
    return arrived;
}

} // namespace

/// Streams that have left Qt's event loop, on real sockets.
class TestParkedStreams : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void cleanup();

    void leavesQtOnceItsHeadIsSent();
    void eventsArriveInOrder();
    void waitsUntilItsFirstPieceIsSent();
    void takesOneLargePiece();
    void restsWhenAllIsSent();
    void nothingOvertakesWhatIsQueued();

    void noticesThatTheClientLeft_data();
    void noticesThatTheClientLeft();
    void dropsAClientThatDoesNotRead();
    void whatTheClientSendsIsThrownAway();
    void dropsAClientThatSendsTooMuch();
    void mayBeDestroyedInItsSlot();

    void closeDeliversWhatIsQueued();
    void destructionDeliversWhatIsQueued();
    void anEndThatNobodyReadsHasADeadline();
    void anEndThatTheClientIgnoresHasADeadline();

    void stopEndsStreams();
    void shutDownEndsStreams();
    void theServerMayBeDestroyedInASlot();

    void streamsCountAsConnections();
    void idleConnectionsMakeRoomBesideStreams();
    void manyStreamsFitWhereFewConnectionsDo();
    void goesOnWithoutAnotherDescriptor();
    void manyComeAndGo();

private:
    void start(HttpLimits limits = {});
    /// Has a client begin a stream; returns once that is parked.
    std::unique_ptr<WireClient> beginParked();
    [[nodiscard]] Stream &lastStream() { return *m_handler.streams.back(); }

    StreamingHandler m_handler;
    std::shared_ptr<ConnectionTable> m_table;
    std::unique_ptr<QtHttpGateway> m_gateway;
    quint16 m_port = 0;
};

void TestParkedStreams::cleanup()
{
    m_handler.streams.clear();
    m_handler.firstPiece = ": hello\n\n";
    if (m_gateway)
        m_gateway->shutDown();
    m_gateway.reset();
    m_table.reset();
}

void TestParkedStreams::start(HttpLimits limits)
{
    m_table = std::make_shared<ConnectionTable>(limits, BodyAuthorizer{});
    m_gateway = std::make_unique<QtHttpGateway>(m_handler, m_table);
    const auto port = m_gateway->listenOnLoopback(0);
    QVERIFY2(port, qUtf8Printable(port ? QString() : port.error().forPerson()));
    m_port = *port;
}

std::unique_ptr<WireClient> TestParkedStreams::beginParked()
{
    const auto wanted = m_table->park().size() + 1;
    auto client = std::make_unique<WireClient>(m_port);
    client->sendRaw(kRequest);
    [[maybe_unused]] const bool parked = QTest::qWaitFor([&] {
        return m_table->park().size() == wanted && client->waitForText(m_handler.firstPiece, 0);
    });
    return client;
}

void TestParkedStreams::leavesQtOnceItsHeadIsSent()
{
    start();
    WireClient client(m_port);
    client.sendRaw(kRequest);
    QTRY_COMPARE(m_handler.streams.size(), size_t(1));
    QPointer<GuardedSocket> socket = m_table->sockets().value(0);
    QSignalSpy closed(&lastStream(), &Stream::closed);
    QTRY_COMPARE(m_table->park().size(), 1);
    QTRY_VERIFY(!socket);
    QVERIFY(m_table->sockets().isEmpty());
    // Nobody noticed.
    QVERIFY(lastStream().isOpen());
    QCOMPARE(client.readHead().status, 200);
    QVERIFY(client.waitForText(": hello\n\n"));
    QCOMPARE(client.socket().state(), QAbstractSocket::ConnectedState);
    QCOMPARE(closed.count(), 0);
}

void TestParkedStreams::eventsArriveInOrder()
{
    start();
    const auto client = beginParked();
    auto expected = client->buffered();
    for (int i = 0; i < 1000; ++i) {
        const auto event = "data: " + QByteArray::number(i) + "\n\n";
        lastStream().write(event);
        expected += event;
    }
    QVERIFY(client->waitForText("data: 999\n\n"));
    QCOMPARE(client->buffered(), expected);
    QCOMPARE(m_table->park().size(), 1);
}

void TestParkedStreams::waitsUntilItsFirstPieceIsSent()
{
    start();
    m_handler.firstPiece = QByteArray(20 * kMegabyte, 'x');
    WireClient client(m_port);
    client.socket().setReadBufferSize(1);
    client.sendRaw(kRequest);
    QTRY_COMPARE(m_handler.streams.size(), size_t(1));
    QCOMPARE(WireClient(m_port).request("POST", "/").status, 200); // many turns of the event loop
    QCOMPARE(m_table->park().size(), 0);

    client.socket().setReadBufferSize(0);
    QTRY_COMPARE(m_table->park().size(), 1);
    lastStream().write("data: parked\n\n");
    QCOMPARE(client.readHead().status, 200);
    QVERIFY(client.waitForText("data: parked\n\n"));
    QCOMPARE(client.buffered().size(), 20 * kMegabyte + 14);
}

void TestParkedStreams::takesOneLargePiece()
{
    HttpLimits limits;
    limits.streamBacklogBytes = 1000;
    start(limits);
    const auto client = beginParked();
    lastStream().write(QByteArray(20 * kMegabyte, 'x') + "end of one\n\n");
    QVERIFY(client->waitForText("end of one\n\n"));
    QCOMPARE(client->buffered().count('x'), 20 * kMegabyte);
    lastStream().write("data: next\n\n");
    QVERIFY(client->waitForText("end of one\n\ndata: next\n\n"));
}

void TestParkedStreams::restsWhenAllIsSent()
{
    start();
    const auto client = beginParked();
    lastStream().write(QByteArray(20 * kMegabyte, 'x') + "end");
    QVERIFY(client->waitForText("xend"));
    QSignalSpy turns(QAbstractEventDispatcher::instance(), &QAbstractEventDispatcher::awake);
    QEventLoop loop;
    QTimer::singleShot(100ms, &loop, &QEventLoop::quit);
    loop.exec();
    QVERIFY2(turns.count() < 100, QByteArray::number(turns.count()).constData());
}

void TestParkedStreams::nothingOvertakesWhatIsQueued()
{
    HttpLimits limits;
    limits.streamBacklogBytes = 20 * kMegabyte;
    start(limits);
    const auto client = beginParked();
    client->socket().setReadBufferSize(1);
    lastStream().write(QByteArray(10 * kMegabyte, 'x'));
    // The system has room again, and the server does not know yet.
    auto received = takeArrived(*client);
    const QByteArray last = "data: last\n\n";
    lastStream().write(last);
    QVERIFY(QTest::qWaitFor([&] {
        received += takeArrived(*client);
        return received.size() >= 10 * kMegabyte + last.size();
    }));
    QVERIFY(received.endsWith("x" + last));
}

void TestParkedStreams::noticesThatTheClientLeft_data()
{
    QTest::addColumn<bool>("byReset");
    QTest::newRow("its end was closed") << false;
    QTest::newRow("it was reset") << true;
}

void TestParkedStreams::noticesThatTheClientLeft()
{
    QFETCH(bool, byReset);
    start();
    auto client = beginParked();
    QSignalSpy closed(&lastStream(), &Stream::closed);
    if (byReset)
        reset(*client);
    client.reset();
    QTRY_COMPARE(closed.count(), 1);
    QVERIFY(!lastStream().isOpen());
    QCOMPARE(m_table->park().size(), 0);
    lastStream().write("nobody reads this");
    lastStream().close();
    QCoreApplication::processEvents();
    QCOMPARE(closed.count(), 1);
}

void TestParkedStreams::dropsAClientThatDoesNotRead()
{
    HttpLimits limits;
    limits.streamBacklogBytes = 100'000;
    start(limits);
    const auto client = beginParked();
    client->socket().setReadBufferSize(1);
    QSignalSpy closed(&lastStream(), &Stream::closed);
    qint64 written = 0;
    while (lastStream().isOpen() && written < 32 * kMegabyte) {
        lastStream().write(QByteArray(50'000, 'x'));
        written += 50'000;
    }
    // What the system buffers for a socket, and the backlog.
    QVERIFY2(written < 32 * kMegabyte, QByteArray::number(written).constData());
    QVERIFY(written > 100'000);
    QCOMPARE(closed.count(), 0); // never from within a call of the owner
    QTRY_COMPARE(closed.count(), 1);
    QCOMPARE(m_table->park().size(), 0);
}

void TestParkedStreams::whatTheClientSendsIsThrownAway()
{
    start();
    const auto client = beginParked();
    client->sendRaw(kRequest);
    client->sendRaw(QByteArray(100'000, 'x'));
    QTRY_COMPARE(client->socket().bytesToWrite(), 0);
    lastStream().write("data: still here\n\n");
    QVERIFY(client->waitForText("data: still here\n\n"));
    QVERIFY(lastStream().isOpen());
    QCOMPARE(m_handler.streams.size(), size_t(1));
}

void TestParkedStreams::dropsAClientThatSendsTooMuch()
{
    start();
    const auto client = beginParked();
    QSignalSpy closed(&lastStream(), &Stream::closed);
    client->sendRaw(QByteArray(10 * kMegabyte, 'x'));
    QTRY_COMPARE(closed.count(), 1);
    QVERIFY(!lastStream().isOpen());
    QVERIFY(client->waitForClose());
}

void TestParkedStreams::mayBeDestroyedInItsSlot()
{
    start();
    auto client = beginParked();
    connect(&lastStream(), &Stream::closed, this, [this] { m_handler.streams.clear(); });
    client.reset();
    QTRY_VERIFY(m_handler.streams.empty());
    QCOMPARE(m_table->park().size(), 0);
}

void TestParkedStreams::closeDeliversWhatIsQueued()
{
    start();
    const auto client = beginParked();
    QSignalSpy closed(&lastStream(), &Stream::closed);
    lastStream().write(QByteArray(20 * kMegabyte, 'x') + "last");
    lastStream().close();
    QVERIFY(!lastStream().isOpen());
    lastStream().write("too late");
    QVERIFY(client->waitForClose());
    QCOMPARE(client->buffered().count('x'), 20 * kMegabyte);
    QVERIFY(client->buffered().endsWith("xlast"));
    QTRY_COMPARE(m_table->park().size(), 0);
    QCOMPARE(closed.count(), 0);
}

void TestParkedStreams::destructionDeliversWhatIsQueued()
{
    start();
    const auto client = beginParked();
    lastStream().write("data: last\n\n");
    QElapsedTimer timer;
    timer.start();
    m_handler.streams.clear();
    QVERIFY(client->waitForClose());
    QVERIFY(timer.elapsed() < 800); // the client is told, it does not have to find out
    QVERIFY(client->buffered().endsWith("data: last\n\n"));
    QTRY_COMPARE(m_table->park().size(), 0);
}

void TestParkedStreams::anEndThatNobodyReadsHasADeadline()
{
    HttpLimits limits;
    limits.idleTime = 150ms;
    start(limits);
    const auto client = beginParked();
    client->socket().setReadBufferSize(1);
    lastStream().write(QByteArray(20 * kMegabyte, 'x'));
    lastStream().close();
    QCOMPARE(m_table->park().size(), 1);
    QVERIFY(m_table->park().hasWork());
    QTRY_COMPARE_WITH_TIMEOUT(m_table->park().size(), 0, 2000);
}

void TestParkedStreams::anEndThatTheClientIgnoresHasADeadline()
{
    start();
    const auto client = beginParked();
    // Hides the end from the client, so that it does not close its own.
    client->socket().setReadBufferSize(1);
    lastStream().write("xx");
    QTRY_COMPARE(client->socket().bytesAvailable(), 1);
    lastStream().close();
    QCOMPARE(m_table->park().size(), 1);
    QVERIFY(!m_table->park().hasWork());
    QTRY_COMPARE_WITH_TIMEOUT(m_table->park().size(), 0, 3000);
}

void TestParkedStreams::stopEndsStreams()
{
    start();
    const auto client = beginParked();
    QSignalSpy closed(&lastStream(), &Stream::closed);
    lastStream().write("data: last\n\n");
    QVERIFY(!m_gateway->isQuiet());
    m_gateway->stop();
    QVERIFY(!lastStream().isOpen());
    QVERIFY(m_gateway->isQuiet()); // all is sent
    QVERIFY(client->waitForClose());
    QVERIFY(client->buffered().endsWith("data: last\n\n"));
    QTRY_COMPARE(closed.count(), 1);
}

void TestParkedStreams::shutDownEndsStreams()
{
    start();
    const auto client = beginParked();
    QSignalSpy closed(&lastStream(), &Stream::closed);
    m_gateway->shutDown();
    QVERIFY(!lastStream().isOpen());
    QVERIFY(m_gateway->isQuiet());
    m_gateway.reset();
    m_table.reset();
    lastStream().write("too late");
    QTRY_COMPARE(closed.count(), 1);
    QVERIFY(client->waitForClose());
    lastStream().close();
}

void TestParkedStreams::theServerMayBeDestroyedInASlot()
{
    start();
    auto client = beginParked();
    const auto other = beginParked();
    connect(m_handler.streams.front().get(), &Stream::closed, this, [this] { cleanup(); });
    client.reset();
    QTRY_VERIFY(!m_table);
    QVERIFY(other->waitForClose());
}

void TestParkedStreams::streamsCountAsConnections()
{
    HttpLimits limits;
    limits.connections = 2;
    start(limits);
    auto first = beginParked();
    const auto second = beginParked();
    QCOMPARE(m_table->park().size(), 2);
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"too many"_s));
    WireClient third(m_port);
    QVERIFY(third.waitForClose());
    first.reset();
    QTRY_COMPARE(m_table->park().size(), 1);
    QCOMPARE(WireClient(m_port).request("POST", "/").status, 200);
    QVERIFY(lastStream().isOpen());
}

void TestParkedStreams::idleConnectionsMakeRoomBesideStreams()
{
    HttpLimits limits;
    limits.connections = 2;
    start(limits);
    const auto stream = beginParked();
    WireClient idle(m_port);
    QCOMPARE(idle.request("POST", "/").status, 200);
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"too many"_s));
    QCOMPARE(WireClient(m_port).request("POST", "/").status, 200);
    QVERIFY(idle.waitForClose());
    QVERIFY(lastStream().isOpen());
}

void TestParkedStreams::manyStreamsFitWhereFewConnectionsDo()
{
    HttpLimits limits;
    limits.watchedConnections = 1;
    start(limits);
    const auto first = beginParked();
    const auto second = beginParked();
    QCOMPARE(m_table->park().size(), 2);
    WireClient idle(m_port);
    QCOMPARE(idle.request("POST", "/").status, 200);
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"too many"_s));
    QCOMPARE(WireClient(m_port).request("POST", "/").status, 200);
    QVERIFY(idle.waitForClose());
    QCOMPARE(m_table->park().size(), 2);
}

void TestParkedStreams::goesOnWithoutAnotherDescriptor()
{
    start();
    WireClient client(m_port);
    QTRY_COMPARE(m_table->sockets().size(), 1);
    {
        const NoMoreDescriptors none;
        client.sendRaw(kRequest);
        QVERIFY(client.waitForText("hello"));
        lastStream().write("data: unparked\n\n");
        QVERIFY(client.waitForText("data: unparked\n\n"));
        QCOMPARE(m_table->park().size(), 0);
    }
    lastStream().write("data: next\n\n");
    QTRY_COMPARE(m_table->park().size(), 1);
    QVERIFY(m_table->sockets().isEmpty());
    lastStream().write("data: parked\n\n");
    QVERIFY(client.waitForText("data: unparked\n\ndata: next\n\ndata: parked\n\n"));
}

void TestParkedStreams::manyComeAndGo()
{
    constexpr size_t kStreams = 1000;
    platform::raiseDescriptorLimit();
    start();
    const auto before = openDescriptors();
    std::vector<std::unique_ptr<WireClient>> clients;
    for (size_t i = 0; i < kStreams; ++i) {
        clients.push_back(std::make_unique<WireClient>(m_port));
        clients.back()->sendRaw(kRequest);
    }
    QTRY_COMPARE(m_table->park().size(), int(kStreams));
    QTRY_VERIFY(m_table->sockets().isEmpty());
    // One descriptor for each end.
    QTRY_COMPARE(openDescriptors(), before + qsizetype(2 * kStreams));
    int closed = 0;
    for (size_t i = 0; i < kStreams; ++i) {
        auto &stream = *m_handler.streams.at(i);
        connect(&stream, &Stream::closed, this, [&closed] { ++closed; });
        stream.write("data: " + QByteArray::number(i) + "\n\n");
    }
    // Clients come in any order; each stream reached one of them.
    QSet<QByteArray> told;
    for (const auto &client : clients) {
        QVERIFY(client->waitForText("data: "));
        told.insert(client->buffered().split('\n').value(client->buffered().count('\n') - 2));
    }
    QCOMPARE(told.size(), qsizetype(kStreams));

    for (size_t i = 0; i < kStreams; ++i) {
        if (i % 3 == 0)
            m_handler.streams.at(i)->close();
        else if (i % 3 == 1)
            reset(*clients.at(i));
        else
            clients.at(i)->socket().disconnectFromHost();
    }
    for (const auto &client : clients)
        client->socket().disconnectFromHost();
    QTRY_COMPARE(m_table->park().size(), 0);
    QTRY_VERIFY(closed > 0);
    for (const auto &stream : m_handler.streams)
        QVERIFY(!stream->isOpen());
    clients.clear();
    QTRY_COMPARE(openDescriptors(), before);
}

QTEST_GUILESS_MAIN(TestParkedStreams)
#include "tst_parked_streams.moc"

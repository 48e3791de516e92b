// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/gateway_fixture.h"

#include <QElapsedTimer>
#include <QFile>
#include <QJsonDocument>

#include <array>
#include <atomic>
#include <thread>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace gatehouse;
using namespace gatehouse::http;
using namespace gatehouse::tests;
using namespace std::chrono_literals;
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 kMegabyte = 1024 * 1024;

/// Sends everything before it reads anything, on a thread of its own: what a careless uploader
/// does.
class Uploader {
public:
    Uploader(quint16 port, const QByteArray &head, qint64 bodyBytes)
        : m_thread([this, port, head, bodyBytes] { run(port, head, bodyBytes); })
    {
    }
    ~Uploader() { m_thread.join(); }
    Uploader(const Uploader &) = delete;
    Uploader &operator=(const Uploader &) = delete;

    [[nodiscard]] bool isOver() const { return m_isOver; }
    /// Once it is over.
    [[nodiscard]] QByteArray answer() const { return m_answer; }

private:
    void run(quint16 port, const QByteArray &head, qint64 left)
    {
        const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(fd, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0) {
            const std::vector<char> chunk(size_t(kMegabyte), 'x');
            auto sent = ::send(fd, head.constData(), size_t(head.size()), MSG_NOSIGNAL);
            while (sent > 0 && left > 0) {
                sent = ::send(fd, chunk.data(), chunk.size(), MSG_NOSIGNAL);
                left -= sent;
            }
            std::array<char, 4096> buffer{};
            for (ssize_t got = 1; got > 0;) {
                got = ::recv(fd, buffer.data(), buffer.size(), 0);
                if (got > 0)
                    m_answer.append(buffer.data(), got);
            }
        }
        ::close(fd);
        m_isOver = true;
    }

    QByteArray m_answer;
    std::atomic_bool m_isOver = false;
    std::thread m_thread;
};

/// Resident memory of this process now, in bytes.
qint64 residentBytes()
{
    QFile status(u"/proc/self/statm"_s);
    if (!status.open(QIODevice::ReadOnly))
        return 0;
    return status.readAll().split(' ').value(1).toLongLong() * 4096;
}

} // namespace

/// What the server refuses, and how long and how much it takes, on real sockets.
class TestHttpLimits : public QObject, private GatewayFixture {
    Q_OBJECT

private Q_SLOTS:
    void cleanup() { end(); }

    void refusals_data();
    void refusals();
    void aRefusalDoesNotReachTheNextRequest();
    void bodiesByAuthorization_data();
    void bodiesByAuthorization();
    void continueComesAfterTheChecks();
    void memoryOfAllConnectionsIsLimited();
    void aHugeUploadEndsSoon();
    void anUnreadAnswerStopsTheNextRequests();

    void slowRequests_data();
    void slowRequests();
    void idleConnectionsEndSilently();
    void aLateAnswerHasNoDeadline();
};

void TestHttpLimits::refusals_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("status");
    const auto row = [](const char *name, const QByteArray &bytes, int status) {
        QTest::newRow(name) << bytes << status;
    };
    row("RFC 6585 §5 head over 64 KiB", getRequest("/", "Cookie: " + QByteArray(65536, 'c')), 431);
    row("RFC 6585 §5 head without end", "GET /" + QByteArray(70000, 'a'), 431);
    row("RFC 9110 §15.5.14 body over the limit", postHead(64 * 1024 + 1), 413);
    row("RFC 9110 §15.5.14 body over the limit, token unknown",
        postHead(64 * 1024 + 1, "Authorization: Bearer wrong\r\n"), 413);
    row("largest number", postHead(999999999999999999), 413);
    row("RFC 9110 §15.5.12 chunked",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", 411);
    row("CL.TE", postHead(6, "Transfer-Encoding: chunked\r\n") + "0\r\n\r\nG", 400);
    row("TE.CL obfuscated",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\nContent-Length: 4\r\n\r\n"
        "5c\r\n",
        400);
    row("two lengths", postHead(3, "Content-Length: 0\r\n") + "GET", 400);
    row("list of lengths", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3, 3\r\n\r\nabc", 400);
    row("bare LF", "GET / HTTP/1.1\nHost: x\n\n", 400);
    row("continued line", getRequest("/", "X: a\r\n b\r\n"), 400);
    row("NUL in a field", getRequest("/", QByteArray("X: a\0b\r\n", 8)), 400);
    row("no Host", "GET / HTTP/1.1\r\n\r\n", 400);
    row("absolute form", getRequest("http://localhost/"), 400);
    row("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505);
    row("TLS", "\x16\x03\x01\x02\x01\x01", 400);
    row("Expect of something else", getRequest("/", "Expect: tea\r\n"), 417);
}

void TestHttpLimits::refusals()
{
    QFETCH(QByteArray, bytes);
    QFETCH(int, status);
    start({}, [](QByteArrayView authorization) { return authorization == "Bearer right"; });
    WireClient client(m_port);
    client.sendRaw(bytes + "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n");
    const auto response = client.readResponse();
    QCOMPARE(response.status, status);
    QCOMPARE(response.header("connection"), "close"_ba);
    QCOMPARE(response.header("x-content-type-options"), "nosniff"_ba);
    QCOMPARE(response.header("content-type"), "text/plain; charset=utf-8"_ba);
    QVERIFY(response.body.endsWith('\n'));
    QVERIFY(client.waitForClose());
    QVERIFY(client.buffered().isEmpty());
    QCOMPARE(m_handler.calls, 0);
}

void TestHttpLimits::aRefusalDoesNotReachTheNextRequest()
{
    start();
    WireClient client(m_port);
    client.sendRaw(getRequest("/good") + "GET / HTTP/1.1\nbad\n\n" + getRequest("/never"));
    QCOMPARE(client.readResponse().status, 200);
    QCOMPARE(client.readResponse().status, 400);
    QVERIFY(client.waitForClose());
    QCOMPARE(m_handler.calls, 1);
}

void TestHttpLimits::bodiesByAuthorization_data()
{
    QTest::addColumn<QByteArray>("authorization");
    QTest::addColumn<qint64>("size");
    QTest::addColumn<int>("status");
    QTest::newRow("anonymous, small") << ""_ba << 1000LL << 200;
    QTest::newRow("anonymous, at the limit") << ""_ba << 65536LL << 200;
    QTest::newRow("anonymous, over it") << ""_ba << 65537LL << 413;
    QTest::newRow("known, over the small limit") << "Bearer right"_ba << 65537LL << 200;
    QTest::newRow("known, at the large limit") << "Bearer right"_ba << 4 * kMegabyte << 200;
    QTest::newRow("known, over it") << "Bearer right"_ba << 4 * kMegabyte + 1 << 413;
    QTest::newRow("unknown, over the small limit") << "Bearer wrong"_ba << 65537LL << 413;
}

void TestHttpLimits::bodiesByAuthorization()
{
    QFETCH(QByteArray, authorization);
    QFETCH(qint64, size);
    QFETCH(int, status);
    start({}, [](QByteArrayView value) { return value == "Bearer right"; });
    m_handler.script = [](const HttpRequest &request, Reply reply) {
        reply.send(HttpResponse::text(200, QByteArray::number(request.body.size())));
    };
    WireHeaders fields;
    if (!authorization.isEmpty())
        fields.append({"Authorization", authorization});
    WireClient client(m_port);
    const auto response = client.request("POST", "/a", fields, QByteArray(size, 'x'));
    QCOMPARE(response.status, status);
    if (status == 200)
        QCOMPARE(response.body, QByteArray::number(size));
}

void TestHttpLimits::continueComesAfterTheChecks()
{
    start();
    WireClient client(m_port);
    client.sendRaw(postHead(4, "Expect: 100-continue\r\n"));
    QVERIFY(client.waitForText("HTTP/1.1 100 Continue\r\n\r\n"));
    QCOMPARE(m_handler.calls, 0);
    client.sendRaw("body");
    QCOMPARE(client.readResponse().body, "POST /p? body"_ba);

    client.sendRaw(postHead(10 * kMegabyte, "Expect: 100-continue\r\n"));
    QCOMPARE(client.readHead().status, 413);
}

void TestHttpLimits::memoryOfAllConnectionsIsLimited()
{
    HttpLimits limits;
    limits.bufferedBytesInAll = 100'000;
    start(limits);
    const auto most = postHead(60'000) + QByteArray(50'000, 'x');
    auto first = std::make_unique<WireClient>(m_port);
    first->sendRaw(most);
    WireClient second(m_port);
    second.sendRaw(most);
    const auto response = second.readResponse();
    QCOMPARE(response.status, 503);
    QVERIFY(response.header("retry-after").toInt() > 0);
    // The first is served all the same, and then there is room again.
    first->sendRaw(QByteArray(10'000, 'x'));
    QCOMPARE(first->readResponse().status, 200);
    WireClient third(m_port);
    third.sendRaw(most + QByteArray(10'000, 'x'));
    QCOMPARE(third.readResponse().status, 200);
}

void TestHttpLimits::aHugeUploadEndsSoon()
{
    constexpr auto kSize = 300 * kMegabyte;
    start();
    const auto before = residentBytes();
    auto peak = before;
    QElapsedTimer timer;
    timer.start();
    Uploader uploader(m_port, postHead(kSize), kSize);
    QVERIFY(QTest::qWaitFor(
        [&] {
            peak = std::max(peak, residentBytes());
            return uploader.isOver();
        },
        2000));
    QVERIFY2(timer.elapsed() < 2000, QByteArray::number(timer.elapsed()).constData());
    // The uploader's own buffers count here too, and sanitizers keep what was freed for a while.
    QVERIFY2(peak - before < 64 * kMegabyte, QByteArray::number(peak - before).constData());
    // It can still read why.
    QVERIFY2(uploader.answer().startsWith("HTTP/1.1 413 "), uploader.answer().constData());
    QCOMPARE(m_handler.calls, 0);
}

void TestHttpLimits::anUnreadAnswerStopsTheNextRequests()
{
    start();
    m_handler.script = [](const HttpRequest &, Reply reply) {
        reply.send(HttpResponse::text(200, QByteArray(100'000, 'a')));
    };
    WireClient client(m_port);
    client.socket().setReadBufferSize(1);
    constexpr int kRequests = 1000;
    client.sendRaw(getRequest("/").repeated(kRequests));
    int last = -1;
    while (QTest::qWaitFor([&] { return m_handler.calls != last; }, 200))
        last = m_handler.calls;
    QVERIFY2(m_handler.calls < kRequests / 2, QByteArray::number(m_handler.calls).constData());
    client.socket().setReadBufferSize(0);
    for (int i = 0; i < kRequests; ++i)
        QCOMPARE(client.readResponse().body.size(), 100'000);
}

void TestHttpLimits::slowRequests_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("RFC 9110 §15.5.9 nothing") << ""_ba;
    QTest::newRow("RFC 9110 §15.5.9 part of a line") << "GE"_ba;
    QTest::newRow("RFC 9110 §15.5.9 part of a head") << "GET / HTTP/1.1\r\nHost: x\r\n"_ba;
    QTest::newRow("RFC 9110 §15.5.9 part of a body") << postHead(100) + "x";
    QTest::newRow("RFC 9110 §15.5.9 second request") << getRequest("/") + "GET /";
}

void TestHttpLimits::slowRequests()
{
    QFETCH(QByteArray, bytes);
    HttpLimits limits;
    limits.requestTime = 150ms;
    start(limits);
    WireClient client(m_port);
    QElapsedTimer timer;
    timer.start();
    client.sendRaw(bytes);
    auto response = client.readResponse();
    if (response.status == 200)
        response = client.readResponse();
    QCOMPARE(response.status, 408);
    QVERIFY(timer.elapsed() >= 100);
    QVERIFY(timer.elapsed() < 1500);
    QVERIFY(client.waitForClose());
}

void TestHttpLimits::idleConnectionsEndSilently()
{
    HttpLimits limits;
    limits.idleTime = 150ms;
    start(limits);
    WireClient client(m_port);
    QCOMPARE(client.request("GET", "/").status, 200);
    QVERIFY(client.waitForClose(2000));
    QVERIFY(client.buffered().isEmpty());
}

void TestHttpLimits::aLateAnswerHasNoDeadline()
{
    HttpLimits limits;
    limits.requestTime = 50ms;
    limits.idleTime = 50ms;
    start(limits);
    m_handler.keepReplies();
    WireClient client(m_port);
    client.sendRaw(getRequest("/"));
    QTRY_COMPARE(m_handler.kept.size(), size_t(1));
    QVERIFY(!client.waitForClose(300));
    m_handler.kept.at(0).send(HttpResponse::text(200, "late"));
    QCOMPARE(client.readResponse().body, "late"_ba);
}

QTEST_GUILESS_MAIN(TestHttpLimits)
#include "tst_http_limits.moc"

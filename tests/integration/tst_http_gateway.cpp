// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/gateway_fixture.h"

#include <base/platform/peer.h>
#include <base/thread_call.h>
#include <http/qt/connection_table.h>
#include <http/qt/guarded_socket.h>
#include <http/qt/guarded_tcp_server.h>
#include <http/qt/qt_http_gateway.h>

#include <QAbstractEventDispatcher>
#include <QNetworkInterface>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTcpServer>
#include <QThread>

#include <algorithm>
#include <future>

#include <sys/resource.h>

using namespace gatehouse;
using namespace gatehouse::http;
using namespace gatehouse::tests;
using namespace std::chrono_literals;
using namespace Qt::StringLiterals;

namespace {

/// The server's end of the client's connection, once it was let in.
const GuardedSocket *connectionOf(WireClient &client, const ConnectionTable &table)
{
    const auto sockets = table.sockets();
    const auto own = std::ranges::find(sockets, client.socket().localPort(),
                                       [](const auto &socket) { return socket->peerPort(); });
    return own == sockets.end() ? nullptr : own->data();
}

/// True once the server has seen all of what was sent, and answered what it answers at once.
bool hasArrived(const QByteArray &request, const GuardedSocket *connection)
{
    if (!connection || request.isEmpty())
        return connection != nullptr;
    if (request.contains("/late"))
        return connection->hasWork();
    return connection->isIdle() == request.endsWith("\r\n\r\n");
}

} // namespace

/// Who is let in, and how requests and answers come through on real sockets.
class TestHttpGateway : public QObject, private GatewayFixture {
    Q_OBJECT

private Q_SLOTS:
    void cleanup() { end(); }

    void listensOnLoopbackOnly();
    void answersOnBothFamilies_data();
    void answersOnBothFamilies();
    void aTakenPortIsAnErrorThatNamesTheHolder_data();
    void aTakenPortIsAnErrorThatNamesTheHolder();
    void otherUsersAreClosed_data();
    void otherUsersAreClosed();
    void connectionsAreCounted();
    void unusedConnectionsMakeRoom_data();
    void unusedConnectionsMakeRoom();
    void survivesRunningOutOfDescriptors();

    void passesRequestsOn_data();
    void passesRequestsOn();
    void passesLongFieldsOn_data();
    void passesLongFieldsOn();
    void takesARequestByteByByte();
    void reusesAConnection();
    void tellsTheEndsOfTheConnection_data();
    void tellsTheEndsOfTheConnection();
    void closesWhenAsked_data();
    void closesWhenAsked();
    void headHasNoBody();
    void answersPipelinedRequestsInOrder();
    void answersThatAreReadyTogetherLeaveTogether();
    void anAnswerLeavesBeforeTheEventLoopWaits();
    void anAnswerLeavesBeforeTheConnectionEnds_data();
    void anAnswerLeavesBeforeTheConnectionEnds();
    void anAnswerLeavesBeforeTheNextIsAskedFor();
    void aHandlerCannotSplitItsAnswer();
    void aDroppedReplyIs500();

    void noticesThatTheClientLeft();
    void doesNotCallAfterTheAnswer();
    void lateAnswersAfterTheServer();
    void handlersMayDestroyTheServer_data();
    void handlersMayDestroyTheServer();
};

void TestHttpGateway::listensOnLoopbackOnly()
{
    start();
    auto addresses = listeningAddresses(m_port);
    std::sort(addresses.begin(), addresses.end());
    QCOMPARE(addresses, (QByteArrayList{"00000000000000000000000001000000", "0100007F"}));

    const auto all = QNetworkInterface::allAddresses();
    for (const auto &address : all) {
        if (address.isLoopback())
            continue;
        QTcpSocket socket;
        socket.connectToHost(address, m_port);
        QVERIFY(!socket.waitForConnected(1000));
    }
}

void TestHttpGateway::answersOnBothFamilies_data()
{
    QTest::addColumn<QByteArray>("address");
    QTest::newRow("IPv4") << "127.0.0.1"_ba;
    QTest::newRow("IPv6") << "::1"_ba;
}

void TestHttpGateway::answersOnBothFamilies()
{
    QFETCH(QByteArray, address);
    start();
    WireClient client(m_port, address);
    QCOMPARE(client.request("GET", "/a").status, 200);
}

void TestHttpGateway::aTakenPortIsAnErrorThatNamesTheHolder_data()
{
    QTest::addColumn<QHostAddress>("address");
    QTest::newRow("127.0.0.1") << QHostAddress(QHostAddress::LocalHost);
    QTest::newRow("::1") << QHostAddress(QHostAddress::LocalHostIPv6);
    QTest::newRow("every address") << QHostAddress(QHostAddress::Any);
}

void TestHttpGateway::aTakenPortIsAnErrorThatNamesTheHolder()
{
    QFETCH(QHostAddress, address);
    QTcpServer holder;
    QVERIFY(holder.listen(address));
    m_server = makeHttpServer(m_handler);
    const auto port = m_server->listen(holder.serverPort());
    QVERIFY(!port);
    QVERIFY(port.error().message.contains(QString::number(holder.serverPort())));
    QVERIFY(port.error().remedy.contains(QString::number(QCoreApplication::applicationPid())));
    // Nothing of the failed try is left behind.
    QCOMPARE(listeningAddresses(holder.serverPort()).size(), 1);

    const auto wanted = holder.serverPort();
    holder.close();
    const auto again = m_server->listen(wanted);
    QVERIFY(again);
    QCOMPARE(*again, wanted);
}

void TestHttpGateway::otherUsersAreClosed_data()
{
    QTest::addColumn<std::optional<uint>>("user");
    QTest::addColumn<bool>("accepted");
    const auto own = platform::currentUser();
    QTest::newRow("this user") << std::optional<uint>(own) << true;
    QTest::newRow("another user") << std::optional<uint>(own + 1) << false;
    QTest::newRow("nobody knows") << std::optional<uint>() << false;
}

void TestHttpGateway::otherUsersAreClosed()
{
    QFETCH(std::optional<uint>, user);
    QFETCH(bool, accepted);
    GuardedTcpServer server(std::make_shared<ConnectionTable>(HttpLimits{}, BodyAuthorizer{}),
                            [user](const QTcpSocket &) { return user; });
    QVERIFY(server.listen(QHostAddress::LocalHost));
    QSignalSpy pending(&server, &QTcpServer::pendingConnectionAvailable);
    if (!accepted)
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"another user"_s));
    WireClient client(server.serverPort());
    if (accepted)
        QTRY_COMPARE(pending.count(), 1);
    else
        QVERIFY(client.waitForClose());
    QCOMPARE(server.hasPendingConnections(), accepted);
}

void TestHttpGateway::connectionsAreCounted()
{
    HttpLimits limits;
    limits.connections = 2;
    start(limits);
    m_handler.keepReplies();
    {
        WireClient first(m_port);
        WireClient second(m_port, "::1");
        first.sendRaw(getRequest("/1"));
        QTRY_COMPARE(m_handler.kept.size(), size_t(1));
        second.sendRaw(getRequest("/2"));
        QTRY_COMPARE(m_handler.kept.size(), size_t(2));
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"too many"_s));
        WireClient third(m_port);
        QVERIFY(third.waitForClose());
        m_handler.kept.at(0).send(HttpResponse::text(200, "late"));
        QCOMPARE(first.readResponse().status, 200);
    }
    // Room again once one has left.
    m_handler.script = {};
    QVERIFY(
        QTest::qWaitFor([this] { return WireClient(m_port).request("GET", "/3").status == 200; }));
}

void TestHttpGateway::unusedConnectionsMakeRoom_data()
{
    QTest::addColumn<QByteArray>("older");
    QTest::addColumn<QByteArray>("newer");
    QTest::addColumn<bool>("olderLeaves");
    const auto complete = getRequest("/");
    const auto andHalf = complete + complete.chopped(2);
    QTest::newRow("of two between requests the older one") << complete << complete << true;
    QTest::newRow("of two that said nothing the older one") << ""_ba
                                                            << ""_ba << true;
    QTest::newRow("one between requests before half a request") << andHalf << complete << false;
    QTest::newRow("half a request before one that is answered")
        << getRequest("/late") << andHalf << false;
}

void TestHttpGateway::unusedConnectionsMakeRoom()
{
    QFETCH(QByteArray, older);
    QFETCH(QByteArray, newer);
    QFETCH(bool, olderLeaves);
    HttpLimits limits;
    limits.connections = 2;
    const auto table = std::make_shared<ConnectionTable>(limits, BodyAuthorizer{});
    QtHttpGateway gateway(m_handler, table);
    const auto port = gateway.listenOnLoopback(0);
    QVERIFY(port);
    m_handler.script = [this](const HttpRequest &request, Reply reply) {
        if (request.path == "/late")
            m_handler.kept.push_back(std::move(reply));
        else
            reply.send(HttpResponse::text(200, "now"));
    };
    const auto ask = [&table](WireClient &client, const QByteArray &request) {
        client.sendRaw(request);
        if (request.startsWith(getRequest("/")))
            QCOMPARE(client.readResponse().status, 200);
        QTRY_VERIFY(hasArrived(request, connectionOf(client, *table)));
    };
    WireClient first(*port);
    ask(first, older);
    WireClient second(*port);
    ask(second, newer);
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"too many"_s));
    QCOMPARE(WireClient(*port).request("GET", "/3").status, 200);
    QVERIFY((olderLeaves ? first : second).waitForClose());
    QVERIFY(connectionOf(olderLeaves ? second : first, *table));
}

void TestHttpGateway::survivesRunningOutOfDescriptors()
{
    start();
    rlimit before{};
    QCOMPARE(::getrlimit(RLIMIT_NOFILE, &before), 0);
    std::vector<int> fillers;
    rlimit low = before;
    low.rlim_cur = 128;
    QCOMPARE(::setrlimit(RLIMIT_NOFILE, &low), 0);
    for (int fd = ::dup(0); fd >= 0; fd = ::dup(0))
        fillers.push_back(fd);
    QVERIFY(!fillers.empty());
    ::close(fillers.back()); // for the client; none is left for the server
    fillers.pop_back();

    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"cannot accept"_s));
    WireClient client(m_port);
    client.sendRaw(getRequest("/"));
    const bool answeredTooEarly = client.waitForText("HTTP", 50);
    for (const int fd : fillers)
        ::close(fd);
    QCOMPARE(::setrlimit(RLIMIT_NOFILE, &before), 0);
    QVERIFY(!answeredTooEarly);
    QCOMPARE(client.readResponse().status, 200);
}

void TestHttpGateway::passesRequestsOn_data()
{
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QByteArray>("target");
    QTest::addColumn<QByteArray>("body");
    QTest::newRow("GET") << "GET"_ba
                         << "/a"_ba
                         << ""_ba;
    QTest::newRow("POST") << "POST"_ba
                          << "/a"_ba
                          << "{}"_ba;
    QTest::newRow("POST without body") << "POST"_ba
                                       << "/a"_ba
                                       << ""_ba;
    QTest::newRow("DELETE") << "DELETE"_ba
                            << "/a"_ba
                            << ""_ba;
    QTest::newRow("OPTIONS *") << "OPTIONS"_ba
                               << "*"_ba
                               << ""_ba;
    QTest::newRow("a method QHttpServer does not know") << "BREW"_ba
                                                        << "/a"_ba
                                                        << "x"_ba;
    QTest::newRow("query") << "GET"_ba
                           << "/a?b=c&d=%26+"_ba
                           << ""_ba;
    QTest::newRow("path as it was sent") << "GET"_ba
                                         << "//a/../b/%2e%2E/%2Fc"_ba
                                         << ""_ba;
    QTest::newRow("binary body") << "PUT"_ba
                                 << "/a"_ba << QByteArray("\0\r\n\r\n\xff", 6);
    QTest::newRow("body that looks like a request") << "POST"_ba
                                                    << "/a"_ba
                                                    << "GET /evil HTTP/1.1\r\nHost: x\r\n\r\n"_ba;
    QTest::newRow("largest anonymous body") << "POST"_ba
                                            << "/a"_ba << QByteArray(64 * 1024, 'b');
    QTest::newRow("WebSocket upgrade is an ordinary request") << "GET"_ba
                                                              << "/ws"_ba
                                                              << ""_ba;
}

void TestHttpGateway::passesRequestsOn()
{
    QFETCH(QByteArray, method);
    QFETCH(QByteArray, target);
    QFETCH(QByteArray, body);
    start();
    WireClient client(m_port);
    for (int round = 1; round <= 2; ++round) {
        const auto response = client.request(
            method, target, {{"X-Test", "1"}, {"Upgrade", "websocket"}, {"Connection", "Upgrade"}},
            body);
        QCOMPARE(response.status, 200);
        QCOMPARE(m_handler.calls, round);
        const auto question = target.indexOf('?');
        QCOMPARE(m_handler.lastRequest.method, method);
        QCOMPARE(m_handler.lastRequest.path, question < 0 ? target : target.left(question));
        QCOMPARE(m_handler.lastRequest.query,
                 question < 0 ? QByteArray() : target.mid(question + 1));
        QCOMPARE(m_handler.lastRequest.body, body);
        QCOMPARE(m_handler.lastRequest.headers.value("x-test"), "1"_ba);
        QCOMPARE(m_handler.lastRequest.headers.value("host"), client.host);
    }
}

void TestHttpGateway::passesLongFieldsOn_data()
{
    QTest::addColumn<int>("count");
    QTest::addColumn<int>("size");
    // QHttpServer on Qt 6.4 loses every field of such a request, and takes its body for the next.
    QTest::newRow("a field of 20 KiB") << 1 << 20 * 1024;
    QTest::newRow("a field of 60 KiB") << 1 << 60 * 1024;
    QTest::newRow("200 fields") << 200 << 10;
}

void TestHttpGateway::passesLongFieldsOn()
{
    QFETCH(int, count);
    QFETCH(int, size);
    start();
    WireHeaders fields;
    for (int i = 0; i < count; ++i)
        fields.append({"Cookie", QByteArray(size, 'c')});
    WireClient client(m_port);
    const auto response = client.request("POST", "/a", fields, "GET /evil HTTP/1.1\r\n\r\n");
    QCOMPARE(response.status, 200);
    QCOMPARE(m_handler.lastRequest.headers.count("cookie"), count);
    QCOMPARE(m_handler.lastRequest.headers.value("cookie").size(), size);
    QCOMPARE(client.request("GET", "/next").status, 200);
    QCOMPARE(m_handler.calls, 2);
    QCOMPARE(m_handler.lastRequest.path, "/next"_ba);
}

void TestHttpGateway::takesARequestByteByByte()
{
    start();
    WireClient client(m_port);
    const auto request = postHead(4, "X-A: 1\r\n") + "body";
    for (const char byte : request) {
        client.sendRaw(QByteArray(1, byte));
        QCoreApplication::processEvents();
    }
    QCOMPARE(client.readResponse().body, "POST /p? body"_ba);
    QCOMPARE(m_handler.calls, 1);
}

void TestHttpGateway::tellsTheEndsOfTheConnection_data()
{
    QTest::addColumn<QHostAddress>("address");
    QTest::newRow("127.0.0.1") << QHostAddress(QHostAddress::LocalHost);
    QTest::newRow("::1") << QHostAddress(QHostAddress::LocalHostIPv6);
}

void TestHttpGateway::tellsTheEndsOfTheConnection()
{
    QFETCH(QHostAddress, address);
    start();
    QTcpSocket client;
    client.connectToHost(address, m_port);
    client.write("GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n");
    QTRY_COMPARE(m_handler.calls, 1);
    const auto &ends = m_handler.lastRequest.connection;
    QCOMPARE(ends.peer, address);
    QCOMPARE(ends.peerPort, client.localPort());
    QCOMPARE(ends.local, address);
    QCOMPARE(ends.localPort, m_port);
}

void TestHttpGateway::reusesAConnection()
{
    start();
    WireClient client(m_port);
    const auto port = client.socket().localPort();
    for (int i = 0; i < 50; ++i) {
        const auto number = QByteArray::number(i);
        QCOMPARE(client.request("GET", '/' + number).body, "GET /" + number + "? ");
    }
    QCOMPARE(client.socket().localPort(), port);
    QCOMPARE(client.socket().state(), QAbstractSocket::ConnectedState);
}

void TestHttpGateway::closesWhenAsked_data()
{
    QTest::addColumn<QByteArray>("request");
    QTest::addColumn<bool>("closes");
    QTest::newRow("RFC 9112 §9.6 Connection: close")
        << "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"_ba << true;
    QTest::newRow("RFC 9112 §9.3 HTTP/1.0") << "GET / HTTP/1.0\r\nHost: x\r\n\r\n"_ba << true;
    QTest::newRow("HTTP/1.0 with keep-alive")
        << "GET / HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n\r\n"_ba << false;
    QTest::newRow("HTTP/1.1") << "GET / HTTP/1.1\r\nHost: x\r\n\r\n"_ba << false;
}

void TestHttpGateway::closesWhenAsked()
{
    QFETCH(QByteArray, request);
    QFETCH(bool, closes);
    start();
    WireClient client(m_port);
    client.sendRaw(request);
    const auto response = client.readResponse();
    QCOMPARE(response.status, 200);
    QCOMPARE(response.header("connection") == "close", closes);
    if (closes)
        QVERIFY(client.waitForClose());
    else
        QCOMPARE(client.request("GET", "/again").status, 200);
}

void TestHttpGateway::headHasNoBody()
{
    start();
    WireClient client(m_port);
    const auto get = client.request("GET", "/a");
    m_handler.script = [](const HttpRequest &, Reply reply) {
        reply.send(HttpResponse::text(200, "GET /a? "));
    };
    const auto head = client.request("HEAD", "/a");
    QCOMPARE(head.status, 200);
    QCOMPARE(head.header("content-length"), get.header("content-length"));
    // Whatever came after the head would stand in front of the next answer.
    QCOMPARE(client.request("GET", "/a").status, 200);
    QVERIFY(client.buffered().isEmpty());
}

void TestHttpGateway::answersPipelinedRequestsInOrder()
{
    start();
    m_handler.script = [this](const HttpRequest &request, Reply reply) {
        if (request.path == "/late")
            m_handler.kept.push_back(std::move(reply));
        else
            reply.send(HttpResponse::text(200, request.path));
    };
    WireClient client(m_port);
    client.sendRaw(getRequest("/late") + getRequest("/2") + getRequest("/late") + getRequest("/4"));
    QTRY_COMPARE(m_handler.calls, 1);
    // The second waits for the answer to the first.
    QVERIFY(!client.waitForText("/2", 50));
    QCOMPARE(m_handler.calls, 1);
    m_handler.kept.at(0).send(HttpResponse::text(200, "/1"));
    QCOMPARE(m_handler.calls, 1); // never below whoever answers
    QCOMPARE(client.readResponse().body, "/1"_ba);
    QCOMPARE(client.readResponse().body, "/2"_ba);
    QTRY_COMPARE(m_handler.kept.size(), size_t(2));
    QCOMPARE(m_handler.calls, 3);
    m_handler.kept.at(1).send(HttpResponse::text(200, "/3"));
    QCOMPARE(client.readResponse().body, "/3"_ba);
    QCOMPARE(client.readResponse().body, "/4"_ba);
}

/// Each one alone would wake the client for itself.
void TestHttpGateway::answersThatAreReadyTogetherLeaveTogether()
{
    start();
    WireClient client(m_port);
    m_handler.script = [&](const HttpRequest &request, Reply reply) {
        if (request.path == "/3") {
            QVERIFY(client.buffered().isEmpty());
            QCOMPARE(client.socket().bytesAvailable(), 0);
            QVERIFY(!platform::hasUnread(client.socket().socketDescriptor()));
        }
        reply.send(HttpResponse::text(200, request.path));
    };
    client.sendRaw(getRequest("/1") + getRequest("/2") + getRequest("/3"));
    for (const auto &path : {"/1", "/2", "/3"})
        QCOMPARE(client.readResponse().body, path);
}

/// Where the service runs, its event loop waits for what comes next.
void TestHttpGateway::anAnswerLeavesBeforeTheEventLoopWaits()
{
    QThread thread;
    thread.start();
    QObject desk;
    desk.moveToThread(&thread);
    ScriptedHandler handler;
    handler.script = [&](const HttpRequest &request, Reply reply) {
        handler.kept.push_back(std::move(reply));
        QMetaObject::invokeMethod(
            &desk,
            [&handler, path = request.path] {
                handler.kept.back().send(HttpResponse::text(200, path));
            },
            Qt::QueuedConnection);
    };
    std::unique_ptr<HttpServer> server;
    quint16 port = 0;
    const auto onThread = [&desk](const std::function<void()> &work) {
        std::promise<void> done;
        callOn(&desk, [&] {
            work();
            done.set_value();
        });
        done.get_future().wait();
    };
    onThread([&] {
        server = makeHttpServer(handler);
        port = server->listen(0).value_or(0);
    });
    const auto end = qScopeGuard([&] {
        onThread([&] {
            handler.kept.clear();
            server.reset();
        });
        thread.quit();
        thread.wait();
    });
    const bool hasGlib = !qEnvironmentVariableIsSet("QT_NO_GLIB");
    QCOMPARE(QAbstractEventDispatcher::instance(&thread)->inherits("QEventDispatcherGlib"),
             hasGlib);

    QTcpSocket client;
    client.connectToHost(QHostAddress::LocalHost, port);
    QVERIFY(client.waitForConnected());
    for (int i = 0; i < 20; ++i) {
        const auto path = "/" + QByteArray::number(i);
        client.write(getRequest(path));
        QByteArray answer;
        while (!answer.endsWith("\r\n\r\n" + path)) {
            QVERIFY(client.waitForReadyRead(1000));
            answer += client.readAll();
        }
    }
}

void TestHttpGateway::anAnswerLeavesBeforeTheConnectionEnds_data()
{
    QTest::addColumn<QByteArray>("next");
    QTest::newRow("a request that closes") << "GET /2 HTTP/1.1\r\nHost: localhost\r\n"
                                              "Connection: close\r\n\r\n"_ba;
    QTest::newRow("no request at all") << "\x16\x03\x01"_ba;
    QTest::newRow("a stream") << getRequest("/stream");
}

void TestHttpGateway::anAnswerLeavesBeforeTheConnectionEnds()
{
    QFETCH(QByteArray, next);
    start();
    m_handler.script = [](const HttpRequest &request, Reply reply) {
        if (request.path == "/stream")
            reply.beginStream(HttpResponse::text(200, "piece"))->close();
        else
            reply.send(HttpResponse::text(200, request.path));
    };
    WireClient client(m_port);
    client.sendRaw(getRequest("/1") + next);
    QCOMPARE(client.readResponse().body, "/1"_ba);
    QVERIFY(client.waitForText("HTTP/1.1 "));
    QVERIFY(client.waitForClose());
}

void TestHttpGateway::anAnswerLeavesBeforeTheNextIsAskedFor()
{
    start();
    WireClient client(m_port);
    client.sendRaw(getRequest("/1")
                   + "POST /2 HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
                     "Content-Length: 2\r\n\r\n");
    QCOMPARE(client.readResponse().body, "GET /1? "_ba);
    QCOMPARE(client.readHead().status, 100);
}

void TestHttpGateway::aHandlerCannotSplitItsAnswer()
{
    start();
    m_handler.script = [](const HttpRequest &, Reply reply) {
        reply.send(HttpResponse::text(200, "x").with("X-A", "b\r\nSet-Cookie: evil=1"));
    };
    QTest::ignoreMessage(QtCriticalMsg,
                         QRegularExpression(u"^((?!evil).)*not sent((?!evil).)*$"_s));
    WireClient client(m_port);
    const auto response = client.request("GET", "/");
    QCOMPARE(response.status, 500);
    QCOMPARE(response.headerCount("set-cookie"), 0);
    m_handler.script = {};
    QCOMPARE(client.request("GET", "/").status, 200);
}

void TestHttpGateway::aDroppedReplyIs500()
{
    start();
    m_handler.script = [](const HttpRequest &, Reply) {};
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"without an answer"_s));
    WireClient client(m_port);
    QCOMPARE(client.request("GET", "/").status, 500);
}

void TestHttpGateway::noticesThatTheClientLeft()
{
    start();
    QObject context;
    auto gone = std::make_unique<QObject>();
    int calls = 0;
    int callsWithoutContext = 0;
    m_handler.script = [&](const HttpRequest &, Reply reply) {
        reply.whenClientLeaves(&context, [&] { ++calls; });
        reply.whenClientLeaves(gone.get(), [&] { ++callsWithoutContext; });
        m_handler.kept.push_back(std::move(reply));
    };
    {
        WireClient client(m_port);
        client.sendRaw(getRequest("/"));
        QTRY_COMPARE(m_handler.kept.size(), size_t(1));
        gone.reset();
        QCOMPARE(calls, 0);
    }
    QTRY_COMPARE(calls, 1);
    QCOMPARE(callsWithoutContext, 0);
    m_handler.kept.at(0).whenClientLeaves(&context, [&] { ++calls; });
    QTRY_COMPARE(calls, 2);
    m_handler.kept.at(0).send(HttpResponse::text(200, "too late"));
    WireClient next(m_port);
    m_handler.script = {};
    QCOMPARE(next.request("GET", "/").status, 200);
    QCOMPARE(calls, 2);
}

void TestHttpGateway::doesNotCallAfterTheAnswer()
{
    start();
    QObject context;
    int calls = 0;
    m_handler.script = [&](const HttpRequest &, Reply reply) {
        reply.whenClientLeaves(&context, [&] { ++calls; });
        reply.send(HttpResponse::text(200, "x"));
    };
    {
        WireClient client(m_port);
        QCOMPARE(client.request("GET", "/").status, 200);
    }
    WireClient other(m_port);
    QCOMPARE(other.request("GET", "/").status, 200);
    QCOMPARE(calls, 0);
}

void TestHttpGateway::lateAnswersAfterTheServer()
{
    start();
    m_handler.script = [this](const HttpRequest &request, Reply reply) {
        if (request.path == "/stream")
            m_handler.streams.push_back(reply.beginStream(HttpResponse{200}));
        else
            m_handler.kept.push_back(std::move(reply));
    };
    WireClient one(m_port);
    one.sendRaw(getRequest("/"));
    WireClient two(m_port);
    two.sendRaw(getRequest("/"));
    WireClient three(m_port);
    three.sendRaw(getRequest("/stream"));
    QTRY_COMPARE(m_handler.kept.size(), size_t(2));
    QTRY_COMPARE(m_handler.streams.size(), size_t(1));
    QSignalSpy closed(m_handler.streams.at(0).get(), &Stream::closed);
    m_server.reset();

    m_handler.kept.at(0).send(HttpResponse::text(200, "too late"));
    const auto stream = m_handler.kept.at(1).beginStream(HttpResponse{200});
    QVERIFY(stream);
    QVERIFY(!stream->isOpen());
    QVERIFY(!m_handler.streams.at(0)->isOpen());
    m_handler.streams.at(0)->write("too late");
    QTRY_COMPARE(closed.count(), 1);
    QVERIFY(one.waitForClose());
    QVERIFY(three.waitForClose());
}

void TestHttpGateway::handlersMayDestroyTheServer_data()
{
    QTest::addColumn<QByteArray>("where");
    QTest::newRow("before the answer") << "before"_ba;
    QTest::newRow("after the answer") << "after"_ba;
    QTest::newRow("with the reply kept") << "kept"_ba;
    QTest::newRow("when the client leaves") << "leaves"_ba;
    QTest::newRow("when a stream has closed") << "closed"_ba;
}

void TestHttpGateway::handlersMayDestroyTheServer()
{
    QFETCH(QByteArray, where);
    start();
    QObject context;
    m_handler.script = [&](const HttpRequest &, Reply reply) {
        if (where == "before")
            m_server.reset();
        if (where == "leaves") {
            reply.whenClientLeaves(&context, [this] { m_server.reset(); });
            m_handler.kept.push_back(std::move(reply));
        } else if (where == "kept") {
            m_handler.kept.push_back(std::move(reply));
            m_server.reset();
        } else if (where == "closed") {
            m_handler.streams.push_back(reply.beginStream(HttpResponse{200}));
            connect(m_handler.streams.back().get(), &Stream::closed, this, [this] {
                m_handler.streams.clear();
                m_server.reset();
            });
        } else {
            reply.send(HttpResponse::text(200, "x"));
        }
        if (where == "after")
            m_server.reset();
    };
    {
        WireClient client(m_port);
        client.sendRaw(getRequest("/") + getRequest("/"));
        QTRY_VERIFY(m_handler.calls > 0);
        if (where == "after")
            QCOMPARE(client.readResponse().body, "x"_ba);
    }
    QTRY_VERIFY(!m_server);
    QCOMPARE(m_handler.calls, 1);
    QTRY_VERIFY(listeningAddresses(m_port).isEmpty());
}

QTEST_GUILESS_MAIN(TestHttpGateway)
#include "tst_http_gateway.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include <http/qt/qt_http_gateway.h>

#include <base/logging.h>
#include <base/platform/peer.h>
#include <http/qt/connection_table.h>
#include <http/qt/guarded_socket.h>
#include <http/qt/guarded_tcp_server.h>
#include <http/qt/reply_channel.h>
#include <http/qt/stream_park.h>

#include <QHostAddress>

#include <algorithm>

namespace gatehouse::http {

using namespace Qt::StringLiterals;

namespace {

/// A port that is free on 127.0.0.1 may be taken on ::1; another try gets another one.
constexpr int kFreePortTries = 64;

using Listeners = std::vector<std::unique_ptr<GuardedTcpServer>>;

Error listenError(const QTcpServer &server, quint16 port)
{
    const auto detail = server.errorString();
    if (server.serverError() == QAbstractSocket::AddressInUseError) {
        const auto holder = platform::describeListener(port);
        return Error{u"Port %1 is taken, so no client can reach Gatehouse."_s.arg(port)}
            .withRemedy(u"%1 uses it. End that program, or choose another port with --port."_s.arg(
                holder.isEmpty() ? u"Another program"_s : u"The program "_s + holder))
            .withKind(ErrorKind::Port)
            .withDetail(detail);
    }
    return Error{u"Gatehouse cannot listen on port %1."_s.arg(port)}
        .withRemedy(u"Choose another port with --port."_s)
        .withKind(ErrorKind::Port)
        .withDetail(detail);
}

bool isMissingFamily(const QTcpServer &server)
{
    return server.serverError() == QAbstractSocket::SocketAddressNotAvailableError
        || server.serverError() == QAbstractSocket::UnsupportedSocketOperationError;
}

/// Listens on both addresses at once, or on neither.
Result<Listeners> listenOnBoth(const std::shared_ptr<ConnectionTable> &table, quint16 port)
{
    Listeners listeners;
    auto v4 = std::make_unique<GuardedTcpServer>(table);
    if (!v4->listen(QHostAddress::LocalHost, port))
        return fail(listenError(*v4, port));
    const auto bound = v4->serverPort();
    listeners.push_back(std::move(v4));

    auto v6 = std::make_unique<GuardedTcpServer>(table);
    if (v6->listen(QHostAddress::LocalHostIPv6, bound)) {
        listeners.push_back(std::move(v6));
    } else if (isMissingFamily(*v6)) {
        qCInfo(lcHttp) << "this machine has no IPv6; listening on 127.0.0.1 alone";
    } else {
        return fail(listenError(*v6, bound));
    }
    return listeners;
}

Result<Listeners> listenOnFreePort(const std::shared_ptr<ConnectionTable> &table)
{
    auto listeners = listenOnBoth(table, 0);
    for (int tries = 1; !listeners && tries < kFreePortTries; ++tries)
        listeners = listenOnBoth(table, 0);
    return listeners;
}

/// What makeHttpServer() gives out; keeps the gateway until no code runs below its signals.
class LoopbackHttpServer final : public HttpServer {
public:
    LoopbackHttpServer(RequestHandler &handler, HttpLimits limits, BodyAuthorizer authorizer)
        : m_table(std::make_shared<ConnectionTable>(limits, std::move(authorizer))),
          m_gateway(new QtHttpGateway(handler, m_table))
    {
    }
    LoopbackHttpServer(const LoopbackHttpServer &) = delete;
    LoopbackHttpServer &operator=(const LoopbackHttpServer &) = delete;

    ~LoopbackHttpServer() override
    {
        m_gateway->shutDown();
        if (m_table->isBusy())
            m_gateway->deleteLater();
        else
            delete m_gateway;
    }

    Result<quint16> listen(quint16 port) override { return m_gateway->listenOnLoopback(port); }
    void stop() override { m_gateway->stop(); }
    [[nodiscard]] bool isQuiet() const override { return m_gateway->isQuiet(); }

private:
    std::shared_ptr<ConnectionTable> m_table;
    QtHttpGateway *m_gateway;
};

} // namespace

QtHttpGateway::QtHttpGateway(RequestHandler &handler, std::shared_ptr<ConnectionTable> table)
    : m_handler(&handler), m_table(std::move(table))
{
}

Result<quint16> QtHttpGateway::listenOnLoopback(quint16 port)
{
    auto listeners = port == 0 ? listenOnFreePort(m_table) : listenOnBoth(m_table, port);
    if (!listeners)
        return fail(listeners.error());
    const auto bound = listeners->front()->serverPort();
    for (auto &listener : *listeners)
        static_cast<void>(bind(listener.release())); // bind() makes it a child of the gateway
    return bound;
}

void QtHttpGateway::stop()
{
    closeListeners();
    const auto sockets = m_table->sockets();
    for (const auto &socket : sockets) {
        if (socket)
            socket->endAfterAnswer();
    }
    m_table->park().endAll();
}

bool QtHttpGateway::isQuiet() const
{
    const auto sockets = m_table->sockets();
    return !m_table->park().hasWork()
        && std::none_of(sockets.begin(), sockets.end(),
                        [](const auto &socket) { return socket && socket->hasWork(); });
}

void QtHttpGateway::shutDown()
{
    m_handler = nullptr;
    closeListeners();
    const auto sockets = m_table->sockets();
    for (const auto &socket : sockets) {
        if (socket)
            socket->abortNow();
    }
    m_table->park().abortAll();
}

void QtHttpGateway::closeListeners()
{
    const auto listeners = servers();
    for (auto *listener : listeners)
        listener->close();
}

bool QtHttpGateway::dispatch()
{
    auto *socket = m_table->handingOver();
    if (socket == nullptr || m_handler == nullptr)
        return false;
    auto request = socket->takeRequest();
    if (!request)
        return false;
    m_handler->handle(std::move(*request), Reply(std::make_unique<ReplyChannel>(socket)));
    return true;
}

bool QtHttpGateway::handleRequest(const QHttpServerRequest &, ResponderArgument)
{
    return dispatch();
}

void QtHttpGateway::missingHandler(const QHttpServerRequest &, ResponderArgument)
{
    // The socket answers a request that nobody took.
}

std::unique_ptr<HttpServer> makeHttpServer(RequestHandler &handler, HttpLimits limits,
                                           BodyAuthorizer authorizer)
{
    return std::make_unique<LoopbackHttpServer>(handler, limits, std::move(authorizer));
}

} // namespace gatehouse::http

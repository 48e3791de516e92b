// SPDX-License-Identifier: GPL-3.0-or-later
#include <support/fault_proxy.h>

#include <support/free_ports.h>

#include <QTimer>

#include <sys/socket.h>

namespace gatehouse::tests {

using namespace Qt::StringLiterals;

namespace {

constexpr auto kHeadEnd = "\r\n\r\n";

Fault other(const QByteArray &answer)
{
    return {Fault::Kind::OtherAnswer, {}, answer};
}

QByteArray withLength(const QByteArray &head, const QByteArray &body)
{
    return head + "Connection: close\r\nContent-Length: " + QByteArray::number(body.size())
        + kHeadEnd + body;
}

/// A whole request has its head and as much body as that promises.
bool isWhole(const QByteArray &request)
{
    const auto headEnd = request.indexOf(kHeadEnd);
    if (headEnd < 0)
        return false;
    const auto head = request.left(headEnd).toLower();
    const auto lengthAt = head.indexOf("content-length: ");
    const auto length = lengthAt < 0 ? 0 : head.mid(lengthAt + 16).split('\r').first().toInt();
    return request.size() >= headEnd + 4 + length;
}

QByteArray pathOf(const QByteArray &request)
{
    return request.split(' ').value(1).split('?').first();
}

/// With no time to linger, closing tells the other side of a reset rather than of an end.
void resetConnection(QTcpSocket &socket)
{
    const linger none{1, 0};
    setsockopt(int(socket.socketDescriptor()), SOL_SOCKET, SO_LINGER, &none, sizeof none);
    socket.abort();
}

} // namespace

Fault Fault::noise()
{
    return other("\x16\x03\x01\x00\xff\xfe not HTTP at all\r\n\r\n");
}

Fault Fault::brokenJson()
{
    return other(withLength("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n",
                            R"({"access_token":"half of a tok)"));
}

Fault Fault::captivePortal()
{
    return other(withLength("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n",
                            "<!doctype html><title>Welcome to the hotel</title>"));
}

Fault Fault::status(int status, const QByteArray &headers)
{
    return other(
        withLength("HTTP/1.1 " + QByteArray::number(status) + " As told\r\n" + headers, {}));
}

Fault Fault::tooManyRequests(std::chrono::seconds retryAfter)
{
    return status(429, "Retry-After: " + QByteArray::number(qint64(retryAfter.count())) + "\r\n");
}

Fault Fault::redirect(const QUrl &to)
{
    return status(302, "Location: " + to.toEncoded() + "\r\n");
}

FaultProxy::FaultProxy() : m_port(freePorts(1))
{
    QObject::connect(&m_server, &QTcpServer::newConnection, &m_server, [this] {
        while (auto *const client = m_server.nextPendingConnection()) {
            QObject::connect(client, &QTcpSocket::disconnected, client, &QObject::deleteLater);
            QObject::connect(client, &QTcpSocket::readyRead, client,
                             [this, client] { read(client); });
        }
    });
    start();
}

void FaultProxy::forwardTo(quint16 port, const QByteArray &host)
{
    m_target = port;
    m_host = host;
}

void FaultProxy::reset()
{
    clearFaults();
    resetCounts();
    m_answers.clear();
    start();
}

void FaultProxy::start()
{
    if (!m_server.isListening()
        && !m_server.listen(QHostAddress(QString::fromLatin1(kHost)), m_port)) {
        qFatal("the proxy cannot listen");
    }
}

void FaultProxy::stop()
{
    m_server.close();
    const auto clients = m_server.findChildren<QTcpSocket *>(Qt::FindDirectChildrenOnly);
    for (auto *const client : clients)
        client->abort();
}

void FaultProxy::read(QTcpSocket *client)
{
    const auto request = client->property("request").toByteArray() + client->readAll();
    client->setProperty("request", request);
    if (!isWhole(request))
        return;
    client->disconnect(client, &QTcpSocket::readyRead, nullptr, nullptr);
    ++m_counts[pathOf(request)];
    take(client, request);
}

void FaultProxy::take(QTcpSocket *client, const QByteArray &request)
{
    const auto path = pathOf(request);
    const auto fault = m_faults.value(path);
    const auto send = [client](const QByteArray &answer) {
        client->write(answer);
        client->disconnectFromHost();
    };
    switch (fault.kind) {
    case Fault::Kind::None:
        forward(client, request, [=](const QByteArray &answer) {
            QTimer::singleShot(fault.delay, client, [=] { send(answer); });
        });
        break;
    case Fault::Kind::LostRequest:
        resetConnection(*client);
        break;
    case Fault::Kind::LostAnswer:
        forward(client, request, [=](const QByteArray &) { resetConnection(*client); });
        break;
    case Fault::Kind::OtherAnswer:
        send(fault.answer);
        break;
    case Fault::Kind::Silence:
        if (whenSilent)
            QTimer::singleShot(0, client, whenSilent);
        break;
    }
}

/// The tenant ends its connection after the answer, which is then known to be whole.
void FaultProxy::forward(QTcpSocket *client, const QByteArray &request,
                         const std::function<void(const QByteArray &)> &then)
{
    auto *const tenant = new QTcpSocket(client);
    QObject::connect(tenant, &QTcpSocket::disconnected, client, [=, this] {
        const auto answer = tenant->readAll();
        m_answers[pathOf(request)] = answer.mid(answer.indexOf(kHeadEnd) + 4);
        then(answer);
    });
    QObject::connect(tenant, &QTcpSocket::errorOccurred, client, [=](auto error) {
        if (error != QAbstractSocket::RemoteHostClosedError)
            client->abort();
    });
    tenant->connectToHost(QHostAddress(QHostAddress::LocalHost), m_target);
    tenant->write(rewritten(request));
}

QByteArray FaultProxy::rewritten(const QByteArray &request) const
{
    const auto headEnd = request.indexOf(kHeadEnd);
    QByteArrayList lines;
    for (const auto &line : request.left(headEnd).replace("\r\n", "\n").split('\n')) {
        const auto name = line.toLower();
        if (name.startsWith("host:") && !m_host.isEmpty())
            lines.append("Host: " + m_host);
        else if (!name.startsWith("connection:"))
            lines.append(line);
    }
    lines.append("Connection: close");
    return lines.join("\r\n") + request.mid(headEnd);
}

} // namespace gatehouse::tests

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QHostAddress>
#include <QList>
#include <QPointer>
#include <QTcpServer>
#include <QTcpSocket>
#include <QUrl>

#include <utility>

namespace gatehouse::tests {

/// What an API was sent, as it stood on the wire.
struct ApiHit {
    QByteArray requestLine;
    QByteArray head;
    QByteArray body;

    /// Every value of the header field.
    [[nodiscard]] QByteArrayList header(const QByteArray &name) const
    {
        QByteArrayList values;
        const auto lines = head.split('\n');
        for (const auto &line : lines) {
            if (line.toLower().startsWith(name.toLower() + ':'))
                values.append(line.mid(name.size() + 1).trimmed());
        }
        return values;
    }
};

/// An HTTP API that answers what the test has laid out, one answer per request, the last one again
/// and again. An empty answer closes the connection, "HANG" leaves the request unanswered.
class FakeApi {
public:
    FakeApi()
    {
        m_server.listen(QHostAddress::LocalHost);
        QObject::connect(&m_server, &QTcpServer::newConnection, &m_server, [this] {
            while (auto *const socket = m_server.nextPendingConnection()) {
                ++connections;
                QObject::connect(socket, &QTcpSocket::readyRead, socket,
                                 [this, socket] { read(socket); });
            }
        });
    }

    [[nodiscard]] QUrl url() const
    {
        return QUrl(QStringLiteral("http://127.0.0.1:%1").arg(m_server.serverPort()));
    }
    [[nodiscard]] static QByteArray answer(int status, const QByteArray &body,
                                           const QByteArray &type = "application/json",
                                           const QByteArray &extraHeaders = {})
    {
        return "HTTP/1.1 " + QByteArray::number(status) + " Status\r\nContent-Type: " + type
            + "\r\nContent-Length: " + QByteArray::number(body.size()) + "\r\n" + extraHeaders
            + "\r\n" + body;
    }
    void stop() { m_server.close(); }

    QByteArrayList answers{answer(200, "{}")};
    QList<ApiHit> hits;
    int connections = 0;
    QPointer<QTcpSocket> lastSocket;

private:
    void read(QTcpSocket *socket)
    {
        auto text = socket->property("text").toByteArray() + socket->readAll();
        socket->setProperty("text", text);
        const auto end = text.indexOf("\r\n\r\n");
        if (end < 0)
            return;
        ApiHit hit{text.left(text.indexOf("\r\n")), text.left(end), {}};
        const auto length = hit.header("Content-Length").value(0).toInt();
        if (text.size() < end + 4 + length)
            return;
        hit.body = text.mid(end + 4, length);
        socket->setProperty("text", text.mid(end + 4 + length));
        hits.append(hit);
        lastSocket = socket;
        const auto reply = answers.size() > 1 ? answers.takeFirst() : answers.first();
        if (reply.isEmpty())
            socket->disconnectFromHost();
        else if (reply != "HANG")
            socket->write(reply);
    }

    QTcpServer m_server;
};

} // namespace gatehouse::tests

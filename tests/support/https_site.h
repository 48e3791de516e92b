// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPointer>
#include <QSslServer>
#include <QSslSocket>

#include <functional>

namespace gatehouse::tests {

/// A website over TLS on 127.0.0.1 that does with each connection what the test says, once its
/// request has arrived.
class HttpsSite {
public:
    using Behaviour = std::function<void(QSslSocket &)>;

    explicit HttpsSite(const QSslConfiguration &tls)
    {
        m_server.setSslConfiguration(tls);
        if (!m_server.listen(QHostAddress::LocalHost))
            qFatal("no port");
        m_port = m_server.serverPort();
        QObject::connect(&m_server, &QTcpServer::pendingConnectionAvailable, &m_server, [this] {
            auto *const socket = qobject_cast<QSslSocket *>(m_server.nextPendingConnection());
            ++connections;
            QObject::connect(socket, &QSslSocket::readyRead, socket,
                             [this, socket] { read(*socket); });
        });
    }

    [[nodiscard]] quint16 port() const { return m_port; }
    void stop() { m_server.close(); }
    [[nodiscard]] static QByteArray answer(const QByteArray &body, const QByteArray &headers = {},
                                           const QByteArray &status = "200 OK",
                                           const QByteArray &type = "application/json")
    {
        return "HTTP/1.1 " + status + "\r\nContent-Type: " + type + "\r\nContent-Length: "
            + QByteArray::number(body.size()) + "\r\n" + headers + "\r\n" + body;
    }
    void answerWith(const QByteArray &bytes)
    {
        behaviour = [bytes](QSslSocket &socket) {
            socket.write(bytes);
            socket.disconnectFromHost();
        };
    }

    Behaviour behaviour;
    QByteArrayList requests; ///< heads
    int connections = 0;

private:
    void read(QSslSocket &socket)
    {
        m_buffer += socket.readAll();
        if (!m_buffer.endsWith("\r\n\r\n"))
            return;
        requests.append(std::exchange(m_buffer, {}));
        if (behaviour)
            behaviour(socket);
    }

    QSslServer m_server;
    quint16 m_port = 0;
    QByteArray m_buffer;
};

} // namespace gatehouse::tests

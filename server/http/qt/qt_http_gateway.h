// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/result.h>
#include <http/http_server.h>

#include <QAbstractHttpServer>
#include <QTcpServer>
#include <QtGlobal>

#include <memory>

namespace gatehouse::http {

class ConnectionTable;

/// How QHttpServer passes on where an answer goes. It goes through ReplyChannel instead.
#if QT_VERSION >= QT_VERSION_CHECK(6, 8, 0)
using ResponderArgument = QHttpServerResponder &;
#else
using ResponderArgument = QTcpSocket *;
#endif

/// QHttpServer's side of the server: it owns the connections, says when one has a request, and the
/// gateway gives that to the handler as a value with a Reply. Owned by the HttpServer that
/// makeHttpServer() returns.
class QtHttpGateway final : public QAbstractHttpServer {
    Q_OBJECT

public:
    QtHttpGateway(RequestHandler &handler, std::shared_ptr<ConnectionTable> table);

    /// See HttpServer::listen().
    [[nodiscard]] Result<quint16> listenOnLoopback(quint16 port);
    /// Closes the listening sockets and ends all connections after what is written on them.
    void stop();
    [[nodiscard]] bool isQuiet() const;
    /// Ends all connections now and gives the handler no further request.
    void shutDown();

protected:
    bool handleRequest(const QHttpServerRequest &, ResponderArgument) override;
    void missingHandler(const QHttpServerRequest &, ResponderArgument) override;

private:
    [[nodiscard]] bool dispatch();
    void closeListeners();

    RequestHandler *m_handler;
    std::shared_ptr<ConnectionTable> m_table;
};

} // namespace gatehouse::http

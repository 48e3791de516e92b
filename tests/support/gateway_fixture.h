// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "http_client.h"

#include <http/http_server.h>

#include <QFile>
#include <QTest>

#include <functional>
#include <memory>
#include <vector>

namespace gatehouse::tests {

/// Answers what a test has told it to, and keeps what a test wants to answer later.
class ScriptedHandler final : public http::RequestHandler {
public:
    void handle(http::HttpRequest request, http::Reply reply) override
    {
        ++calls;
        lastRequest = request;
        if (script)
            return script(request, std::move(reply));
        reply.send(http::HttpResponse::text(
            200, request.method + ' ' + request.path + '?' + request.query + ' ' + request.body));
    }

    /// Makes the handler keep every reply.
    void keepReplies()
    {
        script = [this](const http::HttpRequest &, http::Reply reply) {
            kept.push_back(std::move(reply));
        };
    }
    /// Makes the handler begin a stream with every reply.
    void beginStreams()
    {
        script = [this](const http::HttpRequest &, http::Reply reply) {
            auto head = http::HttpResponse{200};
            head.headers.append("Content-Type", "text/event-stream");
            head.body = ": hello\n\n";
            streams.push_back(reply.beginStream(head));
        };
    }

    int calls = 0;
    http::HttpRequest lastRequest;
    std::function<void(const http::HttpRequest &, http::Reply)> script;
    std::vector<http::Reply> kept;
    std::vector<std::unique_ptr<http::Stream>> streams;
};

/// The server on real sockets, for the test of one part of it.
class GatewayFixture {
protected:
    void start(http::HttpLimits limits = {}, http::BodyAuthorizer authorizer = {})
    {
        m_server = http::makeHttpServer(m_handler, limits, std::move(authorizer));
        const auto port = m_server->listen(0);
        QVERIFY2(port, qUtf8Printable(port ? QString() : port.error().forPerson()));
        m_port = *port;
    }
    /// Ends everything that one test began.
    void end()
    {
        m_handler.calls = 0;
        m_handler.script = {};
        for (auto &reply : m_handler.kept)
            reply.send(http::HttpResponse::empty(204));
        m_handler.kept.clear();
        m_handler.streams.clear();
        m_server.reset();
    }

    ScriptedHandler m_handler;
    std::unique_ptr<http::HttpServer> m_server;
    quint16 m_port = 0;
};

inline QByteArray getRequest(const QByteArray &target, const QByteArray &fields = {})
{
    return "GET " + target + " HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n";
}

inline QByteArray postHead(qint64 length, const QByteArray &fields = {})
{
    return "POST /p HTTP/1.1\r\nHost: x\r\n" + fields
        + "Content-Length: " + QByteArray::number(length) + "\r\n\r\n";
}

/// The local addresses on which something of this machine listens on `port`, as /proc spells them.
inline QByteArrayList listeningAddresses(quint16 port)
{
    const auto wanted = ':' + QByteArray::number(port, 16).rightJustified(4, '0').toUpper();
    QByteArrayList addresses;
    for (const auto &path : {"/proc/net/tcp", "/proc/net/tcp6"}) {
        QFile table(QString::fromLatin1(path));
        if (!table.open(QIODevice::ReadOnly))
            continue;
        const auto lines = table.readAll().split('\n');
        for (const auto &line : lines) {
            const auto fields = line.simplified().split(' ');
            if (fields.value(3) == "0A" && fields.value(1).endsWith(wanted))
                addresses.append(fields.value(1).chopped(wanted.size()));
        }
    }
    return addresses;
}

} // namespace gatehouse::tests

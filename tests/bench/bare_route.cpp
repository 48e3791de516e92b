// SPDX-License-Identifier: GPL-3.0-or-later
// The limit: one QHttpServer route that reads a JSON-RPC call and answers a constant text, with no
// checks at all. Prints its port.
#include <QCoreApplication>
#include <QHttpServer>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTcpServer>

#include <cstdio>
#include <memory>

using namespace Qt::StringLiterals;

namespace {

QHttpServerResponse answer(const QHttpServerRequest &request)
{
    const auto call = QJsonDocument::fromJson(request.body()).object();
    const QJsonArray content{QJsonObject{
        {u"type"_s, u"text"_s}, {u"text"_s, u"This is a simple text response for testing."_s}}};
    const QJsonObject message{
        {u"jsonrpc"_s, u"2.0"_s},
        {u"id"_s, call.value(u"id"_s)},
        {u"result"_s, QJsonObject{{u"content"_s, content}, {u"isError"_s, false}}}};
    return {"application/json", QJsonDocument(message).toJson(QJsonDocument::Compact)};
}

} // namespace

int main(int argc, char *argv[])
{
    QCoreApplication application(argc, argv);
    QHttpServer server;
    server.route(u"/mcp"_s, QHttpServerRequest::Method::Post,
                 [](const QHttpServerRequest &request) { return answer(request); });
    auto listener = std::make_unique<QTcpServer>();
    if (!listener->listen(QHostAddress::LocalHost))
        return 1;
    std::printf("%d\n", listener->serverPort());
    std::fflush(stdout);
    static_cast<void>(server.bind(listener.release())); // which makes it a child of the server
    return QCoreApplication::exec();
}

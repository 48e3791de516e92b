// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/http_sse.h>

#include <base/json.h>
#include <http/form.h>
#include <mcp/wire.h>
#include <oauth/access.h>

#include <QPointer>

namespace gatehouse::mcp {

using namespace Qt::StringLiterals;

namespace {

void sendTo(Session &session, const QJsonObject &message)
{
    session.send(sseEvent("message", toCompactJson(message)));
}

} // namespace

void HttpSse::openStream(const http::HttpRequest &request, http::Reply reply)
{
    if (!acceptsAnyOf(request, {"text/event-stream"}))
        return reply.send(refuse(406, u"Accept must allow text/event-stream."_s));
    if (request.method == "HEAD")
        return reply.send(eventStreamHead({}));
    auto &session = m_sessions.create(accessOf(request).grant, Transport::HttpSse);
    // A relative address: clients refuse one of another origin, and ours has three names.
    auto stream = reply.beginStream(
        eventStreamHead(sseEvent("endpoint", "/messages?sessionId=" + session.id)));
    if (!stream->isOpen())
        return m_sessions.end(session.id, NoAnswer::SessionEnded);
    connect(&session, &Session::lastStreamGone, this,
            [this, id = session.id] { m_sessions.end(id, NoAnswer::SessionEnded); });
    session.addStream(std::move(stream));
    m_heartbeat.start();
}

void HttpSse::postMessage(const http::HttpRequest &request, http::Reply reply)
{
    if (!bringsJson(request))
        return reply.send(refuse(415, u"The body must be application/json."_s));
    const auto query = http::FormParameters::parse(request.query);
    const auto id = query ? query->value(u"sessionId"_s).toLatin1() : QByteArray();
    if (id.isEmpty())
        return reply.send(refuse(400, u"The sessionId parameter is missing."_s));
    const auto &access = accessOf(request);
    const QPointer<Session> session = m_sessions.find(id, access.grant, Transport::HttpSse);
    if (session == nullptr)
        return reply.send(refuse(404, u"This session is unknown or has ended."_s));
    const auto input = parseRpc(request.body);
    if (!input)
        return reply.send(refuse(400, input.error().message, input.error().code));
    if (input->isBatch && !knowsBatches(session->revision)) {
        return reply.send(
            refuse(400, u"MCP %1 has no batches."_s.arg(toString(session->revision))));
    }
    const auto &first = input->messages.front();
    if (const auto *const call = std::get_if<RpcRequest>(&first); call && !input->isBatch) {
        // A challenge on the stream could not be answered: it belongs to this request.
        if (const auto scopes = m_dispatcher.scopesLacking(*call, access))
            return reply.send(oauth::insufficientScope(request, *scopes, access));
    }
    if (const auto *const bad = std::get_if<RpcInvalid>(&first); bad && !input->isBatch)
        return reply.send(refuse(400, bad->error.message, bad->error.code, bad->id));

    reply.send(http::HttpResponse::empty(202));
    for (const auto &message : input->messages) {
        if (session)
            deliver(*session, access, message);
    }
}

void HttpSse::deliver(Session &session, const oauth::Access &access, const RpcMessage &message)
{
    if (const auto *const notification = std::get_if<RpcNotification>(&message))
        return m_dispatcher.handle(session, *notification);
    if (const auto *const invalid = std::get_if<RpcInvalid>(&message))
        return sendTo(session, rpcError(invalid->id, invalid->error));
    const auto *const request = std::get_if<RpcRequest>(&message);
    if (request == nullptr)
        return;
    m_dispatcher.handle(session, *request, access,
                        [to = QPointer<Session>(&session)](const RpcOutcome &outcome) {
                            const auto *const answer = std::get_if<QJsonObject>(&outcome);
                            if (to && answer != nullptr)
                                sendTo(*to, *answer);
                        });
}

} // namespace gatehouse::mcp

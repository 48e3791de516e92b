// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/http_sse.h>

#include <base/json.h>
#include <http/form.h>
#include <mcp/session_outlets.h>
#include <mcp/wire.h>
#include <oauth/access.h>

#include <QPointer>

namespace gatehouse::mcp {

using namespace Qt::StringLiterals;

void HttpSse::openStream(const http::HttpRequest &request, http::Reply reply)
{
    if (!acceptsAnyOf(request, {"text/event-stream"}))
        return reply.send(refuse(406, u"Accept must allow text/event-stream."_s));
    if (request.method == "HEAD")
        return reply.send(eventStreamHead({}));
    auto &session = m_sessions.createSse(accessOf(request).grant);
    // A relative address: clients refuse one of another origin, and ours has three names.
    auto carrier = reply.beginStream(
        eventStreamHead(sseEvent("endpoint", "/messages?sessionId=" + session.id)));
    if (!carrier->isOpen())
        return m_sessions.end(session.id, NoAnswer::SessionEnded);
    connect(&session, &Session::lastStreamGone, this,
            [this, id = session.id] { m_sessions.end(id, NoAnswer::SessionEnded); });
    session.openStream(EventStream::Kind::Plain).carryOn(std::move(carrier));
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
        return Dispatcher::handle(session.calls, *notification);
    if (const auto *const response = std::get_if<RpcResponse>(&message))
        return session.calls.answer(*response);
    // Not held against the schema, which has no error without an ID.
    if (const auto *const invalid = std::get_if<RpcInvalid>(&message))
        return session.send(toCompactJson(rpcError(invalid->id, invalid->error)));
    const auto &request = std::get<RpcRequest>(message);
    m_dispatcher.handle(peerOf(session, access, request), request,
                        std::make_shared<SseOutlet>(session, request.method));
}

} // namespace gatehouse::mcp

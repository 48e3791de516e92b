// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/streamable_http.h>

#include <mcp/batch.h>
#include <mcp/results.h>
#include <mcp/session_outlets.h>
#include <mcp/wire.h>
#include <oauth/access.h>

namespace gatehouse::mcp {

using namespace Qt::StringLiterals;

namespace {

constexpr auto kSessionHeader = "Mcp-Session-Id";
constexpr auto kVersionHeader = "MCP-Protocol-Version";
constexpr auto kLastEventHeader = "Last-Event-ID";

http::HttpResponse unknownSession()
{
    return refuse(404, u"This session is unknown or has ended. Initialize again."_s);
}

const RpcRequest *asInitialize(const RpcInput &input)
{
    const auto *const request =
        input.isBatch ? nullptr : std::get_if<RpcRequest>(&input.messages.front());
    return request != nullptr && request->method == "initialize"_L1 ? request : nullptr;
}

} // namespace

void StreamableHttp::post(const http::HttpRequest &request, http::Reply reply)
{
    if (!acceptsAnyOf(request, {"application/json", "text/event-stream"})) {
        return reply.send(
            refuse(406, u"Accept must allow application/json and text/event-stream."_s));
    }
    if (!bringsJson(request))
        return reply.send(refuse(415, u"The body must be application/json."_s));
    const auto input = parseRpc(request.body);
    if (!input)
        return reply.send(refuse(400, input.error().message, input.error().code));
    if (isStatelessRequest(request, *input))
        return m_deps.stateless.post(request, std::move(reply), *input);
    const auto session = sessionFor(request, *input);
    if (!session)
        return reply.send(session.error());
    if (!input->isBatch)
        return postOne(request, std::move(reply), **session, input->messages.front());
    if (!knowsBatches((*session)->revision)) {
        return reply.send(
            refuse(400, u"MCP %1 has no batches."_s.arg(toString((*session)->revision))));
    }
    postBatch(request, std::move(reply), **session, *input);
}

void StreamableHttp::get(const http::HttpRequest &request, http::Reply reply)
{
    if (!acceptsAnyOf(request, {"text/event-stream"}))
        return reply.send(refuse(406, u"Accept must allow text/event-stream."_s));
    const auto session = sessionOf(request);
    if (!session)
        return reply.send(session.error());
    if (request.method == "HEAD")
        return reply.send(eventStreamHead({}));
    const auto last = EventId::parse(request.headers.value(kLastEventHeader));
    auto *stream = streamToResume(**session, last);
    const auto missed = stream != nullptr ? stream->eventsAfter(last->event) : QByteArray();
    if (stream == nullptr)
        stream = &(*session)->openStream(EventStream::Kind::General);
    const QPointer<EventStream> kept(stream);
    const auto opening = missed.isEmpty() ? stream->opening() : stream->opening(last->event);
    auto carrier = reply.beginStream(eventStreamHead(opening + missed));
    if (kept)
        kept->carryOn(std::move(carrier));
    m_deps.heartbeat.start();
}

/// MCP 2025-11-25 transports §Resumability and Redelivery: only what went over that stream.
EventStream *StreamableHttp::streamToResume(Session &session, const std::optional<EventId> &last)
{
    auto *const stream = last ? session.findStream(last->stream) : nullptr;
    return stream != nullptr && stream->hasSent(last->event) ? stream : nullptr;
}

void StreamableHttp::remove(const http::HttpRequest &request, http::Reply reply)
{
    const auto session = sessionOf(request);
    if (!session)
        return reply.send(session.error());
    m_deps.sessions.remove(**session);
    reply.send(http::HttpResponse::empty(204));
}

/// MCP transports §Session Management: 400 without an id, 404 for one that is unknown or ended.
StreamableHttp::SessionOrRefusal StreamableHttp::sessionOf(const http::HttpRequest &request)
{
    const auto id = request.headers.value(kSessionHeader);
    if (id.isEmpty())
        return fail(refuse(400, u"The Mcp-Session-Id header is missing. Initialize first."_s));
    // MCP transports §Protocol Version Header: without it, what was negotiated counts; one that is
    // not spoken here is 400. Another one that is spoken is let pass: clients that reconnect mix
    // them up, and every answer follows the session's revision anyway.
    const auto version = QString::fromLatin1(request.headers.value(kVersionHeader));
    const auto revision = parseRevision(version);
    if (!version.isEmpty() && (!revision || isStateless(*revision)))
        return fail(refuse(400, u"This MCP-Protocol-Version is not supported."_s));
    auto *const session =
        m_deps.sessions.find(id, accessOf(request).grant, Transport::StreamableHttp);
    if (session == nullptr)
        return fail(unknownSession());
    return session;
}

StreamableHttp::SessionOrRefusal StreamableHttp::sessionFor(const http::HttpRequest &request,
                                                            const RpcInput &input)
{
    const auto *const initialize = asInitialize(input);
    if (initialize == nullptr)
        return sessionOf(request);
    const auto params = parseInitialize(initialize->params);
    if (!params)
        return fail(http::HttpResponse::jsonText(
            200, toWire(rpcError(initialize->id, params.error()), kLatestHandshake)));
    auto &session = m_deps.sessions.createStreamable(accessOf(request).grant,
                                                     {params->revision, params->abilities});
    return &session;
}

void StreamableHttp::postOne(const http::HttpRequest &request, http::Reply reply, Session &session,
                             const RpcMessage &message)
{
    if (const auto *const invalid = std::get_if<RpcInvalid>(&message)) {
        return reply.send(refuse(400, invalid->error.message, invalid->error.code, invalid->id));
    }
    if (const auto *const call = std::get_if<RpcRequest>(&message))
        return postRequest(request, std::move(reply), session, *call);
    if (const auto *const notification = std::get_if<RpcNotification>(&message))
        Dispatcher::handle(session.calls, *notification);
    if (const auto *const response = std::get_if<RpcResponse>(&message))
        session.calls.answer(*response);
    reply.send(http::HttpResponse::empty(202));
}

void StreamableHttp::postRequest(const http::HttpRequest &request, http::Reply reply,
                                 Session &session, const RpcRequest &call)
{
    const auto &access = accessOf(request);
    if (const auto scopes = m_deps.dispatcher.scopesLacking(call, access))
        return reply.send(oauth::insufficientScope(request, *scopes, access));
    const bool begins = call.method == "initialize"_L1;
    auto response = [this, asked = addressOf(request), begins, id = session.id,
                     method = call.method, of = QPointer(&session)](const RpcOutcome &outcome) {
        if (const auto *const why = std::get_if<NoAnswer>(&outcome))
            return withoutAnswer(asked, *why);
        auto answer = http::HttpResponse::jsonText(
            200,
            toWire(std::get<RpcAnswer>(outcome), of ? of->revision : kLatestHandshake, method));
        if (begins)
            answer.headers.append(kSessionHeader, id);
        return answer;
    };
    m_deps.dispatcher.handle(
        peerOf(session, access, call), call,
        std::make_shared<PostOutlet>(session, std::move(reply),
                                     PostOutlet::Asked{call.method,
                                                       acceptsAnyOf(request, {"text/event-stream"}),
                                                       std::move(response)},
                                     m_deps.heartbeat));
}

void StreamableHttp::postBatch(const http::HttpRequest &request, http::Reply reply,
                               Session &session, const RpcInput &input)
{
    const auto waiting = std::make_shared<http::Reply>(std::move(reply));
    Batch::run(m_deps.dispatcher, session, accessOf(request), input,
               [this, waiting,
                asked = addressOf(request)](const std::variant<QByteArray, NoAnswer> &outcome) {
                   if (const auto *const why = std::get_if<NoAnswer>(&outcome))
                       return waiting->send(withoutAnswer(asked, *why));
                   const auto &answers = std::get<QByteArray>(outcome);
                   waiting->send(answers.isEmpty() ? http::HttpResponse::empty(202)
                                                   : http::HttpResponse::jsonText(200, answers));
               });
}

http::HttpResponse StreamableHttp::withoutAnswer(const http::HttpRequest &request,
                                                 NoAnswer why) const
{
    switch (why) {
    case NoAnswer::Cancelled:
        // MCP cancellation §Behavior Requirements: no response to a cancelled request.
        return http::HttpResponse::empty(202);
    case NoAnswer::SessionEnded:
        return unknownSession();
    case NoAnswer::GrantEnded:
        return oauth::bearerChallenge(request, oauth::BearerFailure::Invalid,
                                      m_deps.challengeScopes);
    }
    Q_UNREACHABLE();
}

} // namespace gatehouse::mcp

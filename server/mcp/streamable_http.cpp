// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/streamable_http.h>

#include <base/json.h>
#include <mcp/batch.h>
#include <mcp/results.h>
#include <mcp/wire.h>
#include <oauth/access.h>

namespace gatehouse::mcp {

using namespace Qt::StringLiterals;

namespace {

constexpr auto kSessionHeader = "Mcp-Session-Id";
constexpr auto kVersionHeader = "MCP-Protocol-Version";

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

http::HttpResponse jsonArray(const QJsonArray &array)
{
    auto response = http::HttpResponse::json(200, {});
    response.body = toCompactJson(array);
    return response;
}

} // namespace

StreamableHttp::StreamableHttp(SessionStore &sessions, Dispatcher &dispatcher, Heartbeat &heartbeat,
                               QStringList challengeScopes)
    : m_sessions(sessions), m_dispatcher(dispatcher), m_heartbeat(heartbeat),
      m_challengeScopes(std::move(challengeScopes))
{
}

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
    auto stream = reply.beginStream(eventStreamHead(": open\n\n"));
    if (!stream->isOpen())
        return;
    (*session)->addStream(std::move(stream));
    m_heartbeat.start();
}

void StreamableHttp::remove(const http::HttpRequest &request, http::Reply reply)
{
    const auto session = sessionOf(request);
    if (!session)
        return reply.send(session.error());
    m_sessions.end((*session)->id, NoAnswer::SessionEnded);
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
    if (!version.isEmpty() && !parseRevision(version))
        return fail(refuse(400, u"This MCP-Protocol-Version is not supported."_s));
    auto *const session = m_sessions.find(id, accessOf(request).grant, Transport::StreamableHttp);
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
    if (const auto params = parseInitialize(initialize->params); !params) {
        return fail(http::HttpResponse::json(200, rpcError(initialize->id, params.error())));
    }
    auto &session = m_sessions.create(accessOf(request).grant, Transport::StreamableHttp);
    connect(&session, &Session::lastStreamGone, this,
            [this, &session] { m_sessions.touch(session); });
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
        m_dispatcher.handle(session, *notification);
    reply.send(http::HttpResponse::empty(202));
}

void StreamableHttp::postRequest(const http::HttpRequest &request, http::Reply reply,
                                 Session &session, const RpcRequest &call)
{
    if (const auto scopes = m_dispatcher.scopesLacking(call, accessOf(request)))
        return reply.send(oauth::insufficientScope(request, *scopes, accessOf(request)));
    const auto waiting = std::make_shared<http::Reply>(std::move(reply));
    auto asked = request;
    asked.body.clear(); // only the head is needed for a late refusal
    const bool begins = call.method == "initialize"_L1;
    m_dispatcher.handle(session, call, accessOf(request),
                        [this, waiting, asked, begins, id = session.id](const RpcOutcome &outcome) {
                            if (const auto *const why = std::get_if<NoAnswer>(&outcome))
                                return waiting->send(withoutAnswer(asked, *why));
                            auto response =
                                http::HttpResponse::json(200, std::get<QJsonObject>(outcome));
                            if (begins)
                                response.headers.append(kSessionHeader, id);
                            waiting->send(response);
                        });
}

void StreamableHttp::postBatch(const http::HttpRequest &request, http::Reply reply,
                               Session &session, const RpcInput &input)
{
    const auto waiting = std::make_shared<http::Reply>(std::move(reply));
    auto asked = request;
    asked.body.clear();
    Batch::run(m_dispatcher, session, accessOf(request), input,
               [this, waiting, asked](const std::variant<QJsonArray, NoAnswer> &outcome) {
                   if (const auto *const why = std::get_if<NoAnswer>(&outcome))
                       return waiting->send(withoutAnswer(asked, *why));
                   const auto &answers = std::get<QJsonArray>(outcome);
                   waiting->send(answers.isEmpty() ? http::HttpResponse::empty(202)
                                                   : jsonArray(answers));
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
        return oauth::bearerChallenge(request, oauth::BearerFailure::Invalid, m_challengeScopes);
    }
    Q_UNREACHABLE();
}

} // namespace gatehouse::mcp

// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/stateless_http.h>

#include <base/text.h>
#include <mcp/wire.h>

namespace gatehouse::mcp {

using namespace Qt::StringLiterals;

namespace {

constexpr auto kListenMethod = "subscriptions/listen"_L1;

/// Errors that have an HTTP status of their own (MCP 2026-07-28 basic §Error Codes).
int statusOf(const RpcAnswer &answer)
{
    const auto *const message = std::get_if<QJsonObject>(&answer);
    if (message == nullptr)
        return 200;
    switch (message->value("error"_L1)["code"_L1].toInt()) {
    case rpc_code::kMissingClientCapability:
    case rpc_code::kHeaderMismatch:
    case rpc_code::kUnsupportedVersion:
        return 400;
    case rpc_code::kMethodNotFound:
        return 404;
    default:
        return 200;
    }
}

http::HttpResponse jsonResponse(int status, const RpcAnswer &answer, const QString &method)
{
    return http::HttpResponse::jsonText(status, toWire(answer, kStateless, method));
}

} // namespace

/// The answer to one request: JSON, or an event stream from the first message before it on.
class StatelessHttp::ReplyOutlet final : public Outlet,
                                         public std::enable_shared_from_this<ReplyOutlet> {
public:
    ReplyOutlet(StatelessHttp &owner, http::Reply reply, const http::HttpRequest &request,
                QString method)
        : m_owner(owner), m_reply(std::move(reply)), m_asked(addressOf(request)),
          m_method(std::move(method)), m_takesStreams(acceptsAnyOf(request, {"text/event-stream"}))
    {
    }

    /// Cancels the call when the client leaves.
    void watch(const std::shared_ptr<RunningCalls> &calls, const RpcId &call)
    {
        m_cancel = [calls, call] { calls->cancel(call); };
        if (m_reply)
            m_reply->whenClientLeaves(calls.get(), m_cancel);
    }

    [[nodiscard]] bool canSend() const override { return m_stream || m_takesStreams; }

    void send(const QJsonObject &message) override
    {
        openStream();
        if (m_stream)
            m_stream->write(sseEvent("message", toWire(message, kStateless)));
    }

    void finish(const RpcOutcome &outcome) override
    {
        if (m_reply) {
            m_reply->send(response(outcome));
            m_reply.reset();
        } else if (m_stream) {
            if (const auto *const answer = std::get_if<RpcAnswer>(&outcome))
                m_stream->write(sseEvent("message", toWire(*answer, kStateless, m_method)));
            m_stream->disconnect();
            m_stream->close();
            m_stream.release()->deleteLater(); // it may be in the middle of its own signal
        }
    }

    /// False when there is no stream.
    bool beat()
    {
        if (m_stream)
            m_stream->write(": ping\n\n");
        return m_stream != nullptr;
    }

private:
    void openStream()
    {
        if (!m_reply || !m_takesStreams)
            return;
        m_stream = m_reply->beginStream(eventStreamHead({}));
        m_reply.reset();
        connect(m_stream.get(), &http::Stream::closed, &m_owner, [cancel = m_cancel] {
            if (cancel)
                cancel();
        });
        m_owner.m_streams.append(weak_from_this());
        m_owner.m_deps.heartbeat.start();
    }

    [[nodiscard]] http::HttpResponse response(const RpcOutcome &outcome) const
    {
        if (const auto *const answer = std::get_if<RpcAnswer>(&outcome))
            return jsonResponse(statusOf(*answer), *answer, m_method);
        switch (std::get<NoAnswer>(outcome)) {
        case NoAnswer::GrantEnded:
            return oauth::bearerChallenge(m_asked, oauth::BearerFailure::Invalid,
                                          m_owner.m_deps.challengeScopes);
        case NoAnswer::SessionEnded: // there is none: the service ends
            return refuse(503, u"Gatehouse is ending. Try again in a moment."_s);
        case NoAnswer::Cancelled:
            break;
        }
        return http::HttpResponse::empty(202); // nobody reads it
    }

    StatelessHttp &m_owner;
    std::optional<http::Reply> m_reply; ///< until it is answered or became a stream
    http::HttpRequest m_asked;
    QString m_method;
    bool m_takesStreams;
    std::unique_ptr<http::Stream> m_stream;
    std::function<void()> m_cancel;
};

void StatelessHttp::post(const http::HttpRequest &request, http::Reply reply, const RpcInput &input)
{
    if (input.isBatch)
        return reply.send(refuse(400, u"MCP %1 has no batches."_s.arg(toString(kStateless))));
    const auto &message = input.messages.front();
    if (const auto *const call = std::get_if<RpcRequest>(&message))
        return handle(request, std::move(reply), *call);
    if (const auto *const invalid = std::get_if<RpcInvalid>(&message))
        return reply.send(refuse(400, invalid->error.message, invalid->error.code, invalid->id));
    if (std::holds_alternative<RpcResponse>(message))
        return reply.send(refuse(400, u"Answers belong into a new request here."_s));
    reply.send(http::HttpResponse::empty(202));
}

void StatelessHttp::handle(const http::HttpRequest &request, http::Reply reply,
                           const RpcRequest &call)
{
    const auto refuseWith = [&](int status, const RpcError &error) {
        reply.send(jsonResponse(status, rpcError(call.id, error), call.method));
    };
    const auto meta = checkStateless(request, call, m_deps.features.tools);
    if (!meta)
        return refuseWith(400, meta.error());
    const bool listens = call.method == kListenMethod;
    if (!listens && !Dispatcher::hasMethod(call.method, meta->revision)) {
        return refuseWith(404,
                          {rpc_code::kMethodNotFound,
                           u"There is no method \"%1\" in MCP %2."_s.arg(
                               shownText(call.method), toString(meta->revision))});
    }
    if (listens && !acceptsAnyOf(request, {"text/event-stream"}))
        return refuseWith(406,
                          {rpc_code::kInvalidRequest, u"Accept must allow text/event-stream."_s});
    if (listens && !call.params.value("notifications"_L1).isObject())
        return refuseWith(200, {rpc_code::kInvalidParams, u"notifications must be an object."_s});
    const auto &access = accessOf(request);
    if (const auto scopes = m_deps.dispatcher.scopesLacking(call, access))
        return reply.send(oauth::insufficientScope(request, *scopes, access));
    if (listens)
        return m_deps.listeners.open(call, access.grant, std::move(reply));

    auto &calls = m_calls[access.grant];
    if (!calls)
        calls = std::make_shared<RunningCalls>(m_deps.clock);
    const auto running = calls; // what is called below may change the table
    const auto id = RpcId::of(++m_lastCall);
    const auto outlet =
        std::make_shared<ReplyOutlet>(*this, std::move(reply), request, call.method);
    outlet->watch(running, id);
    m_deps.dispatcher.handle(
        {access, meta->revision, meta->abilities, meta->logLevel, *running, id}, call, outlet);
}

void StatelessHttp::endGrant(const GrantId &grant)
{
    if (const auto calls = m_calls.take(grant))
        calls->endAll(NoAnswer::GrantEnded);
}

void StatelessHttp::endCalls(const CallOutcome &outcome)
{
    const auto all = m_calls.values();
    for (const auto &calls : all)
        calls->endAll(outcome);
}

QSet<GrantId> StatelessHttp::busyGrants() const
{
    QSet<GrantId> grants;
    for (auto it = m_calls.begin(); it != m_calls.end(); ++it) {
        if (it.value()->count() > 0)
            grants.insert(it.key());
    }
    return grants;
}

bool StatelessHttp::beat()
{
    m_streams.removeIf([](const std::weak_ptr<ReplyOutlet> &each) {
        const auto outlet = each.lock();
        return !outlet || !outlet->beat();
    });
    return !m_streams.isEmpty();
}

} // namespace gatehouse::mcp

// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/session_outlets.h>

#include <mcp/wire.h>

namespace gatehouse::mcp {

PostOutlet::PostOutlet(Session &session, http::Reply reply, Asked asked, Heartbeat &heartbeat)
    : m_session(&session), m_reply(std::move(reply)), m_asked(std::move(asked)),
      m_heartbeat(heartbeat)
{
}

bool PostOutlet::canSend() const
{
    return m_stream || (m_session && m_reply && m_asked.takesStreams);
}

void PostOutlet::send(const QJsonObject &message)
{
    openStream();
    if (m_stream)
        m_stream->send(toWire(message, m_stream->revision));
}

void PostOutlet::finish(const RpcOutcome &outcome)
{
    if (m_reply) {
        m_reply->send(m_asked.response(outcome));
        m_reply.reset();
        return;
    }
    if (!m_stream)
        return;
    if (const auto *const answer = std::get_if<RpcAnswer>(&outcome))
        m_stream->send(toWire(*answer, m_stream->revision, m_asked.method));
    if (m_stream)
        m_stream->end();
}

void PostOutlet::releaseConnection()
{
    if (!m_session || !knowsPrimingEvents(m_session->revision))
        return;
    openStream();
    if (m_stream)
        m_stream->release();
}

void PostOutlet::openStream()
{
    if (m_stream || !canSend())
        return;
    auto &stream = m_session->openStream(EventStream::Kind::OfRequest);
    m_stream = &stream;
    auto carrier = m_reply->beginStream(eventStreamHead(stream.opening()));
    m_reply.reset();
    stream.carryOn(std::move(carrier));
    m_heartbeat.start();
}

void SseOutlet::send(const QJsonObject &message)
{
    if (m_session)
        m_session->send(toWire(message, m_session->revision));
}

void SseOutlet::finish(const RpcOutcome &outcome)
{
    const auto *const answer = std::get_if<RpcAnswer>(&outcome);
    if (m_session && answer != nullptr)
        m_session->send(toWire(*answer, m_session->revision, m_method));
}

Peer peerOf(Session &session, const oauth::Access &access, const RpcRequest &request)
{
    return {access,        session.revision, session.abilities, session.logLevel,
            session.calls, request.id,       &session};
}

} // namespace gatehouse::mcp

// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/session.h>

#include <algorithm>

namespace gatehouse::mcp {

Session::Session(QByteArray sessionId, GrantId owner, Transport way, Clock &clock,
                 quint32 firstNumber)
    : id(std::move(sessionId)), grant(std::move(owner)), transport(way),
      revision(way == Transport::HttpSse ? Revision::V2024_11_05 : Revision::V2025_03_26),
      calls(clock, firstNumber), m_lastUsed(clock.now()), m_lastStream(firstNumber)
{
}

bool Session::hasStreams() const
{
    return std::any_of(m_streams.begin(), m_streams.end(),
                       [](const auto &stream) { return stream->isCarried(); });
}

EventStream &Session::openStream(EventStream::Kind kind)
{
    makeRoom(kind);
    return *m_streams.emplace_back(
        std::make_unique<EventStream>(*this, ++m_lastStream, kind, revision));
}

EventStream *Session::findStream(quint64 number) const
{
    const auto found =
        std::find_if(m_streams.begin(), m_streams.end(),
                     [number](const auto &stream) { return stream->number == number; });
    return found == m_streams.end() ? nullptr : found->get();
}

void Session::send(const QByteArray &message)
{
    const auto newest = [&](const auto &matches) {
        return std::find_if(m_streams.rbegin(), m_streams.rend(), [&](const auto &stream) {
            return stream->kind != EventStream::Kind::OfRequest && matches(*stream);
        });
    };
    auto found = newest([](const EventStream &stream) { return stream.isCarried(); });
    if (found == m_streams.rend())
        found = newest([](const EventStream &) { return true; }); // kept for when it comes back
    if (found != m_streams.rend())
        (*found)->send(message);
}

void Session::beat()
{
    // A write may find out that the client is gone, which changes nothing here at once.
    for (const auto &stream : m_streams)
        stream->beat();
}

void Session::close(NoAnswer why)
{
    for (const auto &stream : m_streams)
        stream->close();
    calls.endAll(why);
}

void Session::makeRoom(EventStream::Kind kind)
{
    const bool isOfRequest = kind == EventStream::Kind::OfRequest;
    const auto isSameKind = [&](const auto &stream) {
        return (stream->kind == EventStream::Kind::OfRequest) == isOfRequest;
    };
    const auto limit = isOfRequest ? kMostRequestStreams : kMostStreams;
    if (size_t(std::count_if(m_streams.begin(), m_streams.end(), isSameKind)) < limit)
        return;
    // One that has ended or that nobody listens to goes first.
    auto oldest = std::find_if(m_streams.begin(), m_streams.end(), [&](const auto &stream) {
        return isSameKind(stream) && (stream->hasEnded() || (!isOfRequest && !stream->isCarried()));
    });
    if (oldest == m_streams.end())
        oldest = std::find_if(m_streams.begin(), m_streams.end(), isSameKind);
    auto *const stream = oldest->release();
    m_streams.erase(oldest);
    stream->close();
    stream->deleteLater();
}

void Session::onCarrierChanged()
{
    const bool isCarried = hasStreams();
    if (std::exchange(m_wasCarried, isCarried) == isCarried)
        return;
    if (isCarried)
        Q_EMIT firstStreamOpened();
    else
        Q_EMIT lastStreamGone();
}

/// The oldest stream's events go first; the event that has just come stays, however large it is.
void Session::onKeptMore(const EventStream &grown)
{
    qsizetype kept = 0;
    for (const auto &stream : m_streams)
        kept += stream->keptBytes();
    for (const auto &stream : m_streams) {
        const qsizetype spared = stream.get() == &grown ? 1 : 0;
        while (kept > kMostKeptBytes && stream->keptCount() > spared) {
            kept -= stream->keptBytes();
            stream->forgetOldest();
            kept += stream->keptBytes();
        }
    }
}

} // namespace gatehouse::mcp

// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/session.h>

#include <algorithm>

namespace gatehouse::mcp {

Session::Session(QByteArray sessionId, GrantId owner, Transport way, Instant now)
    : id(std::move(sessionId)), grant(std::move(owner)), transport(way),
      revision(way == Transport::HttpSse ? Revision::V2024_11_05 : Revision::V2025_03_26),
      m_lastUsed(now)
{
}

void Session::addStream(std::unique_ptr<http::Stream> stream)
{
    if (m_streams.size() == kMostStreams) {
        m_streams.front()->close();
        m_streams.erase(m_streams.begin());
    }
    const auto *const added = stream.get();
    connect(added, &http::Stream::closed, this, [this, added] { dropStream(added); });
    m_streams.push_back(std::move(stream));
    if (m_streams.size() == 1)
        Q_EMIT firstStreamOpened();
}

void Session::send(const QByteArray &event)
{
    if (hasStreams())
        m_streams.back()->write(event);
}

void Session::beat()
{
    // A write may find out that the client is gone, which changes the list.
    std::vector<QPointer<http::Stream>> open;
    for (const auto &stream : m_streams)
        open.emplace_back(stream.get());
    for (const auto &stream : open) {
        if (stream)
            stream->write(": ping\n\n");
    }
}

void Session::close(NoAnswer why)
{
    const auto streams = std::exchange(m_streams, {});
    for (const auto &stream : streams) {
        stream->disconnect(this);
        stream->close();
    }
    calls.endAll(why);
}

void Session::dropStream(const http::Stream *stream)
{
    const auto found = std::find_if(m_streams.begin(), m_streams.end(),
                                    [&](const auto &each) { return each.get() == stream; });
    if (found == m_streams.end())
        return;
    found->release()->deleteLater(); // it is in the middle of its own signal
    m_streams.erase(found);
    if (m_streams.empty())
        Q_EMIT lastStreamGone();
}

} // namespace gatehouse::mcp

// SPDX-License-Identifier: GPL-3.0-or-later
#include <http/qt/stream_park.h>

#include <http/qt/parked_stream.h>

#include <algorithm>

namespace gatehouse::http {

StreamPark::StreamPark(ConnectionTable &table)
    : m_table(table), m_watch([this](qintptr descriptor, platform::SocketWatch::Ready ready) {
          onReady(descriptor, ready);
      })
{
}

StreamPark::~StreamPark()
{
    abortAll();
}

std::shared_ptr<ParkedStream> StreamPark::park(qintptr descriptor)
{
    auto connection = platform::duplicate(descriptor);
    const auto key = connection.get();
    if (!connection.isOpen() || !m_watch.add(key))
        return {};
    auto stream = std::make_shared<ParkedStream>(*this, std::move(connection));
    m_streams.emplace(key, stream);
    return stream;
}

bool StreamPark::hasWork() const
{
    return std::ranges::any_of(m_streams,
                               [](const auto &entry) { return entry.second->hasWork(); });
}

void StreamPark::endAll()
{
    for (const auto &stream : streams())
        stream->end();
}

void StreamPark::abortAll()
{
    for (const auto &stream : streams())
        stream->abort();
}

ConnectionTable::TimePoint StreamPark::expireDue(ConnectionTable::TimePoint now)
{
    auto next = ConnectionTable::kNever;
    const std::vector<qintptr> ending(m_ending.begin(), m_ending.end());
    for (const auto descriptor : ending) {
        const auto stream = m_streams.at(descriptor);
        if (stream->deadline() <= now)
            stream->abort();
        else
            next = std::min(next, stream->deadline());
    }
    return next;
}

void StreamPark::noteEnding(const ParkedStream &stream)
{
    m_ending.insert(stream.descriptor());
}

void StreamPark::remove(const ParkedStream &stream)
{
    m_watch.remove(stream.descriptor());
    m_ending.erase(stream.descriptor());
    m_streams.erase(stream.descriptor());
}

void StreamPark::onReady(qintptr descriptor, platform::SocketWatch::Ready ready)
{
    const auto found = m_streams.find(descriptor);
    if (found == m_streams.end())
        return;
    const auto stream = found->second; // it may be removed meanwhile
    stream->onReady(ready);
}

StreamPark::Streams StreamPark::streams() const
{
    Streams all;
    all.reserve(m_streams.size());
    for (const auto &[descriptor, stream] : m_streams)
        all.push_back(stream);
    return all;
}

} // namespace gatehouse::http

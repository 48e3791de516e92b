// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/event_stream.h>

#include <mcp/wire.h>

namespace gatehouse::mcp {

namespace {

QByteArray retryField(std::chrono::milliseconds time)
{
    return "retry: " + QByteArray::number(qint64(time.count())) + '\n';
}

} // namespace

EventStream::EventStream(EventStreamOwner &owner, quint64 streamNumber, Kind streamKind,
                         Revision streamRevision)
    : number(streamNumber), kind(streamKind), revision(streamRevision), m_owner(&owner)
{
}

EventStream::~EventStream() = default;

QByteArray EventStream::opening(quint64 seen) const
{
    if (kind == Kind::Plain || !knowsPrimingEvents(revision))
        return ": open\n\n";
    return "id: " + EventId{number, seen}.toText() + '\n' + retryField(kComeBackAfter)
        + "data: \n\n";
}

QByteArray EventStream::eventsAfter(quint64 event) const
{
    QByteArray bytes;
    for (const auto &each : m_kept) {
        if (each.number > event)
            bytes += each.bytes;
    }
    return bytes;
}

void EventStream::carryOn(std::unique_ptr<http::Stream> carrier)
{
    if (!carrier->isOpen())
        return; // its client has left already; another connection may still carry it
    letGo();
    m_carrier = std::move(carrier);
    connect(m_carrier.get(), &http::Stream::closed, this, &EventStream::dropCarrier);
    tellOfCarrier();
    if (m_ended)
        dropCarrier();
}

void EventStream::send(const QByteArray &message)
{
    auto event = sseEvent("message", message);
    if (kind != Kind::Plain) {
        event.prepend("id: " + EventId{number, ++m_lastEvent}.toText() + '\n');
        m_kept.push_back({m_lastEvent, event});
        m_keptBytes += event.size();
        if (m_owner != nullptr)
            m_owner->onKeptMore(*this);
    }
    if (m_carrier)
        m_carrier->write(event);
}

void EventStream::beat()
{
    if (m_carrier)
        m_carrier->write(": ping\n\n");
}

void EventStream::end()
{
    m_ended = true;
    dropCarrier();
}

void EventStream::release()
{
    dropCarrier();
}

void EventStream::close()
{
    m_owner = nullptr;
    end();
    m_kept.clear();
    m_keptBytes = 0;
}

void EventStream::forgetOldest()
{
    if (m_kept.empty())
        return;
    m_keptBytes -= m_kept.takeFirst().bytes.size();
}

void EventStream::dropCarrier()
{
    if (!m_carrier)
        return;
    letGo();
    tellOfCarrier();
}

void EventStream::letGo()
{
    if (!m_carrier)
        return;
    auto *const carrier = m_carrier.release();
    carrier->disconnect(this);
    carrier->close();
    carrier->deleteLater(); // it may be in the middle of its own signal
}

void EventStream::tellOfCarrier() const
{
    if (m_owner != nullptr)
        m_owner->onCarrierChanged();
}

} // namespace gatehouse::mcp

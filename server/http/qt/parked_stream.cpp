// SPDX-License-Identifier: GPL-3.0-or-later
#include <http/qt/parked_stream.h>

#include <base/logging.h>
#include <base/platform/peer.h>
#include <http/qt/stream_park.h>

namespace gatehouse::http {

using namespace std::chrono_literals;

namespace {

/// A client that reads events has nothing to say. What it says is thrown away up to this much.
constexpr qint64 kDiscardedBytes = 1024 * 1024;
/// How long a client may take to close its end after ours: closing both at once would reset the
/// connection when it has said something, and it might never read the last events.
constexpr auto kDrainTime = 1000ms;

} // namespace

ParkedStream::ParkedStream(StreamPark &park, platform::Descriptor connection)
    : m_park(park), m_connection(std::move(connection))
{
}

void ParkedStream::write(const QByteArray &bytes)
{
    if (!isOpen())
        return;
    if (m_unsent.size() > m_park.limits().streamBacklogBytes)
        flush();
    if (m_unsent.size() > m_park.limits().streamBacklogBytes) {
        qCInfo(lcHttp) << "dropped a stream whose client does not read";
        abort();
        return;
    }
    const auto sent = m_unsent.isEmpty() ? platform::sendNow(descriptor(), bytes) : 0;
    if (sent == bytes.size())
        return;
    if (m_unsent.isEmpty())
        m_park.watch().watchWriting(descriptor(), true);
    m_unsent += sent == 0 ? bytes : bytes.mid(sent);
}

void ParkedStream::end()
{
    if (!isOpen())
        return;
    m_phase = Phase::Flushing;
    m_park.noteEnding(*this);
    setDeadlineIn(m_park.limits().idleTime);
    if (m_unsent.isEmpty())
        beginDraining();
}

void ParkedStream::whenGone(QObject *context, std::function<void()> then)
{
    m_context = context;
    m_whenGone = std::move(then);
}

void ParkedStream::abort()
{
    if (m_phase == Phase::Gone)
        return;
    m_phase = Phase::Gone;
    m_unsent = {};
    const auto then = std::exchange(m_whenGone, {});
    if (m_context && then)
        QMetaObject::invokeMethod(m_context, then, Qt::QueuedConnection);
    m_park.remove(*this);
    m_connection.close();
}

void ParkedStream::onReady(platform::SocketWatch::Ready ready)
{
    if (ready.reading) {
        const auto discarded = platform::discardArrived(descriptor());
        m_discarded += discarded.value_or(0);
        if (!discarded || m_discarded > kDiscardedBytes) {
            abort();
            return;
        }
    }
    if (ready.writing)
        flush();
}

void ParkedStream::flush()
{
    m_unsent.remove(0, platform::sendNow(descriptor(), m_unsent));
    if (m_unsent.isEmpty()) {
        m_unsent = {}; // its memory, too
        m_park.watch().watchWriting(descriptor(), false);
    }
    if (m_phase != Phase::Flushing)
        return;
    if (m_unsent.isEmpty())
        beginDraining();
    else
        setDeadlineIn(m_park.limits().idleTime);
}

void ParkedStream::beginDraining()
{
    m_phase = Phase::Draining;
    setDeadlineIn(kDrainTime);
    platform::endWriting(descriptor());
}

void ParkedStream::setDeadlineIn(std::chrono::milliseconds delay)
{
    m_deadline = std::chrono::steady_clock::now() + delay;
    m_park.wakeAt(m_deadline);
}

} // namespace gatehouse::http

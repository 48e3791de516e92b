// SPDX-License-Identifier: GPL-3.0-or-later
#include <http/qt/connection_table.h>

#include <base/logging.h>
#include <http/qt/guarded_socket.h>
#include <http/qt/stream_park.h>

#include <QAbstractEventDispatcher>

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

namespace gatehouse::http {

using namespace std::chrono_literals;

namespace {

/// Deadlines of many connections that lie close together share one waking.
constexpr auto kCoarseness = 5ms;
constexpr auto kLogPause = 60s;
constexpr std::ptrdiff_t kSortedAtOnce = 32;

} // namespace

ConnectionTable::ConnectionTable(HttpLimits limits, BodyAuthorizer authorizer)
    : m_limits(limits), m_authorizer(std::move(authorizer)),
      m_park(std::make_unique<StreamPark>(*this))
{
    m_timer.setSingleShot(true);
    m_timer.setTimerType(Qt::PreciseTimer);
    QObject::connect(&m_timer, &QTimer::timeout, &m_timer, [this] { expireDue(); });
}

ConnectionTable::~ConnectionTable() = default;

qint64 ConnectionTable::maxBodyBytes(qint64 announced, QByteArrayView authorization) const
{
    // A small body is not worth looking at the token.
    if (announced <= m_limits.anonymousBodyBytes || !m_authorizer || authorization.isEmpty())
        return m_limits.anonymousBodyBytes;
    return m_authorizer(authorization) ? m_limits.authorizedBodyBytes : m_limits.anonymousBodyBytes;
}

void ConnectionTable::add(GuardedSocket *socket)
{
    m_sockets.insert(socket);
}

void ConnectionTable::remove(GuardedSocket *socket)
{
    m_sockets.remove(socket);
    std::replace(m_unsent.begin(), m_unsent.end(), socket, static_cast<GuardedSocket *>(nullptr));
    if (m_handingOver == socket)
        m_handingOver = nullptr;
}

bool ConnectionTable::makeRoom()
{
    if (hasRoom())
        return true;
    auto *socket = leastNeeded();
    if (!socket)
        return false;
    logSeldom("closed an unused connection: there are too many at once");
    socket->abortNow();
    return true;
}

bool ConnectionTable::hasRoom() const
{
    return m_sockets.size() < m_limits.watchedConnections
        && m_sockets.size() + m_park->size() < m_limits.connections;
}

/// Of the connections between two requests, else of those that have not sent a whole one yet, the
/// one whose time is up first. Not one whose request has arrived meanwhile: many connections at
/// once come before the requests on them are read. Null when there is none.
GuardedSocket *ConnectionTable::leastNeeded() const
{
    const auto rank = [](const GuardedSocket *socket) {
        return std::pair(!socket->isIdle(), socket->deadline());
    };
    std::vector<GuardedSocket *> waiting;
    std::copy_if(m_sockets.begin(), m_sockets.end(), std::back_inserter(waiting),
                 [](const GuardedSocket *socket) { return socket->isReading(); });
    // Nearly always the first few will do.
    for (auto next = waiting.begin(); next != waiting.end();) {
        const auto end = next + std::min(kSortedAtOnce, waiting.end() - next);
        std::partial_sort(next, end, waiting.end(), [&rank](const auto *one, const auto *other) {
            return rank(one) < rank(other);
        });
        const auto least =
            std::find_if(next, end, [](auto *socket) { return !socket->hasUnread(); });
        if (least != end)
            return *least;
        next = end;
    }
    return nullptr;
}

QList<QPointer<GuardedSocket>> ConnectionTable::sockets() const
{
    return {m_sockets.begin(), m_sockets.end()};
}

void ConnectionTable::sendSoon(GuardedSocket *socket)
{
    if (!std::exchange(m_sendsBeforeWaiting, true)) {
        // Between the last event of a turn and waiting for the next one Qt's two dispatchers say
        // one of these, or both.
        const auto *dispatcher = QAbstractEventDispatcher::instance();
        QObject::connect(dispatcher, &QAbstractEventDispatcher::aboutToBlock, &m_timer,
                         [this] { sendWaiting(); });
        QObject::connect(dispatcher, &QAbstractEventDispatcher::awake, &m_timer,
                         [this] { sendWaiting(); });
    }
    m_unsent.push_back(socket);
}

void ConnectionTable::sendWaiting()
{
    // Not a copy: remove() must reach it.
    for (size_t i = 0; i < m_unsent.size(); ++i) {
        if (auto *socket = m_unsent.at(i))
            socket->sendUnsent();
    }
    m_unsent.clear();
}

void ConnectionTable::wakeAt(TimePoint deadline)
{
    if (deadline >= m_wakeAt)
        return;
    m_wakeAt = deadline;
    const auto delay =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    m_timer.start(std::max<std::chrono::milliseconds>(delay, kCoarseness));
}

void ConnectionTable::logSeldom(const char *text)
{
    const auto now = std::chrono::steady_clock::now();
    const auto last = m_lastLogged.constFind(text);
    if (last != m_lastLogged.constEnd() && now - *last < kLogPause)
        return;
    m_lastLogged.insert(text, now);
    qCWarning(lcHttp) << text;
}

void ConnectionTable::expireDue()
{
    m_wakeAt = kNever;
    const auto now = std::chrono::steady_clock::now();
    const auto all = sockets();
    for (const auto &socket : all) {
        if (socket && socket->deadline() <= now)
            socket->expire();
    }
    auto next = m_park->expireDue(now);
    for (const auto *socket : std::as_const(m_sockets))
        next = std::min(next, socket->deadline());
    if (next != kNever)
        wakeAt(next);
}

} // namespace gatehouse::http

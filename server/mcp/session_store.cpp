// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/session_store.h>

#include <base/logging.h>

#include <algorithm>
#include <cstring>

namespace gatehouse::mcp {

namespace {

constexpr auto kSweepEvery = 10min;
/// In half a megabyte.
constexpr size_t kMostEnded = 5000;

quint32 randomNumber(RandomSource &random)
{
    quint32 number = 0;
    const auto bytes = random.bytes(sizeof number);
    std::memcpy(&number, bytes.constData(), sizeof number);
    return number;
}

bool isBetterToDrop(const Session *a, const Session *b)
{
    return std::pair(a->isBusy(), a->lastUsed()) < std::pair(b->isBusy(), b->lastUsed());
}

} // namespace

SessionStore::SessionStore(Clock &clock, RandomSource &random, Secret key, SessionLimits limits,
                           DeletedSessions *deleted)
    : m_clock(clock), m_random(random), m_key(std::move(key)), m_limits(limits),
      m_startedAt(clock.now()), m_deleted(deleted)
{
    scheduleSweep();
}

Session &SessionStore::createStreamable(const GrantId &grant, const SessionTicket &ticket)
{
    auto issued = ticket;
    issued.issuedAt = m_clock.now();
    auto &session = add(issued.newId(m_random, m_key, grant), grant, Transport::StreamableHttp);
    session.revision = ticket.revision;
    session.abilities = ticket.abilities;
    return session;
}

Session &SessionStore::createSse(const GrantId &grant)
{
    return add(randomToken(m_random), grant, Transport::HttpSse);
}

Session &SessionStore::add(const QByteArray &id, const GrantId &grant, Transport transport)
{
    makeRoom(m_limits.perGrant, [&](const Session &session) { return session.grant == grant; });
    makeRoom(m_limits.inAll, [](const Session &) { return true; });
    auto session = std::make_unique<Session>(id, grant, transport, m_clock, randomNumber(m_random));
    auto &created = *session;
    m_sessions.emplace(created.id, std::move(session));
    connect(&created, &Session::firstStreamOpened, this, &SessionStore::connectionsChanged);
    connect(&created, &Session::lastStreamGone, this, [this, &created] {
        touch(created);
        Q_EMIT connectionsChanged();
    });
    Q_EMIT connectionsChanged();
    return created;
}

Session *SessionStore::find(const QByteArray &id, const GrantId &grant, Transport transport)
{
    const auto found = m_sessions.find(id);
    if (found == m_sessions.end())
        return restore(id, grant, transport);
    auto &session = *found->second;
    if (session.transport != transport)
        return nullptr;
    if (session.grant != grant) {
        qCWarning(lcMcp) << "refused session" << session.shortId() << "of grant"
                         << session.grant.shortId() << "to grant" << grant.shortId();
        return nullptr;
    }
    if (isExpired(session)) {
        end(id, NoAnswer::SessionEnded);
        return nullptr;
    }
    touch(session);
    return &session;
}

Session *SessionStore::restore(const QByteArray &id, const GrantId &grant, Transport transport)
{
    if (transport != Transport::StreamableHttp || m_ended.contains(id))
        return nullptr;
    const auto ticket = SessionTicket::read(id, m_key, grant);
    // One that this process made has ended, or it would be here.
    if (!ticket || ticket->issuedAt >= m_startedAt
        || m_clock.now() - ticket->issuedAt >= m_limits.restorable
        || (m_deleted && m_deleted->contains(id, grant, ticket->issuedAt)))
        return nullptr;
    auto &session = add(id, grant, transport);
    session.revision = ticket->revision;
    session.abilities = ticket->abilities;
    qCInfo(lcMcp) << "session" << session.shortId() << "begins again";
    return &session;
}

void SessionStore::remember(const Session &ended)
{
    const auto ticket = SessionTicket::read(ended.id, m_key, ended.grant);
    if (!ticket || ticket->issuedAt >= m_startedAt)
        return;
    m_ended.insert(ended.id);
    m_endedInOrder.push_back(ended.id);
    if (m_endedInOrder.size() > kMostEnded) {
        m_ended.remove(m_endedInOrder.front());
        m_endedInOrder.pop_front();
    }
}

void SessionStore::end(const QByteArray &id, NoAnswer why)
{
    const auto found = m_sessions.find(id);
    if (found == m_sessions.end())
        return;
    // Out of the map first: whoever is told below must not find it any more. Deleted later, as the
    // end may come from a signal of one of its streams.
    auto *const session = found->second.release();
    m_sessions.erase(found);
    remember(*session);
    session->close(why);
    session->deleteLater();
    Q_EMIT connectionsChanged();
}

void SessionStore::remove(const Session &session)
{
    const auto ticket = SessionTicket::read(session.id, m_key, session.grant);
    if (m_deleted && ticket)
        m_deleted->add(session.id, session.grant, ticket->issuedAt);
    end(session.id, NoAnswer::SessionEnded);
}

void SessionStore::endGrant(const GrantId &grant)
{
    const auto sessions = matching([&](const Session &session) { return session.grant == grant; });
    for (const auto *session : sessions)
        end(session->id, NoAnswer::GrantEnded);
}

void SessionStore::endAll()
{
    const auto sessions = std::exchange(m_sessions, {});
    for (const auto &[id, session] : sessions)
        session->close(NoAnswer::SessionEnded);
}

void SessionStore::forEach(const std::function<void(Session &)> &visit)
{
    std::vector<QPointer<Session>> sessions;
    for (const auto &[id, session] : m_sessions)
        sessions.emplace_back(session.get());
    for (const auto &session : sessions) {
        if (session)
            visit(*session);
    }
}

QSet<GrantId> SessionStore::connectedGrants(Instant usedSince) const
{
    QSet<GrantId> grants;
    for (const auto &[id, session] : m_sessions) {
        if (session->isBusy() || session->lastUsed() >= usedSince)
            grants.insert(session->grant);
    }
    return grants;
}

std::vector<Session *> SessionStore::matching(const Matches &matches) const
{
    std::vector<Session *> found;
    for (const auto &[id, session] : m_sessions) {
        if (matches(*session))
            found.push_back(session.get());
    }
    return found;
}

bool SessionStore::isExpired(const Session &session) const
{
    return !session.isBusy() && m_clock.now() - session.lastUsed() >= m_limits.idle;
}

void SessionStore::makeRoom(qsizetype limit, const Matches &matches)
{
    const auto candidates = matching(matches);
    if (qsizetype(candidates.size()) < limit)
        return;
    const auto *const dropped =
        *std::min_element(candidates.begin(), candidates.end(), isBetterToDrop);
    qCInfo(lcMcp) << "dropped session" << dropped->shortId() << "to make room";
    end(dropped->id, NoAnswer::SessionEnded);
}

void SessionStore::sweep()
{
    const auto expired = matching([this](const Session &session) { return isExpired(session); });
    for (const auto *session : expired)
        end(session->id, NoAnswer::SessionEnded);
    scheduleSweep();
}

void SessionStore::scheduleSweep()
{
    m_clock.after(kSweepEvery, this, [this] { sweep(); });
}

} // namespace gatehouse::mcp

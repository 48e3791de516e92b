// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>
#include <base/random.h>
#include <mcp/deleted_sessions.h>
#include <mcp/session.h>
#include <mcp/session_ticket.h>

#include <QHash>
#include <QObject>
#include <QSet>

#include <deque>
#include <functional>
#include <memory>
#include <unordered_map>

namespace gatehouse::mcp {

struct SessionLimits {
    qsizetype perGrant = 50;
    qsizetype inAll = 2000;
    std::chrono::milliseconds idle = 24h;
    /// How old an ID may be that begins again after a restart.
    std::chrono::milliseconds restorable = kLongestRestorable;

    static constexpr auto kLongestRestorable = 30 * 24h;
};

/// Every session, in memory. One of Streamable HTTP that was lost with the process begins again
/// under its own ID, without its subscriptions and its log level. Lives as long as the McpServer.
class SessionStore : public QObject {
    Q_OBJECT

public:
    /// `key` signs the IDs; with the same key, sessions outlive a restart, except those in
    /// `deleted`. Null: those that were deleted before it begin again, too.
    SessionStore(Clock &clock, RandomSource &random, Secret key, SessionLimits limits = {},
                 DeletedSessions *deleted = nullptr);

    /// Begins a session of this grant. At a limit the least recently used one goes, of the same
    /// grant or of all; one that nobody listens to or waits on goes first.
    /// @{
    Session &createStreamable(const GrantId &grant, const SessionTicket &ticket);
    Session &createSse(const GrantId &grant);
    /// @}
    /// The session of this id, or null: unknown, dropped, of another transport, or (MCP security
    /// best practices §Session Hijacking) of another grant. Counts as use.
    [[nodiscard]] Session *find(const QByteArray &id, const GrantId &grant, Transport transport);
    /// Counts as use now.
    void touch(Session &session) { session.touch(m_clock.now()); }
    void end(const QByteArray &id, NoAnswer why);
    /// Its client has no more use for it (MCP 2025-11-25 transports §Session Management 5).
    void remove(const Session &session);
    void endGrant(const GrantId &grant);
    /// To be called before whoever waits for the calls' outcomes is gone.
    void endAll();
    void forEach(const std::function<void(Session &)> &visit);
    [[nodiscard]] qsizetype count() const { return qsizetype(m_sessions.size()); }
    /// Whose sessions somebody listens to or waits on, or were used since then.
    [[nodiscard]] QSet<GrantId> connectedGrants(Instant usedSince) const;

Q_SIGNALS:
    /// connectedGrants() may be another.
    void connectionsChanged();

private:
    struct IdHash {
        size_t operator()(const QByteArray &id) const { return qHash(id, QHashSeed::globalSeed()); }
    };
    using Matches = std::function<bool(const Session &)>;

    Session &add(const QByteArray &id, const GrantId &grant, Transport transport);
    [[nodiscard]] Session *restore(const QByteArray &id, const GrantId &grant, Transport transport);
    void remember(const Session &ended);
    [[nodiscard]] std::vector<Session *> matching(const Matches &matches) const;
    [[nodiscard]] bool isExpired(const Session &session) const;
    void makeRoom(qsizetype limit, const Matches &matches);
    void sweep();
    void scheduleSweep();

    Clock &m_clock;
    RandomSource &m_random;
    Secret m_key;
    SessionLimits m_limits;
    Instant m_startedAt;
    DeletedSessions *m_deleted;
    /// Those that began again and ended in this process (§Session Management 3).
    QSet<QByteArray> m_ended;
    std::deque<QByteArray> m_endedInOrder;
    std::unordered_map<QByteArray, std::unique_ptr<Session>, IdHash> m_sessions;
};

} // namespace gatehouse::mcp

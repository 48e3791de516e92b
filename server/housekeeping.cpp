// SPDX-License-Identifier: GPL-3.0-or-later
#include <service/housekeeping.h>

#include <base/logging.h>
#include <mcp/session_store.h>
#include <oauth/grants.h>
#include <store/activity_store.h>
#include <store/client_store.h>
#include <store/deleted_session_store.h>
#include <store/grant_store.h>
#include <store/interaction_store.h>
#include <store/token_store.h>

#include <utility>

namespace gatehouse {

namespace {

constexpr auto kMaintenancePeriod = 60s;
/// One bounded step of purging, a few milliseconds, and how long requests go first after it.
constexpr int kPurgeStep = 200;
constexpr auto kPurgePause = 50ms;
constexpr auto kUnusedClientLifetime = 24h;
constexpr auto kActivityLifetime = 90 * 24h;

} // namespace

Housekeeping::Housekeeping(const Deps &deps, QObject *parent) : QObject(parent), m_deps(deps) { }

void Housekeeping::start()
{
    m_maintainedAt = m_deps.clock.now();
    maintain();
}

void Housekeeping::maintain()
{
    endExpired();
    if (const auto unfetched = m_deps.grants.endUnfetched(kPurgeStep); !unfetched)
        qCWarning(lcApp) << "grants that nobody fetched stay:" << unfetched.error().message;
    Q_EMIT ticked();
    if (!std::exchange(m_purging, true))
        purge();
    m_deps.clock.after(kMaintenancePeriod, this, [this] { maintain(); });
}

/// What could not be read is told in the next round.
void Housekeeping::endExpired()
{
    const auto now = m_deps.clock.now();
    const auto ended = m_deps.grantStore.listExpiredSince(m_maintainedAt, now);
    if (!ended) {
        qCWarning(lcApp) << "expired grants not read:" << ended.error().message;
        return;
    }
    m_maintainedAt = now;
    for (const auto &grant : *ended)
        Q_EMIT expired(grant.id);
}

/// Forgets what is old, step by step until nothing is.
void Housekeeping::purge()
{
    const auto now = m_deps.clock.now();
    bool isMoreLeft = false;
    for (const auto &purged :
         {m_deps.interactions.purge(now, kPurgeStep), m_deps.tokens.purge(now, kPurgeStep),
          m_deps.clients.purgeUnused(now - kUnusedClientLifetime, kPurgeStep),
          m_deps.activity.purge(now - kActivityLifetime, kPurgeStep),
          m_deps.deletedSessions.purge(now - mcp::SessionLimits::kLongestRestorable, kPurgeStep)}) {
        if (!purged)
            qCWarning(lcApp) << "purging failed:" << purged.error().message;
        isMoreLeft = isMoreLeft || purged.value_or(0) >= kPurgeStep;
    }
    m_purging = isMoreLeft;
    if (isMoreLeft)
        m_deps.clock.after(kPurgePause, this, [this] { purge(); });
}

} // namespace gatehouse

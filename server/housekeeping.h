// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>
#include <base/ids.h>

#include <QObject>

namespace gatehouse::oauth {
class Grants;
}
namespace gatehouse::store {
class ActivityStore;
class ClientStore;
class DeletedSessionStore;
class GrantStore;
class InteractionStore;
class TokenStore;
} // namespace gatehouse::store

namespace gatehouse {

/// Once a minute: says which grants have expired, ends those that nobody fetched, and forgets what
/// is old, in steps that requests can go before. Lives as long as the service.
class Housekeeping : public QObject {
    Q_OBJECT

public:
    struct Deps {
        Clock &clock;
        oauth::Grants &grants;
        store::GrantStore &grantStore;
        store::InteractionStore &interactions;
        store::TokenStore &tokens;
        store::ClientStore &clients;
        store::ActivityStore &activity;
        store::DeletedSessionStore &deletedSessions;
    };
    explicit Housekeeping(const Deps &deps, QObject *parent = nullptr);

    /// The first round is at once. Once.
    void start();

Q_SIGNALS:
    /// Its time is over since the last round, however long the computer slept in between.
    void expired(const gatehouse::GrantId &grant);
    /// Another minute has passed.
    void ticked();

private:
    void maintain();
    void endExpired();
    void purge();

    Deps m_deps;
    Instant m_maintainedAt; ///< until then expired grants were ended
    bool m_purging = false;
};

} // namespace gatehouse

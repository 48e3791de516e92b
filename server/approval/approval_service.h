// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>
#include <base/result.h>
#include <store/records.h>

#include <QObject>

namespace gatehouse {
class RandomSource;
}
namespace gatehouse::store {
class AccountStore;
class InteractionStore;
} // namespace gatehouse::store

namespace gatehouse::approval {

constexpr auto kInteractionLifetime = 10min;

/// What the person answered.
struct Decision {
    bool allow = false;
    QStringList scopes = {}; ///< empty with allow: all that was asked for
    std::optional<AccountId> account = {};
    std::optional<Instant> until = {}; ///< empty: until revoked
};

/// Pending decisions of the person at the desk. Lives as long as the service, on its thread.
/// HTTP handlers open and raise interactions; the control socket or a window decides them, once.
class ApprovalService : public QObject {
    Q_OBJECT

public:
    struct Deps {
        Clock &clock;
        RandomSource &random;
        store::InteractionStore &interactions;
        store::AccountStore &accounts;
    };
    explicit ApprovalService(Deps deps, QObject *parent = nullptr);

    /// Stores a new request: gives it an id, a matching code and ten minutes. It is not shown yet.
    /// When too many are pending the oldest that nobody has seen is dropped; an error when all were
    /// seen.
    [[nodiscard]] Result<store::Interaction> open(store::Interaction request);
    /// Shows a request to the person, because the person's own browser has opened its page.
    [[nodiscard]] Result<std::monostate> raise(const InteractionId &id);
    /// The request as it stands; absent when unknown or expired.
    [[nodiscard]] Result<std::optional<store::Interaction>> find(const InteractionId &id) const;
    /// Raised and undecided, the most urgent first.
    [[nodiscard]] Result<QList<store::Interaction>> waiting() const;
    /// Decides a request that is shown, exactly once. Scopes must be among those asked for.
    [[nodiscard]] Result<store::Interaction> decide(const InteractionId &id,
                                                    const Decision &decision);
    /// The browser's own cancel button: denies, raised or not.
    [[nodiscard]] Result<store::Interaction> cancel(const InteractionId &id);

Q_SIGNALS:
    void raised(const gatehouse::store::Interaction &interaction);
    void decided(const gatehouse::store::Interaction &interaction);

private:
    [[nodiscard]] Result<std::monostate> makeRoom(Instant now);
    [[nodiscard]] Result<store::Interaction> findUndecided(const InteractionId &id) const;
    [[nodiscard]] Result<store::Interaction> settle(store::Interaction interaction);

    Deps m_deps;
};

} // namespace gatehouse::approval

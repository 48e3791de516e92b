// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <approval/approval_slots.h>
#include <base/clock.h>
#include <base/result.h>
#include <store/records.h>

#include <QObject>
#include <QSet>

namespace gatehouse {
class RandomSource;
}
namespace gatehouse::platform {
class ProcessLookup;
}
namespace gatehouse::store {
class AccountStore;
class BlockedTargetStore;
class Database;
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
    bool block = false; ///< with a denial: refuse this redirect target from now on
};

/// What became of a request that the person's browser wants to be shown.
enum class RaiseOutcome {
    Raised, ///< it is shown
    Waits, ///< too many others are; it is shown by itself as soon as there is room
    ForeignPort, ///< another user of this computer listens where the answer would go
};

/// Pending decisions of the person at the desk. Lives as long as the service, on its thread.
/// HTTP handlers open and raise interactions; the control socket or a window decides them, once.
class ApprovalService : public QObject {
    Q_OBJECT

public:
    struct Deps {
        Clock &clock;
        RandomSource &random;
        store::Database &database;
        store::InteractionStore &interactions;
        store::BlockedTargetStore &blockedTargets;
        store::AccountStore &accounts;
        platform::ProcessLookup &processes;
        QString verbOptions = {}; ///< what the verbs need to find this instance; for advice
        QString issuer = {}; ///< of the tenant; accounts of another cannot be chosen
    };
    explicit ApprovalService(Deps deps, ApprovalLimits limits = {}, QObject *parent = nullptr);

    /// Takes up what was waiting when the last process ended. Once, before anything is raised.
    void start();

    /// Stores a new request: gives it an id, a matching code and ten minutes. It is not shown yet.
    /// When too many are pending the oldest that nobody has seen is dropped; an error when all were
    /// seen.
    [[nodiscard]] Result<store::Interaction> open(store::Interaction request);
    /// Stores a request that no browser waits for, and shows it as soon as there is room.
    [[nodiscard]] Result<store::Interaction> openShown(store::Interaction request);
    /// Denies every open request for a token: the terminals that asked are gone. Nothing is told.
    [[nodiscard]] Result<std::monostate> withdrawTokens();
    /// Shows a request to the person, because the person's own browser has opened its page. Looks
    /// up who listens where the answer goes, so it answers later.
    void raise(const InteractionId &id, QObject *context, Callback<RaiseOutcome> then);
    /// The request as it stands; absent when unknown or expired.
    [[nodiscard]] Result<std::optional<store::Interaction>> find(const InteractionId &id) const;
    /// Raised and undecided, the most urgent first.
    [[nodiscard]] Result<QList<store::Interaction>> waiting() const;
    /// How many are asked for, but wait in their browsers until there is room.
    [[nodiscard]] Result<qint64> unraisedCount() const;
    /// Decides a request that is shown, exactly once. Scopes must be among those asked for.
    /// Blocking denies every other open request of the same target too.
    [[nodiscard]] Result<store::Interaction> decide(const InteractionId &id,
                                                    const Decision &decision);
    /// The browser's own cancel button: denies, raised or not.
    [[nodiscard]] Result<store::Interaction> cancel(const InteractionId &id);

    [[nodiscard]] Result<bool> isBlocked(const QString &redirectUri) const;
    /// The newest first.
    [[nodiscard]] Result<QList<store::BlockedTarget>> blocked() const;
    /// An error when it is not blocked.
    [[nodiscard]] Result<std::monostate> unblock(const QString &target);

Q_SIGNALS:
    void raised(const gatehouse::store::Interaction &interaction);
    /// Allowed, denied or cancelled; also one that was never raised.
    void decided(const gatehouse::store::Interaction &interaction);
    /// Right after decided(): it was the browser's cancel button.
    void cancelled(const gatehouse::InteractionId &interaction);
    /// Nobody answered a request in time that asked to be shown, whether it was or not.
    void expired(const gatehouse::InteractionId &interaction);
    /// unraisedCount() is another.
    void waitingChanged();
    void blockedChanged();

private:
    [[nodiscard]] Result<std::monostate> makeRoom(Instant now);
    [[nodiscard]] Error unknownRequest() const;
    [[nodiscard]] Result<store::Interaction> findUndecided(const InteractionId &id) const;
    void lookUpListener(const store::Interaction &request, const Callback<RaiseOutcome> &then);
    [[nodiscard]] Result<RaiseOutcome>
    onListener(const InteractionId &id, const std::optional<platform::Listener> &listener);
    [[nodiscard]] Result<RaiseOutcome> refuseForeignPort(store::Interaction request);
    [[nodiscard]] Result<RaiseOutcome> showIfRoom(store::Interaction request);
    void fillSlots();
    void watchExpiry(const store::Interaction &request);
    void onExpiry(const InteractionId &id);
    [[nodiscard]] Result<std::monostate> checkAllowed(const Decision &decision,
                                                      const store::Interaction &request) const;
    [[nodiscard]] Result<store::Interaction> block(store::Interaction denied);
    [[nodiscard]] Result<store::Interaction> settle(store::Interaction interaction);
    [[nodiscard]] Result<store::Interaction> writeDecision(store::Interaction interaction);
    void tellDecided(const store::Interaction &interaction);

    Deps m_deps;
    ApprovalLimits m_limits;
    QSet<InteractionId> m_filling; ///< being raised by fillSlots()
};

} // namespace gatehouse::approval

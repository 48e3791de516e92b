// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ui/desk.h>

namespace gatehouse {
class Gatehouse;
}
namespace gatehouse::store {
struct Client;
struct Grant;
struct Interaction;
} // namespace gatehouse::store

namespace gatehouse::ui {

/// Describes a running Gatehouse for the windows, and does there what the person chose. Lives on
/// the service's thread and ends before the Gatehouse.
class DeskWorker : public QObject {
    Q_OBJECT

public:
    using Publish = std::function<void(const DeskState &)>;

    /// `fixed` holds what does not change while this Gatehouse runs. Publishes once soon, then
    /// after every change, at most every 100 ms.
    DeskWorker(Gatehouse &gatehouse, Clock &clock, DeskState fixed, Publish publish);

    // As in Desk.
    [[nodiscard]] Result<std::monostate> answer(const InteractionId &request,
                                                const AccessAnswer &answer);
    [[nodiscard]] Result<std::monostate> revoke(const GrantId &grant);
    [[nodiscard]] Result<std::monostate> revokeAll();
    [[nodiscard]] Result<std::monostate> unblock(const QString &target);
    [[nodiscard]] Result<std::monostate> pause(std::optional<std::chrono::milliseconds> duration);
    [[nodiscard]] Result<std::monostate> resume();
    [[nodiscard]] Result<QUrl> beginSignIn();
    void setClientSecret(const Secret &secret, Desk::Done then);
    void signOut(const AccountId &account, Callback<oidc::SignOutReport> then);

private:
    void publishSoon();
    void publishNow();

    [[nodiscard]] Result<DeskState> describe();
    [[nodiscard]] Result<std::monostate> addAccounts(DeskState &state) const;
    [[nodiscard]] Result<std::monostate> addRequests(DeskState &state);
    [[nodiscard]] Result<std::monostate> addClients(DeskState &state) const;
    [[nodiscard]] Result<std::monostate> addBlocked(DeskState &state) const;

    [[nodiscard]] Result<AccessRequest> requestLine(const store::Interaction &request) const;
    [[nodiscard]] ClientLine clientLine(const store::Grant &grant,
                                        const std::optional<store::Client> &client,
                                        const DeskState &state) const;
    [[nodiscard]] ClientState clientState(const ClientLine &line, bool paused,
                                          bool connected) const;
    [[nodiscard]] ScopeLine scopeLine(const QString &scope) const;

    Gatehouse &m_gatehouse;
    Clock &m_clock;
    DeskState m_fixed;
    Publish m_publish;
    /// Those that were described last, to be described once.
    QHash<InteractionId, AccessRequest> m_requests;
    QSet<InteractionId> m_withdrawn; ///< since the last state
    Instant m_publishedAt;
    bool m_publishing = false; ///< publishNow() is on its way
};

} // namespace gatehouse::ui

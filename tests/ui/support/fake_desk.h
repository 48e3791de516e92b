// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <support/manual_clock.h>
#include <ui/desk.h>

namespace gatehouse::tests {

/// A desk without a service: the test sets the state, and reads what the windows asked for.
class FakeDesk final : public ui::Desk {
    Q_OBJECT

public:
    [[nodiscard]] ManualClock &clock() override { return m_clock; }
    void show(const ui::DeskState &state) { setState(state); }

    void answer(const InteractionId &request, const ui::AccessAnswer &answer, QObject *,
                Done then) override;
    void revoke(const GrantId &grant, QObject *, Done then) override;
    void revokeAll(QObject *, Done then) override;
    void unblock(const QString &target, QObject *, Done then) override;
    void pause(std::optional<std::chrono::milliseconds> duration, QObject *, Done then) override;
    void resume(QObject *, Done then) override;
    void beginSignIn(QObject *, Callback<QUrl> then) override;
    void signOut(const AccountId &account, QObject *, Callback<oidc::SignOutReport> then) override;
    void setClientSecret(const Secret &secret, QObject *, Done then) override;
    oidc::SignOutReport signOutReport{true, QUrl(QStringLiteral("https://tenant.example/logout"))};
    void restart() override { commands << QStringLiteral("restart"); }

    /// What the windows asked for, in order: "revoke g-1", "answer r-1 deny".
    QStringList commands;
    /// The last answer in full.
    ui::AccessAnswer answered;
    /// What every command fails with from now on.
    std::optional<Error> failure;

private:
    void done(const QString &command, const Done &then);

    ManualClock m_clock;
};

} // namespace gatehouse::tests

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/result.h>
#include <base/secret.h>
#include <oidc/sign_in.h>
#include <ui/desk_state.h>

#include <QObject>
#include <QUrl>

namespace gatehouse::ui {

/// The person's answer to an access request.
struct AccessAnswer {
    bool allow = false;
    bool block = false; ///< with a denial: deny this redirect target unseen from now on
    QStringList scopes = {};
    std::optional<AccountId> account = {}; ///< empty: sign in after allowing
    std::optional<Instant> until = {}; ///< empty: until revoked
};

/// The service as the windows know it: the newest state, and what the person may do. Lives on the
/// main thread as long as the windows; the service works on a thread of its own, so every command
/// answers later.
class Desk : public QObject {
    Q_OBJECT

public:
    using QObject::QObject;
    using Done = Callback<std::monostate>;

    [[nodiscard]] const DeskState &state() const { return m_state; }
    [[nodiscard]] virtual Clock &clock() = 0;

    virtual void answer(const InteractionId &request, const AccessAnswer &answer, QObject *context,
                        Done then) = 0;
    virtual void revoke(const GrantId &grant, QObject *context, Done then) = 0;
    virtual void revokeAll(QObject *context, Done then) = 0;
    virtual void unblock(const QString &target, QObject *context, Done then) = 0;
    /// Without a duration: until resumed.
    virtual void pause(std::optional<std::chrono::milliseconds> duration, QObject *context,
                       Done then) = 0;
    virtual void resume(QObject *context, Done then) = 0;
    /// A page that signs the person in; to be opened in their browser.
    virtual void beginSignIn(QObject *context, Callback<QUrl> then) = 0;
    /// Forgets the account's tokens; its clients' calls fail until it signs in again.
    virtual void signOut(const AccountId &account, QObject *context,
                         Callback<oidc::SignOutReport> then) = 0;
    /// Keeps the client secret of the application at the tenant, and uses it from then on.
    virtual void setClientSecret(const Secret &secret, QObject *context, Done then) = 0;
    /// Tries again to start a service that could not.
    virtual void restart() = 0;

Q_SIGNALS:
    void stateChanged();
    /// A verb or a second start asks for a window: that of this request, or the main one when
    /// empty.
    void windowWanted(const gatehouse::InteractionId &request);

protected:
    void setState(DeskState state)
    {
        m_state = std::move(state);
        Q_EMIT stateChanged();
    }

private:
    DeskState m_state;
};

} // namespace gatehouse::ui

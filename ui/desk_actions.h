// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ui/desk.h>
#include <ui/question.h>
#include <ui/secret_question.h>

class QMenu;

namespace gatehouse::ui {

/// What the person can do from the main window and from the tray alike. Asks first where that ends
/// the access of clients they may not think of. Lives as long as the windows.
class DeskActions final : public QObject {
    Q_OBJECT

public:
    explicit DeskActions(Desk &desk, QObject *parent = nullptr);

    /// Without a duration: until resumed.
    void pause(std::optional<std::chrono::milliseconds> duration);
    void resume();
    /// Adds "For 15 minutes" and its like.
    void fillPauseMenu(QMenu &menu);
    void tryAgain();
    void signIn();
    /// Asks for the client secret of the application at the tenant, and keeps it.
    void askForClientSecret();
    /// The page that browserWanted() named could not be opened.
    void reportNoBrowser(const QUrl &page);
    /// Asks when clients act as this account.
    void signOut(const AccountId &account);
    void revoke(const GrantId &grant);
    /// Asks.
    void revokeAll();
    void unblock(const QString &target);
    /// Asks when clients lose access or requests wait. The requests are denied.
    void quit();

Q_SIGNALS:
    /// To be opened in the person's browser.
    void browserWanted(const QUrl &url);
    void quitConfirmed();
    /// The person has revoked this grant.
    void revoked(const gatehouse::GrantId &grant);
    void failed(const gatehouse::Error &error);

private:
    [[nodiscard]] Desk::Done reportingFailure();
    [[nodiscard]] QString signOutText() const;
    [[nodiscard]] QString revokeAllText() const;
    [[nodiscard]] QString quitText() const;
    void forgetTokens();
    void revokeEach();
    void denyEachAndQuit();

    Desk &m_desk;
    Question m_signOutQuestion;
    Question m_revokeQuestion;
    Question m_quitQuestion;
    SecretQuestion m_secretQuestion;
    AccountId m_leaving; ///< whose sign-out is asked about
};

} // namespace gatehouse::ui

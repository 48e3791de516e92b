// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ui/approval_desk.h>
#include <ui/main_window.h>
#include <ui/notifier.h>
#include <ui/tray_icon.h>

namespace gatehouse::ui {

/// All windows of the program, and which of them comes forward when. Lives on the main thread,
/// shorter than the desk.
class DeskWindows final : public QObject {
    Q_OBJECT

public:
    /// What the windows need of the desktop.
    struct Desktop {
        QDBusConnection bus; ///< where notifications are sent
        std::function<bool()> hasTray; ///< whether tray icons are shown just now
        std::function<bool(const QUrl &)> openInBrowser; ///< false when it cannot
    };
    DeskWindows(Desk &desk, Desktop desktop, QObject *parent = nullptr);

    /// Shows the tray icon. The main window follows where there is something to see at once: no
    /// tray that could open it, something wrong, or nothing that was ever allowed.
    void start();

Q_SIGNALS:
    /// The person has asked for it, and has confirmed it where that was due.
    void quitWanted();

private:
    void onStateChanged();
    void onWindowWanted(const InteractionId &request);
    void showRequest(const InteractionId &request, const QString &activationToken);
    void openInBrowser(const QUrl &url);

    Desk &m_desk;
    Desktop m_desktop;
    DeskActions m_actions;
    MainWindow m_main;
    ApprovalDesk m_approvals;
    TrayIcon m_tray;
    Notifier m_notifier;
    bool m_started = false; ///< the first word of the service has come
};

} // namespace gatehouse::ui

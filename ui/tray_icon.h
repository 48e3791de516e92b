// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ui/desk_actions.h>

#include <QMenu>
#include <QSystemTrayIcon>

namespace gatehouse::ui {

/// What the icon says, the gravest first. Each has a shape of its own.
enum class TrayState { Error, Waiting, Paused, SignedOut, Quiet };

[[nodiscard]] TrayState trayState(const DeskState &state);
/// The symbol for a state, for panels that draw in this palette.
[[nodiscard]] QIcon trayStateIcon(TrayState state, const QPalette &panel);

/// The icon in the panel and its menu. A click opens the most urgent request, or else the main
/// window. Lives as long as the windows; shows nothing where the desktop has no tray, and appears
/// when one comes.
class TrayIcon final : public QObject {
    Q_OBJECT

public:
    TrayIcon(Desk &desk, DeskActions &actions, QObject *parent = nullptr);

    void show() { m_icon.show(); }
    /// Where on the screen the icon stands; invalid where the panel does not tell.
    [[nodiscard]] QRect place() const { return m_icon.geometry(); }

Q_SIGNALS:
    void requestWanted(const gatehouse::InteractionId &request);
    void windowWanted();
    /// How a client is connected.
    void connectWanted();

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void update();
    void rebuildHiddenMenu();
    void rebuildMenu();
    void addRequests();
    void addAccounts();
    void addPause();
    [[nodiscard]] QString statusText() const;
    void openMostUrgent();

    Desk &m_desk;
    DeskActions &m_actions;
    QMenu m_menu;
    QSystemTrayIcon m_icon;
};

} // namespace gatehouse::ui

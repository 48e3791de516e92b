// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ui/banner.h>
#include <ui/desk_actions.h>

#include <QWidget>

class QListWidget;
class QStackedWidget;

namespace gatehouse::ui {

class ClientsPage;
class RunningBox;

/// The window that shows what was given and what is wrong: sections at its start, banners and the
/// section's page beside them. Lives as long as the application; closing hides it, or minimises it
/// where no tray could bring it back.
class MainWindow final : public QWidget {
    Q_OBJECT

public:
    /// `hasTray` tells whether the desktop shows tray icons just now.
    MainWindow(Desk &desk, DeskActions &actions, std::function<bool()> hasTray);

    /// Comes forward: the person has asked for it.
    void present();
    /// Shows how a client is connected.
    void presentConnect();

Q_SIGNALS:
    /// The person wants to see what waits, starting with this request.
    void requestWanted(const gatehouse::InteractionId &request);

protected:
    void closeEvent(QCloseEvent *event) override;
    void showEvent(QShowEvent *event) override;

private:
    [[nodiscard]] QWidget *makeSidebar();
    [[nodiscard]] QWidget *makeContent();
    void addSection(Symbol symbol, const QString &title, QWidget *page);
    void addShortcuts();
    void refresh();
    void refreshLater();
    void doAction(BannerAction action);
    /// Out of sight, but within the person's reach.
    void putAway();

    Desk &m_desk;
    DeskActions &m_actions;
    std::function<bool()> m_hasTray;
    QListWidget *m_sections;
    QStackedWidget *m_pages;
    BannerArea *m_banners;
    ClientsPage *m_clients;
    RunningBox *m_running;
    std::optional<Error> m_failure; ///< shown until the person closes it
    bool m_refreshing = false; ///< refreshLater() is on its way
};

} // namespace gatehouse::ui

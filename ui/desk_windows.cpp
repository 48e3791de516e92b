// SPDX-License-Identifier: GPL-3.0-or-later
#include <ui/desk_windows.h>

namespace gatehouse::ui {

DeskWindows::DeskWindows(Desk &desk, Desktop desktop, QObject *parent)
    : QObject(parent), m_desk(desk), m_desktop(std::move(desktop)), m_actions(desk),
      m_main(desk, m_actions, m_desktop.hasTray), m_approvals(desk), m_tray(desk, m_actions),
      m_notifier(desk, m_desktop.bus)
{
    connect(&m_desk, &Desk::stateChanged, this, &DeskWindows::onStateChanged);
    connect(&m_desk, &Desk::windowWanted, this, &DeskWindows::onWindowWanted);
    connect(&m_tray, &TrayIcon::windowWanted, &m_main, &MainWindow::present);
    connect(&m_tray, &TrayIcon::connectWanted, &m_main, &MainWindow::presentConnect);
    connect(&m_tray, &TrayIcon::requestWanted, this, &DeskWindows::onWindowWanted);
    connect(&m_main, &MainWindow::requestWanted, this, &DeskWindows::onWindowWanted);
    connect(&m_notifier, &Notifier::reviewWanted, this, &DeskWindows::showRequest);
    connect(&m_notifier, &Notifier::clientsWanted, &m_main, &MainWindow::present);
    connect(&m_notifier, &Notifier::signInWanted, &m_actions, &DeskActions::signIn);
    connect(&m_notifier, &Notifier::denied, &m_approvals, &ApprovalDesk::deny);
    connect(&m_actions, &DeskActions::browserWanted, this, &DeskWindows::openInBrowser);
    // The main window says what went wrong, also with what was chosen in the tray.
    connect(&m_actions, &DeskActions::failed, &m_main, &MainWindow::present);
    connect(&m_actions, &DeskActions::quitConfirmed, this, &DeskWindows::quitWanted);
}

void DeskWindows::start()
{
    m_tray.show();
    if (!m_desktop.hasTray())
        m_main.present();
    onStateChanged();
}

void DeskWindows::onStateChanged()
{
    const auto &state = m_desk.state();
    const bool failed = state.trouble.kind != TroubleKind::None;
    if (m_started || (!state.running && !failed))
        return;
    m_started = true;
    if (failed || (state.clients.isEmpty() && state.requests.isEmpty()))
        m_main.present();
}

void DeskWindows::onWindowWanted(const InteractionId &request)
{
    if (request.isEmpty())
        m_main.present();
    else
        showRequest(request, {});
}

void DeskWindows::showRequest(const InteractionId &request, const QString &activationToken)
{
    // What was wanted may have been answered meanwhile.
    if (!m_approvals.show(request, activationToken))
        m_main.present();
}

void DeskWindows::openInBrowser(const QUrl &url)
{
    if (!m_desktop.openInBrowser(url))
        m_actions.reportNoBrowser(url);
}

} // namespace gatehouse::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#include <ui/tray_icon.h>

#include <base/text.h>
#include <ui/clients_words.h>
#include <ui/look.h>
#include <ui/look_symbols.h>
#include <ui/request_words.h>

#include <QEvent>
#include <QGuiApplication>
#include <QPainter>
#include <QSvgRenderer>

namespace gatehouse::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr QColor kDarkPanel(0x1d, 0x1d, 0x1d);
constexpr QColor kDarkPanelText(0xf2, 0xf2, 0xf2);
constexpr std::array kIconSides{16, 22, 24, 32, 44, 48, 64};

QString nameOf(TrayState state)
{
    switch (state) {
    case TrayState::Error:
        return u"tray-error-symbolic"_s;
    case TrayState::Waiting:
        return u"tray-waiting-symbolic"_s;
    case TrayState::Paused:
        return u"tray-paused-symbolic"_s;
    case TrayState::SignedOut:
        return u"tray-signed-out-symbolic"_s;
    case TrayState::Quiet:
        return u"tray-quiet-symbolic"_s;
    }
    return {};
}

/// The files name their colours by class, which is what Plasma fills in; here each path gets its
/// own.
QByteArray recoloured(QByteArray svg, const QPalette &panel)
{
    const auto paint = [&svg](const QByteArray &classes, const QColor &color) {
        const QByteArray named = "class=\"" + classes + "\" fill=\"";
        svg.replace(named + "currentColor", named + color.name().toLatin1());
    };
    paint("ColorScheme-Text", panel.color(QPalette::WindowText));
    paint("ColorScheme-NeutralText warning", accentColor(Accent::Caution, panel));
    paint("ColorScheme-NegativeText error", accentColor(Accent::Danger, panel));
    return svg;
}

/// The palette of the panel that the icon stands in. GNOME's is dark whatever the windows are.
QPalette panelPalette()
{
    if (!qEnvironmentVariable("XDG_CURRENT_DESKTOP").contains(u"GNOME"_s))
        return QGuiApplication::palette();
    QPalette dark;
    dark.setColor(QPalette::Window, kDarkPanel);
    dark.setColor(QPalette::WindowText, kDarkPanelText);
    return dark;
}

} // namespace

TrayState trayState(const DeskState &state)
{
    if (state.trouble.kind != TroubleKind::None)
        return TrayState::Error;
    if (!state.requests.isEmpty())
        return TrayState::Waiting;
    if (state.paused)
        return TrayState::Paused;
    if (isSignedOut(state))
        return TrayState::SignedOut;
    return TrayState::Quiet;
}

QIcon trayStateIcon(TrayState state, const QPalette &panel)
{
    QSvgRenderer renderer(recoloured(drawing(nameOf(state)), panel));
    QIcon icon;
    for (const int side : kIconSides) {
        QPixmap pixmap(side, side);
        pixmap.fill(Qt::transparent);
        QPainter painter(&pixmap);
        renderer.render(&painter);
        icon.addPixmap(pixmap);
    }
    return icon;
}

TrayIcon::TrayIcon(Desk &desk, DeskActions &actions, QObject *parent)
    : QObject(parent), m_desk(desk), m_actions(actions)
{
    m_menu.setObjectName(u"trayMenu"_s);
    m_icon.setContextMenu(&m_menu);
    connect(&m_icon, &QSystemTrayIcon::activated, this,
            [this](QSystemTrayIcon::ActivationReason reason) {
                if (reason == QSystemTrayIcon::Trigger)
                    openMostUrgent();
            });
    connect(&desk, &Desk::stateChanged, this, &TrayIcon::update);
    connect(&m_menu, &QMenu::aboutToShow, this, &TrayIcon::rebuildMenu);
    qApp->installEventFilter(this);
    update();
}

bool TrayIcon::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == qApp && event->type() == QEvent::ApplicationPaletteChange)
        update();
    return QObject::eventFilter(watched, event);
}

void TrayIcon::update()
{
    m_icon.setIcon(trayStateIcon(trayState(m_desk.state()), panelPalette()));
    m_icon.setToolTip(tr("Gatehouse: %1").arg(statusText()));
    // Later, because the change may come from one of the menu's own actions.
    QMetaObject::invokeMethod(this, &TrayIcon::rebuildHiddenMenu, Qt::QueuedConnection);
}

/// An open menu keeps still under the pointer.
void TrayIcon::rebuildHiddenMenu()
{
    if (!m_menu.isVisible())
        rebuildMenu();
}

QString TrayIcon::statusText() const
{
    const auto &state = m_desk.state();
    if (state.trouble.kind == TroubleKind::Port)
        return tr("Port %1 is taken").arg(state.port);
    if (state.trouble.kind != TroubleKind::None)
        return shownText(state.trouble.error.message);
    const int requests = int(state.requests.size());
    if (requests > 0)
        return requests == 1 ? tr("1 request is waiting")
                             : tr("%n requests are waiting", nullptr, requests);
    if (state.paused)
        return state.pausedUntil
            ? tr("Paused until %1").arg(momentText(*state.pausedUntil, m_desk.clock().now()))
            : tr("Paused until you resume");
    if (isSignedOut(state))
        return tr("You are signed out");
    return state.running ? tr("Running") : tr("Starting…");
}

void TrayIcon::rebuildMenu()
{
    qDeleteAll(m_menu.findChildren<QMenu *>(Qt::FindDirectChildrenOnly));
    m_menu.clear();
    const auto state = trayState(m_desk.state());
    auto *status = m_menu.addAction(statusText(), this, &TrayIcon::openMostUrgent);
    status->setObjectName(u"status"_s);
    if (state == TrayState::Waiting)
        status->setIcon(
            symbolIcon(Symbol::Question, accentColor(Accent::Caution, m_menu.palette())));
    if (state == TrayState::Error)
        status->setIcon(symbolIcon(Symbol::Danger, accentColor(Accent::Danger, m_menu.palette())));
    if (m_desk.state().demo) {
        auto *demo = m_menu.addAction(tr("This is the demo"));
        demo->setObjectName(u"demo"_s);
        demo->setEnabled(false);
    }
    addRequests();
    m_menu.addSeparator();
    addAccounts();
    addPause();
    m_menu.addAction(tr("Connect a client…"), this, &TrayIcon::connectWanted)
        ->setObjectName(u"connect"_s);
    m_menu.addSeparator();
    m_menu.addAction(tr("Open Gatehouse"), this, &TrayIcon::windowWanted)->setObjectName(u"open"_s);
    m_menu.addAction(tr("Quit Gatehouse"), &m_actions, &DeskActions::quit)
        ->setObjectName(u"quit"_s);
}

void TrayIcon::addRequests()
{
    const auto now = m_desk.clock().now();
    for (const auto &request : m_desk.state().requests) {
        const int minutes =
            int(std::chrono::ceil<std::chrono::minutes>(request.expiresAt - now).count());
        auto name = shownName(request);
        // In a menu "&" would mark a key.
        name.replace(u'&', u"&&"_s);
        const auto text = tr("%1: access request (%2 min)…").arg(name).arg(std::max(minutes, 1));
        m_menu.addAction(text, this, [this, id = request.id] { Q_EMIT requestWanted(id); })
            ->setObjectName(u"request"_s);
    }
}

void TrayIcon::addAccounts()
{
    bool someoneIsMissing = m_desk.state().accounts.isEmpty();
    for (const auto &account : m_desk.state().accounts) {
        if (!account.signedIn) {
            someoneIsMissing = true;
            continue;
        }
        auto name = shownText(account.name, kShownNameLength);
        name.replace(u'&', u"&&"_s);
        auto *menu = m_menu.addMenu(symbolIcon(Symbol::Person), name);
        menu->setObjectName(u"account"_s);
        menu->addAction(tr("Sign out"), this, [this, id = account.id] { m_actions.signOut(id); })
            ->setObjectName(u"signOut"_s);
    }
    if (someoneIsMissing && m_desk.state().running)
        m_menu
            .addAction(symbolIcon(Symbol::Person), tr("Sign in…"), &m_actions, &DeskActions::signIn)
            ->setObjectName(u"signIn"_s);
}

void TrayIcon::addPause()
{
    if (!m_desk.state().running)
        return;
    if (m_desk.state().paused) {
        m_menu
            .addAction(symbolIcon(Symbol::Resume), tr("Resume access now"), &m_actions,
                       &DeskActions::resume)
            ->setObjectName(u"resume"_s);
        return;
    }
    auto *menu = m_menu.addMenu(symbolIcon(Symbol::Pause), tr("Pause access"));
    menu->setObjectName(u"pause"_s);
    m_actions.fillPauseMenu(*menu);
}

void TrayIcon::openMostUrgent()
{
    const auto &requests = m_desk.state().requests;
    if (requests.isEmpty())
        Q_EMIT windowWanted();
    else
        Q_EMIT requestWanted(requests.first().id);
}

} // namespace gatehouse::ui

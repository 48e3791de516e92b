// SPDX-License-Identifier: GPL-3.0-or-later
#include <ui/main_window.h>

#include <ui/clients_page.h>
#include <ui/main_window_running.h>

#include <QAction>
#include <QCloseEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QListWidget>
#include <QPainter>
#include <QScreen>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace gatehouse::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr qreal kSidebarWidth = 15; // em
constexpr qreal kWidth = 91; // em
constexpr qreal kHeight = 58; // em
constexpr qreal kShareOfScreen = 0.85;
constexpr qreal kSidebarShade = 0.035; ///< of the text's colour over the window's
/// "Used 4 minutes ago" is at most this late.
constexpr auto kRefreshEvery = 20s;

/// The ground of the sections: a shade off the window's, with a line at its end.
class Sidebar final : public QWidget {
public:
    using QWidget::QWidget;

protected:
    void paintEvent(QPaintEvent *) override
    {
        QPainter painter(this);
        painter.fillRect(rect(),
                         blended(palette().color(QPalette::WindowText),
                                 palette().color(QPalette::Window), kSidebarShade));
        const QRect end(width() - 1, 0, 1, height());
        painter.fillRect(QStyle::visualRect(layoutDirection(), rect(), end), lineColor(palette()));
    }
};

QWidget *makeProgramName()
{
    const int side = em(2.2);
    auto *icon = new QLabel;
    icon->setTextFormat(Qt::PlainText);
    icon->setPixmap(programIcon().pixmap(QSize(side, side), icon->devicePixelRatioF()));
    auto *name = new TextLabel(nullptr, Tone::Text, TextSize::Panel, QFont::DemiBold);
    name->setText(QCoreApplication::translate("gatehouse::ui::MainWindow", "Gatehouse"));
    auto *line = new QWidget;
    auto *row = new QHBoxLayout(line);
    row->setContentsMargins(kSpaceTiny, 0, 0, 0);
    row->setSpacing(kSpaceSmall);
    row->addWidget(icon);
    row->addWidget(name, 1);
    return line;
}

} // namespace

MainWindow::MainWindow(Desk &desk, DeskActions &actions, std::function<bool()> hasTray)
    : m_desk(desk), m_actions(actions), m_hasTray(std::move(hasTray)), m_sections(new QListWidget),
      m_pages(new QStackedWidget), m_banners(new BannerArea),
      m_clients(new ClientsPage(desk, actions)), m_running(new RunningBox(desk, actions))
{
    setObjectName(u"mainWindow"_s);
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins({});
    row->setSpacing(0);
    row->addWidget(makeSidebar());
    row->addWidget(makeContent(), 1);
    addSection(Symbol::Clients, tr("Clients"), m_clients);
    addShortcuts();

    const auto most = screen()->availableSize() * kShareOfScreen;
    resize(QSize(em(kWidth), em(kHeight)).boundedTo(most));

    connect(m_banners, &BannerArea::pressed, this, &MainWindow::doAction);
    connect(&desk, &Desk::stateChanged, this, &MainWindow::refresh);
    connect(&actions, &DeskActions::failed, this, [this](const Error &error) {
        m_failure = error;
        refresh();
    });
    refresh();
    m_clients->setFocus();
}

QWidget *MainWindow::makeSidebar()
{
    m_sections->setObjectName(u"sections"_s);
    m_sections->setAccessibleName(tr("Sections"));
    m_sections->setFrameShape(QFrame::NoFrame);
    m_sections->viewport()->setAutoFillBackground(false);
    m_sections->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_sections->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Expanding);
    m_sections->setSpacing(1);
    m_sections->setIconSize(QSize(1, 1) * symbolSide(TextSize::Headline));
    connect(m_sections, &QListWidget::currentRowChanged, m_pages, &QStackedWidget::setCurrentIndex);

    auto *sidebar = new Sidebar;
    // Wider where the words need it.
    sidebar->setMinimumWidth(em(kSidebarWidth));
    sidebar->setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Preferred);
    auto *column = new QVBoxLayout(sidebar);
    column->setContentsMargins(kSpaceMedium, kSpaceMedium, kSpaceMedium, kSpaceMedium);
    column->setSpacing(kSpaceMedium);
    column->addWidget(makeProgramName());
    column->addWidget(m_sections, 1);
    column->addWidget(m_running);
    return sidebar;
}

QWidget *MainWindow::makeContent()
{
    auto *content = new QWidget;
    auto *column = new QVBoxLayout(content);
    column->setContentsMargins(kSpaceWide, kSpaceLarge, kSpaceWide, kSpaceWide);
    column->setSpacing(kSpaceMedium);
    column->addWidget(m_banners);
    column->addWidget(m_pages, 1);
    return content;
}

void MainWindow::addSection(Symbol symbol, const QString &title, QWidget *page)
{
    auto *item = new QListWidgetItem(symbolIcon(symbol), title, m_sections);
    item->setSizeHint(
        {0, std::max(kControlHeight, m_sections->fontMetrics().height() + 2 * kSpaceSmall)});
    const int place = m_pages->addWidget(page);
    auto *go = new QAction(this);
    go->setShortcut(QKeySequence(int(Qt::CTRL) | (int(Qt::Key_1) + place)));
    connect(go, &QAction::triggered, this, [this, place] { m_sections->setCurrentRow(place); });
    addAction(go);
    if (place == 0)
        m_sections->setCurrentRow(place);
}

void MainWindow::addShortcuts()
{
    const auto add = [this](const QKeySequence &keys, auto *receiver, auto slot) {
        auto *action = new QAction(this);
        action->setShortcut(keys);
        connect(action, &QAction::triggered, receiver, slot);
        addAction(action);
    };
    add(QKeySequence::Find, m_clients, &ClientsPage::focusSearch);
    add(QKeySequence::Refresh, m_clients, &ClientsPage::refresh);
    add(QKeySequence(Qt::CTRL | Qt::Key_W), this, &MainWindow::putAway);
    add(QKeySequence(Qt::CTRL | Qt::Key_Q), &m_actions, &DeskActions::quit);
}

void MainWindow::refresh()
{
    const auto &state = m_desk.state();
    setWindowTitle(state.demo ? tr("Gatehouse (demo)") : tr("Gatehouse"));
    auto banners = bannersFor(state, m_desk.clock().now(), m_hasTray());
    if (m_failure)
        banners.prepend(failureBanner(*m_failure));
    m_banners->set(banners);
}

/// Keeps the words for times true while somebody can read them.
void MainWindow::refreshLater()
{
    if (m_refreshing)
        return;
    m_refreshing = true;
    m_desk.clock().after(kRefreshEvery, this, [this] {
        m_refreshing = false;
        if (!isVisible())
            return;
        refresh();
        m_clients->refresh();
        m_running->refresh();
        refreshLater();
    });
}

void MainWindow::doAction(BannerAction action)
{
    switch (action) {
    case BannerAction::Resume:
        m_actions.resume();
        break;
    case BannerAction::SignIn:
        m_actions.signIn();
        break;
    case BannerAction::TryAgain:
        m_actions.tryAgain();
        break;
    case BannerAction::Review:
        if (!m_desk.state().requests.isEmpty())
            Q_EMIT requestWanted(m_desk.state().requests.first().id);
        break;
    case BannerAction::EnterSecret:
        m_actions.askForClientSecret();
        break;
    case BannerAction::Dismiss:
        m_failure.reset();
        refresh();
        break;
    }
}

void MainWindow::present()
{
    setWindowState(windowState() & ~Qt::WindowMinimized);
    show();
    raise();
    activateWindow();
}

void MainWindow::presentConnect()
{
    present();
    m_clients->showConnect();
}

void MainWindow::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    m_clients->refresh();
    m_running->refresh();
    refresh();
    refreshLater();
}

void MainWindow::putAway()
{
    if (m_hasTray())
        hide();
    else
        showMinimized();
}

void MainWindow::closeEvent(QCloseEvent *event)
{
    // Gatehouse itself closes its windows only when it quits, and nothing may hold that up.
    event->setAccepted(!event->spontaneous());
    if (event->spontaneous())
        putAway();
}

} // namespace gatehouse::ui

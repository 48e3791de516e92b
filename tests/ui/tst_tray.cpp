// SPDX-License-Identifier: GPL-3.0-or-later
#include <ui/look.h>
#include <ui/support/fake_desk.h>
#include <ui/support/sample_desk.h>
#include <ui/support/window_test.h>
#include <ui/tray_icon.h>

#include <QLabel>
#include <QMenu>
#include <QProcess>
#include <QPushButton>
#include <QScreen>
#include <QSignalSpy>
#include <QSystemTrayIcon>

using namespace gatehouse;
using namespace gatehouse::tests;
using namespace gatehouse::ui;

class TestTray : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void states_data();
    void states();
    void everyStateHasItsShape();
    void iconFollowsThePanel();
    void clickOpensTheMostUrgentRequest();
    void clickOpensTheWindowOtherwise();
    void menu_data();
    void menu();
    void menuOpensRequests();
    void menuPauses();
    void menuSignsOutAfterAsking();
    void quitAsks();
    void openMenuStandsStill();
    void looks_data();
    void looks();

private:
    /// A real press of a mouse button on the icon in the panel.
    void pressIcon(int button);
    void openMenu();
    void choose(const QString &text, QMenu *menu = nullptr);
    [[nodiscard]] QMenu *menuWidget() const;
    [[nodiscard]] static QStringList texts(const QMenu &menu);
    [[nodiscard]] static QAction *action(const QMenu &menu, const QString &text);

    FakeDesk m_desk;
    DeskActions m_actions{m_desk};
    TrayIcon m_tray{m_desk, m_actions};
};

void TestTray::initTestCase()
{
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedKingdom));
    installLook(*qApp);
    QApplication::setQuitOnLastWindowClosed(false);
    // The clicks of two tests are not a double click.
    QApplication::setDoubleClickInterval(0);
    QApplication::setPalette(lightPalette());
    QTRY_VERIFY(QSystemTrayIcon::isSystemTrayAvailable());
    m_tray.show();
    // The panel stands at the bottom; before it has taken the icon in, that is elsewhere.
    const auto screen = QGuiApplication::primaryScreen()->geometry();
    QTRY_VERIFY(m_tray.place().top() > screen.center().y());
}

void TestTray::init()
{
    m_desk.show(sampleState(m_desk.clock().now()));
    m_desk.commands.clear();
}

void TestTray::pressIcon(int button)
{
    const auto at = m_tray.place().center() * QGuiApplication::primaryScreen()->devicePixelRatio();
    QCOMPARE(QProcess::execute(u"xdotool"_s,
                               {u"mousemove"_s, QString::number(at.x()), QString::number(at.y()),
                                u"click"_s, QString::number(button)}),
             0);
}

QMenu *TestTray::menuWidget() const
{
    for (auto *widget : QApplication::topLevelWidgets())
        if (widget->objectName() == u"trayMenu"_s)
            return qobject_cast<QMenu *>(widget);
    return nullptr;
}

void TestTray::openMenu()
{
    pressIcon(3);
    QTRY_VERIFY(menuWidget()->isVisible());
}

QAction *TestTray::action(const QMenu &menu, const QString &text)
{
    for (auto *action : menu.actions())
        if (action->text() == text)
            return action;
    return nullptr;
}

QStringList TestTray::texts(const QMenu &menu)
{
    QStringList texts;
    for (auto *action : menu.actions())
        if (!action->isSeparator())
            texts << action->text();
    return texts;
}

void TestTray::choose(const QString &text, QMenu *menu)
{
    auto *in = menu ? menu : menuWidget();
    auto *chosen = action(*in, text);
    QVERIFY2(chosen, qPrintable(texts(*in).join(u", "_s)));
    click(in, in->actionGeometry(chosen).center());
}

void TestTray::states_data()
{
    const auto now = ManualClock().now();
    QTest::addColumn<DeskState>("state");
    QTest::addColumn<TrayState>("expected");
    // Each next one stands behind all before it.
    auto state = sampleState(now);
    QTest::newRow("quiet") << state << TrayState::Quiet;
    state.accounts = {signedOut(alice())};
    QTest::newRow("signed out") << state << TrayState::SignedOut;
    state.paused = true;
    QTest::newRow("paused") << state << TrayState::Paused;
    state.requests = {sampleRequest(u"r-1"_s, u"Cursor"_s, now)};
    QTest::newRow("waiting") << state << TrayState::Waiting;
    state.trouble = {TroubleKind::Port, {u"Port 8377 is taken."_s}};
    QTest::newRow("error") << state << TrayState::Error;
    auto fresh = DeskState();
    fresh.running = true;
    QTest::newRow("nobody has signed in yet") << fresh << TrayState::Quiet;
}

void TestTray::states()
{
    QFETCH(DeskState, state);
    QFETCH(TrayState, expected);
    QCOMPARE(trayState(state), expected);
}

void TestTray::everyStateHasItsShape()
{
    using enum TrayState;
    QList<QImage> shapes;
    for (const auto state : {Error, Waiting, Paused, SignedOut, Quiet}) {
        // Shapes differ even for those who see no colours.
        const auto image = trayStateIcon(state, lightPalette()).pixmap(22, 22).toImage();
        const auto shape = image.convertToFormat(QImage::Format_Alpha8);
        QVERIFY(!shapes.contains(shape));
        shapes << shape;
    }
}

void TestTray::iconFollowsThePanel()
{
    const auto lightness = [](const QPalette &palette) {
        const auto image = trayStateIcon(TrayState::Quiet, palette).pixmap(64, 64).toImage();
        return image.pixelColor(8, 40).lightness();
    };
    QVERIFY(lightness(lightPalette()) < 60);
    QVERIFY(lightness(darkPalette()) > 200);
}

void TestTray::clickOpensTheMostUrgentRequest()
{
    auto state = m_desk.state();
    const auto now = m_desk.clock().now();
    state.requests = {sampleRequest(u"r-1"_s, u"Cursor"_s, now),
                      sampleRequest(u"r-2"_s, u"Zed"_s, now)};
    m_desk.show(state);
    QSignalSpy requests(&m_tray, &TrayIcon::requestWanted);
    QSignalSpy windows(&m_tray, &TrayIcon::windowWanted);
    pressIcon(1);
    QTRY_COMPARE(requests.size(), 1);
    QCOMPARE(requests[0][0].value<InteractionId>(), InteractionId(u"r-1"_s));
    QCOMPARE(windows.size(), 0);
}

void TestTray::clickOpensTheWindowOtherwise()
{
    QSignalSpy windows(&m_tray, &TrayIcon::windowWanted);
    pressIcon(1);
    QTRY_COMPARE(windows.size(), 1);
}

void TestTray::menu_data()
{
    const auto now = ManualClock().now();
    QTest::addColumn<DeskState>("state");
    QTest::addColumn<QStringList>("expected");
    const QStringList end{u"Connect a client…"_s, u"Open Gatehouse"_s, u"Quit Gatehouse"_s};
    auto state = sampleState(now);
    QTest::newRow("running") << state
                             << QStringList{u"Running"_s, u"Alice Martin"_s, u"Bob Bishop"_s,
                                            u"Pause access"_s}
            + end;
    state.paused = true;
    state.pausedUntil = now + 263min + 20s;
    QTest::newRow("paused") << state
                            << QStringList{u"Paused until 15:30"_s, u"Alice Martin"_s,
                                           u"Bob Bishop"_s, u"Resume access now"_s}
            + end;
    state = sampleState(now);
    state.accounts = {signedOut(alice())};
    QTest::newRow("signed out") << state
                                << QStringList{u"You are signed out"_s, u"Sign in…"_s,
                                               u"Pause access"_s}
            + end;
    state = sampleState(now);
    state.requests = {sampleRequest(u"r-1"_s, u"Tom & Co"_s, now),
                      sampleRequest(u"r-2"_s, u"Cursor"_s, now - 3min)};
    QTest::newRow("requests") << state
                              << QStringList{u"2 requests are waiting"_s,
                                             u"Tom && Co: access request (8 min)…"_s,
                                             u"Cursor: access request (5 min)…"_s,
                                             u"Alice Martin"_s,
                                             u"Bob Bishop"_s,
                                             u"Pause access"_s}
            + end;
    state = sampleState(now);
    state.demo = true;
    QTest::newRow("demo") << state
                          << QStringList{u"Running"_s, u"This is the demo"_s, u"Alice Martin"_s,
                                         u"Bob Bishop"_s, u"Pause access"_s}
            + end;
    state = DeskState();
    state.port = 8377;
    state.trouble = {TroubleKind::Port, {u"Port 8377 is taken."_s}};
    QTest::newRow("port taken") << state << QStringList{u"Port 8377 is taken"_s} + end;
}

void TestTray::menu()
{
    QFETCH(DeskState, state);
    QFETCH(QStringList, expected);
    m_desk.show(state);
    openMenu();
    QCOMPARE(texts(*menuWidget()), expected);
    press(menuWidget(), Qt::Key_Escape);
    QTRY_VERIFY(!menuWidget()->isVisible());
}

void TestTray::menuOpensRequests()
{
    auto state = m_desk.state();
    const auto now = m_desk.clock().now();
    state.requests = {sampleRequest(u"r-1"_s, u"Cursor"_s, now),
                      sampleRequest(u"r-2"_s, u"Zed"_s, now)};
    m_desk.show(state);
    QSignalSpy requests(&m_tray, &TrayIcon::requestWanted);
    openMenu();
    choose(u"Zed: access request (8 min)…"_s);
    QCOMPARE(requests.size(), 1);
    QCOMPARE(requests[0][0].value<InteractionId>(), InteractionId(u"r-2"_s));
}

void TestTray::menuPauses()
{
    openMenu();
    auto *entry = action(*menuWidget(), u"Pause access"_s);
    choose(entry->text());
    auto *pause = entry->menu();
    QTRY_VERIFY(pause->isVisible());
    QVERIFY(QTest::qWaitForWindowExposed(pause)); // before that a click is nobody's
    QCOMPARE(texts(*pause),
             (QStringList{u"For 15 minutes"_s, u"For 1 hour"_s, u"Until I resume"_s}));
    choose(u"For 15 minutes"_s, pause);
    QCOMPARE(m_desk.commands, QStringList{u"pause 15 min"_s});

    auto state = m_desk.state();
    state.paused = true;
    m_desk.show(state);
    openMenu();
    choose(u"Resume access now"_s);
    QCOMPARE(m_desk.commands.last(), u"resume"_s);
}

void TestTray::menuSignsOutAfterAsking()
{
    openMenu();
    auto *entry = action(*menuWidget(), u"Bob Bishop"_s);
    choose(entry->text());
    auto *account = entry->menu();
    QTRY_VERIFY(account->isVisible());
    choose(u"Sign out"_s, account);
    auto *question = window(u"signOutQuestion"_s);
    QVERIFY(waitActive(question));
    QCOMPARE(child<QLabel>(*question, u"questionText"_s)->text(),
             u"1 client acts as Bob Bishop. Its calls will fail until you sign in again."_s);
    click(child<QPushButton>(*question, u"questionConfirm"_s));
    QCOMPARE(m_desk.commands, QStringList{u"sign out bob"_s});
}

void TestTray::quitAsks()
{
    QSignalSpy quits(&m_actions, &DeskActions::quitConfirmed);
    openMenu();
    choose(u"Quit Gatehouse"_s);
    auto *question = window(u"quitQuestion"_s);
    QVERIFY(waitActive(question));
    QCOMPARE(child<QLabel>(*question, u"questionText"_s)->text(),
             u"6 clients lose access until Gatehouse runs again."_s);
    click(child<QPushButton>(*question, u"questionKeep"_s));
    QVERIFY(!question->isVisible());
    QCOMPARE(quits.size(), 0);
}

void TestTray::openMenuStandsStill()
{
    openMenu();
    const auto before = texts(*menuWidget());
    auto state = m_desk.state();
    state.requests = {sampleRequest(u"r-1"_s, u"Cursor"_s, m_desk.clock().now())};
    m_desk.show(state);
    QCoreApplication::processEvents();
    QCOMPARE(texts(*menuWidget()), before);
    press(menuWidget(), Qt::Key_Escape);
    QTRY_VERIFY(!menuWidget()->isVisible());
    openMenu();
    QCOMPARE(texts(*menuWidget()).first(), u"1 request is waiting"_s);
    press(menuWidget(), Qt::Key_Escape);
}

void TestTray::looks_data()
{
    QTest::addColumn<bool>("dark");
    QTest::newRow("tray-light") << false;
    QTest::newRow("tray-dark") << true;
}

void TestTray::looks()
{
    QFETCH(bool, dark);
    QApplication::setPalette(dark ? darkPalette() : lightPalette());
    auto state = m_desk.state();
    const auto now = m_desk.clock().now();
    state.accounts = {alice()};
    state.requests = {sampleRequest(u"r-1"_s, u"Claude Code"_s, now),
                      sampleRequest(u"r-2"_s, u"Cursor"_s, now)};
    m_desk.show(state);
    openMenu();
    QVERIFY(keepPicture(*menuWidget(), QString::fromLatin1(QTest::currentDataTag())));
    menuWidget()->close();
    QApplication::setPalette(lightPalette());
}

QTEST_MAIN(TestTray)
#include "tst_tray.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include <ui/desk_windows.h>
#include <ui/look.h>
#include <ui/support/fake_desk.h>
#include <ui/support/sample_desk.h>
#include <ui/support/window_test.h>

#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QSystemTrayIcon>

using namespace gatehouse;
using namespace gatehouse::tests;
using namespace gatehouse::ui;

/// Which window comes when.
class TestDeskWindows : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void firstWindow_data();
    void firstWindow();
    void onlyTheFirstStateOpensTheWindow();
    void requestShowsItsWindowOnly();
    void aSecondStartShowsTheWindow();
    void aVerbShowsItsRequest();
    void aRequestThatIsGoneShowsTheWindow();
    void signsInInTheBrowser();
    void saysWhenNoBrowserOpens();
    void quittingDeniesWhatWaits();
    void openWindowsDoNotHoldUpTheEnd();

private:
    void start();
    [[nodiscard]] static QWidget *main() { return window(u"mainWindow"_s); }
    [[nodiscard]] static QWidget *approval() { return window(u"approvalWindow"_s); }
    [[nodiscard]] DeskState withRequest() const;

    bool m_hasTray = true;
    bool m_hasBrowser = true;
    QList<QUrl> m_opened;
    std::unique_ptr<FakeDesk> m_desk;
    std::unique_ptr<DeskWindows> m_windows;
};

void TestDeskWindows::initTestCase()
{
    installLook(*qApp);
    QApplication::setQuitOnLastWindowClosed(false);
}

void TestDeskWindows::init()
{
    m_windows.reset();
    m_hasTray = true;
    m_hasBrowser = true;
    m_opened.clear();
    m_desk = std::make_unique<FakeDesk>();
    const DeskWindows::Desktop desktop{QDBusConnection::sessionBus(), [this] { return m_hasTray; },
                                       [this](const QUrl &url) {
                                           m_opened.append(url);
                                           return m_hasBrowser;
                                       }};
    m_windows = std::make_unique<DeskWindows>(*m_desk, desktop);
}

void TestDeskWindows::start()
{
    m_windows->start();
    m_desk->show(sampleState(m_desk->clock().now()));
    QVERIFY(!main());
}

DeskState TestDeskWindows::withRequest() const
{
    const auto now = m_desk->clock().now();
    auto state = sampleState(now);
    state.requests = {sampleRequest(u"r-1"_s, u"Claude Code"_s, now)};
    return state;
}

void TestDeskWindows::firstWindow_data()
{
    const auto now = ManualClock().now();
    QTest::addColumn<DeskState>("state");
    QTest::addColumn<bool>("hasTray");
    QTest::addColumn<bool>("shown");
    auto state = sampleState(now);
    QTest::newRow("clients are known: the tray icon is enough") << state << true << false;
    QTest::newRow("no tray could open it") << state << false << true;
    state.clients.clear();
    QTest::newRow("nothing was ever allowed") << state << true << true;
    state.requests = {sampleRequest(u"r-1"_s, u"Cursor"_s, now)};
    QTest::newRow("a request waits, which has a window") << state << true << false;
    state = {};
    QTest::newRow("starting") << state << true << false;
    state.trouble = {TroubleKind::Port, {u"Port 8377 is taken."_s}};
    QTest::newRow("something is wrong") << state << true << true;
}

void TestDeskWindows::firstWindow()
{
    QFETCH(DeskState, state);
    QFETCH(bool, hasTray);
    QFETCH(bool, shown);
    m_hasTray = hasTray;
    m_windows->start();
    m_desk->show(state);
    QCOMPARE(main() != nullptr, shown);
    QCOMPARE(approval() != nullptr, !state.requests.isEmpty());
}

void TestDeskWindows::onlyTheFirstStateOpensTheWindow()
{
    start();
    auto state = m_desk->state();
    state.clients.clear();
    m_desk->show(state);
    QVERIFY(!main());
}

void TestDeskWindows::requestShowsItsWindowOnly()
{
    start();
    m_desk->show(withRequest());
    QVERIFY(approval());
    QVERIFY(!main());
}

void TestDeskWindows::aSecondStartShowsTheWindow()
{
    start();
    Q_EMIT m_desk->windowWanted({});
    QVERIFY(waitActive(main()));
}

void TestDeskWindows::aVerbShowsItsRequest()
{
    start();
    m_desk->show(withRequest());
    QVERIFY(QTest::qWaitForWindowExposed(approval()));
    press(approval(), Qt::Key_Escape);
    QVERIFY(!approval());
    Q_EMIT m_desk->windowWanted(InteractionId(u"r-1"_s));
    QVERIFY(waitActive(approval()));
    QVERIFY(!main());
}

void TestDeskWindows::aRequestThatIsGoneShowsTheWindow()
{
    start();
    Q_EMIT m_desk->windowWanted(InteractionId(u"r-2"_s));
    QVERIFY(waitActive(main()));
    QVERIFY(!approval());
}

void TestDeskWindows::signsInInTheBrowser()
{
    start();
    auto state = m_desk->state();
    state.accounts = {signedOut(alice())};
    m_desk->show(state);
    Q_EMIT m_desk->windowWanted({});
    QVERIFY(waitActive(main()));
    click(child<QPushButton>(*main(), u"runningAccountButton"_s));
    QCOMPARE(m_opened, QList<QUrl>{QUrl(u"http://localhost:8377/sign-in"_s)});
    QVERIFY(!child<QWidget>(*main(), u"failureBanner"_s));
}

void TestDeskWindows::saysWhenNoBrowserOpens()
{
    m_hasBrowser = false;
    start();
    auto state = m_desk->state();
    state.accounts = {signedOut(alice())};
    m_desk->show(state);
    Q_EMIT m_desk->windowWanted({});
    QVERIFY(waitActive(main()));
    click(child<QPushButton>(*main(), u"runningAccountButton"_s));
    const auto *banner = child<QWidget>(*main(), u"failureBanner"_s);
    QVERIFY(banner);
    QVERIFY(banner->accessibleName().contains(u"http://localhost:8377/sign-in"_s));
}

void TestDeskWindows::quittingDeniesWhatWaits()
{
    start();
    auto state = withRequest();
    state.requests.append(sampleRequest(u"r-2"_s, u"Cursor"_s, m_desk->clock().now()));
    m_desk->show(state);
    QSignalSpy quits(m_windows.get(), &DeskWindows::quitWanted);
    Q_EMIT m_desk->windowWanted({});
    QVERIFY(waitActive(main()));
    press(main(), Qt::Key_Q, Qt::ControlModifier);
    QVERIFY(waitActive(window(u"quitQuestion"_s)));
    click(child<QPushButton>(*window(u"quitQuestion"_s), u"questionConfirm"_s));
    QCOMPARE(quits.count(), 1);
    QCOMPARE(m_desk->commands, (QStringList{u"answer r-1 deny"_s, u"answer r-2 deny"_s}));
}

void TestDeskWindows::openWindowsDoNotHoldUpTheEnd()
{
    start();
    m_desk->show(withRequest());
    Q_EMIT m_desk->windowWanted({});
    QVERIFY(main() && approval());
    // As when the session ends: each window is asked to close, and one refusal would be enough.
    for (auto *each : QGuiApplication::topLevelWindows()) {
        if (each->isVisible())
            QVERIFY2(each->close(), qPrintable(each->objectName()));
    }
    QVERIFY(m_desk->commands.isEmpty());
}

QTEST_MAIN(TestDeskWindows)
#include "tst_desk_windows.moc"

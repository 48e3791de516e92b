// SPDX-License-Identifier: GPL-3.0-or-later
#include <ui/look.h>
#include <ui/main_window.h>
#include <ui/support/fake_desk.h>
#include <ui/support/sample_desk.h>
#include <ui/support/window_test.h>

#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QProcess>
#include <QPushButton>
#include <QSignalSpy>

using namespace gatehouse;
using namespace gatehouse::tests;
using namespace gatehouse::ui;

namespace {

DeskState troubled(TroubleKind kind, const Error &error)
{
    DeskState state = sampleState(ManualClock().now());
    state.running = false;
    state.trouble = {kind, error};
    return state;
}

} // namespace

class TestMainWindow : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void banners_data();
    void banners();
    void bannerStaysWhileTimesChange();
    void failureIsShownUntilClosed();
    void runningBox_data();
    void runningBox();
    void pauses();
    void signsInInTheBrowser();
    void aSecondAccountSignsInBesideTheFirst();
    void signingOutAsks();
    void signingOutThatTheTenantDoesNotHearIsSaid();
    void theClientSecretIsAskedFor();
    void signingOutWithoutClientsDoesNotAsk();
    void quitAsks_data();
    void quitAsks();
    void quitsAtOnceWhenNothingIsLost();
    void closingHides();
    void closingMinimisesWithoutTray();
    void quittingIsNotHeldUp();
    void shortcuts();
    void looks_data();
    void looks();
    void otherWindowsLook_data();
    void otherWindowsLook();

private:
    [[nodiscard]] QWidget *banner(const QString &key) const;
    [[nodiscard]] QPushButton *button(const QString &name) const;
    [[nodiscard]] QString label(const QString &name) const;
    [[nodiscard]] bool closeByWindowManager(const std::function<bool()> &effect);

    std::unique_ptr<FakeDesk> m_desk;
    std::unique_ptr<DeskActions> m_actions;
    std::unique_ptr<MainWindow> m_window;
    bool m_hasTray = true;
};

void TestMainWindow::initTestCase()
{
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedKingdom));
    installLook(*qApp);
    QApplication::setQuitOnLastWindowClosed(false);
}

void TestMainWindow::init()
{
    m_hasTray = true;
    QApplication::setPalette(lightPalette());
    m_desk = std::make_unique<FakeDesk>();
    m_desk->show(sampleState(m_desk->clock().now()));
    m_actions = std::make_unique<DeskActions>(*m_desk);
    m_window = std::make_unique<MainWindow>(*m_desk, *m_actions, [this] { return m_hasTray; });
    m_window->present();
    QVERIFY(waitActive(m_window.get()));
}

void TestMainWindow::cleanup()
{
    m_window.reset();
    m_actions.reset();
    m_desk.reset();
}

QWidget *TestMainWindow::banner(const QString &key) const
{
    auto *found = m_window->findChild<QWidget *>(key + u"Banner"_s);
    return found && found->isVisible() ? found : nullptr;
}

QPushButton *TestMainWindow::button(const QString &name) const
{
    return child<QPushButton>(*m_window, name);
}

QString TestMainWindow::label(const QString &name) const
{
    return child<QLabel>(*m_window, name)->text();
}

void TestMainWindow::banners_data()
{
    const auto now = ManualClock().now();
    const auto sample = sampleState(now);
    QTest::addColumn<DeskState>("state");
    QTest::addColumn<QString>("key");
    QTest::addColumn<QString>("title");
    QTest::addColumn<QString>("body");
    QTest::addColumn<QString>("buttonText");
    QTest::addColumn<QString>("command");

    auto state = sample;
    state.paused = true;
    state.pausedUntil = now + 263min + 20s;
    QTest::newRow("paused until a time")
        << state << u"paused"_s << u"Access is paused until 15:30"_s
        << u"Clients stay allowed, but every call fails with a message that says so. No windows "
           u"open meanwhile."_s
        << u"Resume now"_s << u"resume"_s;
    state.pausedUntil.reset();
    QTest::newRow("paused until resumed")
        << state << u"paused"_s << u"Access is paused until you resume it"_s
        << u"Clients stay allowed, but every call fails with a message that says so. No windows "
           u"open meanwhile."_s
        << u"Resume now"_s << u"resume"_s;

    state = sample;
    state.accounts = {signedOut(alice()), signedOut(bob())};
    QTest::newRow("signed out")
        << state << u"signedOut"_s << u"You are signed out"_s
        << u"Clients stay allowed, but their calls fail until you sign in at "
           u"\u2066example.eu.auth0.com\u2069."_s
        << u"Sign in…"_s << u"sign in"_s;

    state = sample;
    state.demo = true;
    QTest::newRow("demo") << state << u"demo"_s << u"This is the demo"_s
                          << u"People and todos are made up, and nothing leaves this computer."_s
                          << QString() << QString();

    QTest::newRow("port") << troubled(TroubleKind::Port,
                                      {u"Port 8377 is taken, so no client can reach Gatehouse."_s,
                                       u"The program \"node\" (process 3120) uses it."_s})
                          << u"trouble"_s
                          << u"Port 8377 is taken, so no client can reach Gatehouse"_s
                          << u"The program \"node\" (process 3120) uses it."_s << u"Try again"_s
                          << u"restart"_s;
    QTest::newRow("keychain locked")
        << troubled(TroubleKind::KeychainLocked, {u"The keychain is locked, so calls wait."_s})
        << u"trouble"_s << u"The keychain is locked, so calls wait"_s << QString() << u"Unlock…"_s
        << u"restart"_s;
    QTest::newRow("no keychain") << troubled(
        TroubleKind::NoKeychain,
        {u"No keychain was found."_s, u"Gatehouse does not store secrets in plain files."_s})
                                 << u"trouble"_s << u"No keychain was found"_s
                                 << u"Gatehouse does not store secrets in plain files."_s
                                 << u"Try again"_s << u"restart"_s;
    QTest::newRow("database") << troubled(
        TroubleKind::Database, {u"The database is damaged."_s, u"Nothing was overwritten."_s})
                              << u"trouble"_s << u"The database is damaged"_s
                              << u"Nothing was overwritten."_s << u"Try again"_s << u"restart"_s;
    QTest::newRow("settings") << troubled(
        TroubleKind::Settings,
        {u"Line 12 of the settings file is not understood."_s, u"The old settings stay in use."_s})
                              << u"trouble"_s << u"Line 12 of the settings file is not understood"_s
                              << u"The old settings stay in use."_s << u"Try again"_s
                              << u"restart"_s;
    QTest::newRow("other") << troubled(TroubleKind::Other, {u"Something else went wrong."_s})
                           << u"trouble"_s << u"Something else went wrong"_s << QString()
                           << u"Try again"_s << u"restart"_s;

    state = sample;
    state.requests = {sampleRequest(u"r-1"_s, u"Cursor"_s, now)};
    QTest::newRow("a request waits")
        << state << u"waiting"_s << u"1 access request is waiting for your answer"_s
        << u"Cursor asks to act for you. The request expires in 8 minutes."_s << u"Review…"_s
        << QString();
}

void TestMainWindow::banners()
{
    QFETCH(DeskState, state);
    QFETCH(QString, key);
    QFETCH(QString, title);
    QFETCH(QString, body);
    QFETCH(QString, buttonText);
    QFETCH(QString, command);

    const auto before = m_desk->state();
    QVERIFY(!banner(key));
    m_desk->show(state);
    auto *shown = banner(key);
    QVERIFY(shown);
    QCOMPARE(child<QLabel>(*shown, u"bannerTitle"_s)->text(), title);
    QCOMPARE(child<QLabel>(*shown, u"bannerBody"_s)->text(), body);
    auto *offered = child<QPushButton>(*shown, u"bannerButton"_s);
    QCOMPARE(offered->isVisible(), !buttonText.isEmpty());
    if (!command.isEmpty()) {
        QCOMPARE(offered->text(), buttonText);
        click(offered);
        QCOMPARE(m_desk->commands, QStringList{command});
    }
    m_desk->show(before);
    QTRY_VERIFY(!banner(key));
}

void TestMainWindow::bannerStaysWhileTimesChange()
{
    auto state = m_desk->state();
    state.requests = {sampleRequest(u"r-1"_s, u"Cursor"_s, m_desk->clock().now())};
    m_desk->show(state);
    auto *review = child<QPushButton>(*banner(u"waiting"_s), u"bannerButton"_s);
    review->setFocus();
    m_desk->clock().advance(1min);
    QVERIFY(review->hasFocus());
    QCOMPARE(child<QLabel>(*banner(u"waiting"_s), u"bannerBody"_s)->text(),
             u"Cursor asks to act for you. The request expires in 7 minutes."_s);
    QSignalSpy wanted(m_window.get(), &MainWindow::requestWanted);
    press(m_window.get(), Qt::Key_Space);
    QCOMPARE(wanted.size(), 1);
    QCOMPARE(wanted[0][0].value<InteractionId>(), InteractionId(u"r-1"_s));
}

void TestMainWindow::failureIsShownUntilClosed()
{
    m_desk->failure = Error{u"The access could not be revoked."_s, u"Try again later."_s};
    click(button(u"revoke"_s));
    auto *failure = banner(u"failure"_s);
    QVERIFY(failure);
    QCOMPARE(child<QLabel>(*failure, u"bannerTitle"_s)->text(),
             u"The access could not be revoked"_s);
    click(child<QPushButton>(*failure, u"bannerButton"_s));
    QTRY_VERIFY(!banner(u"failure"_s));
}

void TestMainWindow::runningBox_data()
{
    const auto now = ManualClock().now();
    const auto sample = sampleState(now);
    QTest::addColumn<DeskState>("state");
    QTest::addColumn<QString>("word");
    QTest::addColumn<QString>("place");
    QTest::addColumn<QString>("mainButton");
    QTest::addColumn<QString>("accountButton");
    const auto place = u"\u2066localhost:8377\u2069"_s;

    QTest::newRow("running") << sample << u"Running"_s << place << u"Pause…"_s << u"Sign out"_s;
    auto state = sample;
    state.demo = true;
    QTest::newRow("demo") << state << u"Running (demo)"_s << place << u"Pause…"_s << u"Sign out"_s;
    state = sample;
    state.paused = true;
    state.pausedUntil = now + 263min + 20s;
    QTest::newRow("paused") << state << u"Paused"_s << u"Until 15:30"_s << u"Resume now"_s
                            << u"Sign out"_s;
    state = sample;
    state.accounts = {signedOut(alice())};
    QTest::newRow("signed out") << state << u"Signed out"_s << place << u"Pause…"_s
                                << u"Sign in…"_s;
    QTest::newRow("port taken") << troubled(TroubleKind::Port, {u"Port 8377 is taken."_s})
                                << u"Not running"_s << u"Port 8377 is taken."_s << u"Try again"_s
                                << QString();
    QTest::newRow("starting") << DeskState() << u"Starting…"_s << QString() << QString()
                              << QString();
}

void TestMainWindow::runningBox()
{
    QFETCH(DeskState, state);
    QFETCH(QString, word);
    QFETCH(QString, place);
    QFETCH(QString, mainButton);
    QFETCH(QString, accountButton);
    m_desk->show(state);
    const auto *line = child<SymbolLine>(*m_window, u"runningState"_s);
    QCOMPARE(line->text(), word);
    QCOMPARE(label(u"runningPlace"_s), place);
    const auto shows = [this](const QString &name) {
        return button(name)->isVisible() ? button(name)->text() : QString();
    };
    QCOMPARE(shows(u"runningMain"_s), mainButton);
    QCOMPARE(shows(u"runningAccountButton"_s), accountButton);
}

void TestMainWindow::pauses()
{
    click(button(u"runningMain"_s));
    auto *menu = child<QMenu>(*m_window, u"pauseMenu"_s);
    QTRY_VERIFY(menu->isVisible());
    const auto actions = menu->actions();
    QCOMPARE(actions.size(), 3);
    QCOMPARE(actions[1]->text(), u"For 1 hour"_s);
    click(menu, menu->actionGeometry(actions[1]).center());
    QCOMPARE(m_desk->commands, QStringList{u"pause 60 min"_s});
}

void TestMainWindow::signsInInTheBrowser()
{
    auto state = m_desk->state();
    state.accounts = {signedOut(alice())};
    m_desk->show(state);
    QSignalSpy browser(m_actions.get(), &DeskActions::browserWanted);
    click(button(u"runningAccountButton"_s));
    QCOMPARE(browser.size(), 1);
    QCOMPARE(browser[0][0].toUrl(), QUrl(u"http://localhost:8377/sign-in"_s));
}

void TestMainWindow::aSecondAccountSignsInBesideTheFirst()
{
    auto state = m_desk->state();
    state.accounts = {alice(), signedOut(bob())};
    m_desk->show(state);
    QCOMPARE(button(u"runningAccountButton"_s)->text(), u"Sign in or out…"_s);
    click(button(u"runningAccountButton"_s));
    auto *menu = child<QMenu>(*m_window, u"accountMenu"_s);
    QTRY_VERIFY(menu->isVisible());
    const auto actions = menu->actions();
    QCOMPARE(actions.size(), 2);
    QCOMPARE(actions[0]->text(), u"Sign out Alice Martin"_s);
    QCOMPARE(actions[1]->text(), u"Sign in…"_s);
    QSignalSpy browser(m_actions.get(), &DeskActions::browserWanted);
    click(menu, menu->actionGeometry(actions[1]).center());
    QCOMPARE(browser.size(), 1);
    QCOMPARE(m_desk->commands, QStringList{u"sign in"_s});
}

void TestMainWindow::signingOutAsks()
{
    auto state = m_desk->state();
    state.accounts = {alice()};
    m_desk->show(state);
    click(button(u"runningAccountButton"_s));
    auto *question = window(u"signOutQuestion"_s);
    QVERIFY(waitActive(question));
    QCOMPARE(child<QLabel>(*question, u"questionText"_s)->text(),
             u"5 clients act as Alice Martin. Their calls will fail until you sign in again."_s);
    QCOMPARE(m_desk->commands, QStringList());
    click(child<QPushButton>(*question, u"questionConfirm"_s));
    QTRY_COMPARE(m_desk->commands, QStringList{u"sign out alice"_s});
}

void TestMainWindow::signingOutThatTheTenantDoesNotHearIsSaid()
{
    m_desk->signOutReport = {};
    auto state = m_desk->state();
    state.accounts = {bob()};
    state.clients.removeLast();
    m_desk->show(state);
    QSignalSpy failed(m_actions.get(), &ui::DeskActions::failed);
    click(button(u"runningAccountButton"_s));
    QTRY_COMPARE(failed.size(), 1);
    QVERIFY(failed[0][0].value<Error>().message.contains(u"the tenant could not be told"_s));
}

void TestMainWindow::theClientSecretIsAskedFor()
{
    auto state = m_desk->state();
    state.clientRefused = true;
    m_desk->show(state);
    auto *shown = banner(u"clientRefused"_s);
    QVERIFY(shown);
    click(child<QPushButton>(*shown, u"bannerButton"_s));
    auto *question = window(u"secretQuestion"_s);
    QVERIFY(waitActive(question));
    auto *edit = child<QLineEdit>(*question, u"secretEdit"_s);
    QCOMPARE(edit->echoMode(), QLineEdit::Password);
    QTRY_VERIFY(edit->hasFocus());

    // Nothing is lost to a slip, and the words say what is wrong.
    QTest::keyClick(edit, Qt::Key_Return);
    auto *problem = child<QLabel>(*question, u"secretProblem"_s);
    QVERIFY(problem->isVisible());
    QVERIFY(problem->text().contains(u"empty"_s));
    QTest::keyClicks(edit, u"a secret"_s);
    QVERIFY(!problem->isVisible());
    QTest::keyClick(edit, Qt::Key_Escape);
    QTRY_VERIFY(!question->isVisible());
    QCOMPARE(edit->text(), QString());
    QCOMPARE(m_desk->commands, QStringList());

    click(child<QPushButton>(*shown, u"bannerButton"_s));
    QVERIFY(waitActive(question));
    QTest::keyClicks(edit, u" s3cret "_s);
    QTest::keyClick(edit, Qt::Key_Return);
    QTRY_COMPARE(m_desk->commands, QStringList{u"client secret of 6"_s});
    QVERIFY(!question->isVisible());
    QCOMPARE(edit->text(), QString());

    state.clientRefused = false;
    m_desk->show(state);
    QTRY_VERIFY(!banner(u"clientRefused"_s));
}

void TestMainWindow::signingOutWithoutClientsDoesNotAsk()
{
    auto state = m_desk->state();
    state.accounts = {bob()};
    state.clients.removeLast();
    m_desk->show(state);
    click(button(u"runningAccountButton"_s));
    QVERIFY(!window(u"signOutQuestion"_s));
    QCOMPARE(m_desk->commands, QStringList{u"sign out bob"_s});
}

void TestMainWindow::quitAsks_data()
{
    const auto now = ManualClock().now();
    QTest::addColumn<DeskState>("state");
    QTest::addColumn<QString>("text");
    auto state = sampleState(now);
    QTest::newRow("clients lose access")
        << state << u"6 clients lose access until Gatehouse runs again."_s;
    state.requests = {sampleRequest(u"r-1"_s, u"Cursor"_s, now),
                      sampleRequest(u"r-2"_s, u"Zed"_s, now)};
    QTest::newRow("both") << state
                          << u"2 requests are waiting. They will be denied. 6 clients lose access "
                             u"until Gatehouse runs again."_s;
    state.clients.clear();
    QTest::newRow("requests wait") << state << u"2 requests are waiting. They will be denied."_s;
}

void TestMainWindow::quitAsks()
{
    QFETCH(DeskState, state);
    QFETCH(QString, text);
    m_desk->show(state);
    QSignalSpy quits(m_actions.get(), &DeskActions::quitConfirmed);
    press(m_window.get(), Qt::Key_Q, Qt::ControlModifier);
    auto *question = window(u"quitQuestion"_s);
    QVERIFY(waitActive(question));
    QVERIFY(!question->isModal());
    QCOMPARE(child<QLabel>(*question, u"questionText"_s)->text(), text);
    press(question, Qt::Key_Return);
    QVERIFY(!question->isVisible());
    QCOMPARE(quits.size(), 0);

    m_window->present();
    QVERIFY(waitActive(m_window.get()));
    press(m_window.get(), Qt::Key_Q, Qt::ControlModifier);
    QVERIFY(waitActive(question));
    click(child<QPushButton>(*question, u"questionConfirm"_s));
    QCOMPARE(quits.size(), 1);
}

void TestMainWindow::quitsAtOnceWhenNothingIsLost()
{
    auto state = m_desk->state();
    state.clients.clear();
    m_desk->show(state);
    QSignalSpy quits(m_actions.get(), &DeskActions::quitConfirmed);
    press(m_window.get(), Qt::Key_Q, Qt::ControlModifier);
    QCOMPARE(quits.size(), 1);
}

/// As the window manager does when the person presses its close button; until it has its effect.
bool TestMainWindow::closeByWindowManager(const std::function<bool()> &effect)
{
    // openbox closes the window that it takes for the active one on Alt+F4. Keys that come before
    // it is ready for them are lost.
    const auto own = QByteArray::number(m_window->winId());
    for (int i = 0; i < 5 && !effect(); ++i) {
        if (!QTest::qWaitFor([&] { return activeWindowOfScreen() == own; }))
            return false;
        QProcess::execute(u"xdotool"_s, {u"key"_s, u"alt+F4"_s});
        (void)QTest::qWaitFor(effect, 1000);
    }
    return effect();
}

void TestMainWindow::closingHides()
{
    QVERIFY(closeByWindowManager([this] { return !m_window->isVisible(); }));
}

void TestMainWindow::closingMinimisesWithoutTray()
{
    m_hasTray = false;
    m_desk->show(m_desk->state());
    auto *shown = banner(u"noTray"_s);
    QVERIFY(shown);
    QCOMPARE(shown->accessibleName(),
             u"This desktop has no tray. Gatehouse stays in the task bar."_s);
    QVERIFY(closeByWindowManager([this] { return m_window->isMinimized(); }));
    QVERIFY(m_window->isVisible());
    m_window->present();
    QVERIFY(waitActive(m_window.get()));
    QVERIFY(!m_window->isMinimized());
}

void TestMainWindow::quittingIsNotHeldUp()
{
    m_hasTray = false;
    QVERIFY(m_window->close());
}

void TestMainWindow::shortcuts()
{
    press(m_window.get(), Qt::Key_F, Qt::ControlModifier);
    QCOMPARE(QApplication::focusWidget(), child<QLineEdit>(*m_window, u"search"_s));
    press(m_window.get(), Qt::Key_W, Qt::ControlModifier);
    QVERIFY(!m_window->isVisible());
}

void TestMainWindow::looks_data()
{
    const auto now = ManualClock().now();
    QTest::addColumn<DeskState>("state");
    QTest::addColumn<bool>("dark");
    const auto add = [](const char *name, const DeskState &state) {
        QTest::addRow("%s-light", name) << state << false;
        QTest::addRow("%s-dark", name) << state << true;
    };
    auto sample = sampleState(now);
    sample.accounts = {alice()};
    add("clients", sample);
    auto state = sample;
    state.clients.clear();
    add("clients-empty", state);
    state = sample;
    state.paused = true;
    state.pausedUntil = now + 263min + 20s;
    for (auto &client : state.clients)
        client.state = ClientState::Paused;
    state.requests = {sampleRequest(u"r-1"_s, u"Cursor"_s, now)};
    add("clients-paused", state);
    state = sample;
    state.accounts = {signedOut(alice())};
    for (auto &client : state.clients)
        client.state = ClientState::SignedOut;
    add("clients-signed-out", state);
    state = sample;
    state.demo = true;
    add("clients-demo", state);
    state = sample;
    state.clientRefused = true;
    add("clients-client-refused", state);
    state = troubled(TroubleKind::Port,
                     {u"Port 8377 is taken, so no client can reach Gatehouse."_s,
                      u"The program \"node\" (process 3120) uses it. End that program, or choose "
                      u"another port with --port."_s});
    for (auto &client : state.clients)
        client.state = ClientState::Allowed;
    add("error-banner", state);
    state = sample;
    state.clients[1].state = ClientState::Revoked;
    state.clients[1].endedAt = now;
    state.clients[0].scopes << ScopeLine{u"delete:files"_s, u"Delete your files"_s, u"Files API"_s,
                                         ScopeEffect::Deletes};
    add("clients-details", state);
}

/// Nothing is cut off, in either scheme.
void TestMainWindow::looks()
{
    QFETCH(DeskState, state);
    QFETCH(bool, dark);
    QApplication::setPalette(dark ? darkPalette() : lightPalette());
    m_desk->show(state);
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
    // New rows are shown, and colours are taken on, by events.
    QCoreApplication::processEvents();
    QTRY_COMPARE(cutOff(*m_window), QString());
    QVERIFY(keepPicture(*m_window, QString::fromLatin1(QTest::currentDataTag())));
}

void TestMainWindow::otherWindowsLook_data()
{
    QTest::addColumn<bool>("dark");
    QTest::newRow("light") << false;
    QTest::newRow("dark") << true;
}

void TestMainWindow::otherWindowsLook()
{
    QFETCH(bool, dark);
    QApplication::setPalette(dark ? darkPalette() : lightPalette());
    const auto scheme = QString::fromLatin1(QTest::currentDataTag());
    m_window->presentConnect();
    auto *connect = window(u"connectWindow"_s);
    QVERIFY(waitActive(connect));
    QTRY_COMPARE(cutOff(*connect), QString());
    QVERIFY(keepPicture(*connect, u"connect-"_s + scheme));
    connect->close();

    m_actions->quit();
    auto *question = window(u"quitQuestion"_s);
    QVERIFY(waitActive(question));
    QTRY_COMPARE(cutOff(*question), QString());
    QVERIFY(keepPicture(*question, u"quit-"_s + scheme));
    question->close();

    m_actions->askForClientSecret();
    auto *secret = window(u"secretQuestion"_s);
    QVERIFY(waitActive(secret));
    QTest::keyClick(child<QLineEdit>(*secret, u"secretEdit"_s), Qt::Key_Return);
    QTRY_COMPARE(cutOff(*secret), QString());
    QVERIFY(keepPicture(*secret, u"client-secret-"_s + scheme));
    secret->close();
}

QTEST_MAIN(TestMainWindow)
#include "tst_main_window.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include <ui/approval_desk.h>
#include <ui/durations.h>
#include <ui/look.h>
#include <ui/look_widgets.h>
#include <ui/support/fake_desk.h>
#include <ui/support/sample_requests.h>
#include <ui/support/window_test.h>

#include <QAccessible>
#include <QAbstractButton>
#include <QComboBox>
#include <QCursor>
#include <QLayout>
#include <QLineEdit>
#include <QProcess>
#include <QPushButton>
#include <QScreen>
#include <QSignalSpy>
#include <QTextEdit>
#include <QWindow>

namespace gatehouse::tests {

using namespace ui;

namespace {

constexpr auto kSleep = 500ms;
constexpr auto kRest = 500ms;

/// What the window manager says of a window.
QString windowProperty(const QWidget &window, const QString &name)
{
    QProcess process;
    process.start(u"xprop"_s, {u"-id"_s, QString::number(window.windowHandle()->winId()), name});
    process.waitForFinished();
    return QString::fromUtf8(process.readAllStandardOutput());
}

} // namespace

class ApprovalWindowTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();

    void showsWhoAsksForWhatAndHowLong();
    void words_data();
    void words();
    void showsClaimsAsPlainText();
    void longHostsKeepTheirEnd();
    void presetsFollowTheRisk_data();
    void presetsFollowTheRisk();
    void allowGivesWhatIsChosen();
    void allowByKeyboard();
    void allowSleeps_data();
    void allowSleeps();
    void pressThatWakesTheWindowDoesNotAllow();
    void pressThatOutlivesTheRequestDoesNotAllow();
    void secondClicksDoNotCount();
    void heldKeysDoNotCount();
    void nothingTickedNothingAllowed();
    void dangerWaitsForTheConfirmation();
    void foldedPermissionsAreAnnounced();
    void enterDenies_data();
    void enterDenies();
    void enterAllowsOnlyOnAllow();
    void escapeAndCloseDecideNothing_data();
    void escapeAndCloseDecideNothing();
    void blockNamesTheTarget_data();
    void blockNamesTheTarget();
    void accountsAreOffered();
    void whatIsAllowedBelongsToAnAccount();
    void allowedBeforeButTakenBackIsNew();
    void keysAfterTheEndDecideNothing_data();
    void keysAfterTheEndDecideNothing();
    void deniedInANotification();
    void withoutAccountSignInComesLater();
    void appearsWithoutFocus();
    void staysOnTopUntilActivated();
    void appearsWithNothingUnderThePointer_data();
    void appearsWithNothingUnderThePointer();
    void oneAtATimeMostUrgentFirst();
    void showsTheNamedRequest();
    void showsWaitingOnesInTurn();
    void pausedShowsNothingByItself();
    void expiredTurnsGrey();
    void withdrawnTurnsGrey();
    void endedMakesRoom();
    void failedAnswerCanBeGivenAgain();
    void changedRequestStartsAnew();
    void newAccountKeepsWhatWasChosen();
    void detailsCanBeSelected();
    void tabOrder();
    void fitsSmallScreensAndLargeText();
    void spokenWords();
    void countdownIsSpoken();
    void looks_data();
    void looks();

private:
    [[nodiscard]] QWidget *shown() const { return window(u"approvalWindow"_s); }
    template <typename Widget = QWidget>
    [[nodiscard]] Widget *part(const QString &name) const
    {
        return shown() ? child<Widget>(*shown(), name) : nullptr;
    }
    [[nodiscard]] QString words(const QString &label) const
    {
        return part<TextLabel>(label)->words();
    }
    void ask(const QList<AccessRequest> &requests);
    void askAndWake(const AccessRequest &request);
    [[nodiscard]] bool comesForward(const InteractionId &request);
    [[nodiscard]] Instant now() const { return m_desk->clock().now(); }

    QFont m_font;
    QStringList m_alerts;
    std::unique_ptr<FakeDesk> m_desk;
    std::unique_ptr<ApprovalDesk> m_approvals;
};

void ApprovalWindowTest::initTestCase()
{
    installLook(*qApp);
    QApplication::setQuitOnLastWindowClosed(false);
    m_font = QApplication::font();
}

void ApprovalWindowTest::init()
{
    QCursor::setPos(5, 5);
    m_desk = std::make_unique<FakeDesk>();
    DeskState state;
    state.running = true;
    state.accounts = {alice(), bob()};
    m_desk->show(state);
    m_approvals = std::make_unique<ApprovalDesk>(*m_desk);
    m_alerts.clear();
    for (const auto *widget : QApplication::topLevelWidgets()) {
        if (const auto *window = qobject_cast<const ApprovalWindow *>(widget))
            connect(window, &ApprovalWindow::spoken, this,
                    [this](const QString &sentence) { m_alerts.append(sentence); });
    }
}

void ApprovalWindowTest::cleanup()
{
    m_approvals.reset();
    m_desk.reset();
    QApplication::setFont(m_font);
    QApplication::setPalette(QPalette());
}

void ApprovalWindowTest::ask(const QList<AccessRequest> &requests)
{
    auto state = m_desk->state();
    state.requests = requests;
    m_desk->show(state);
    // Before that the window manager may miss that it is to come forward.
    if (shown())
        QVERIFY(QTest::qWaitForWindowExposed(shown()));
}

/// The request, in an active window, after its sleep.
void ApprovalWindowTest::askAndWake(const AccessRequest &request)
{
    ask({request});
    QVERIFY(shown());
    QVERIFY(comesForward(request.id));
    m_desk->clock().advance(kSleep);
}

/// As often as a person would try: the window manager gives the focus away when another window has
/// just gone.
bool ApprovalWindowTest::comesForward(const InteractionId &request)
{
    for (int i = 0; i < 5; ++i) {
        if (!m_approvals->show(request))
            return false;
        if (QTest::qWaitFor([this] { return QApplication::activeWindow() == shown(); }, 1000))
            return true;
    }
    return false;
}

void ApprovalWindowTest::showsWhoAsksForWhatAndHowLong()
{
    ask({plainRequest(now())});
    QVERIFY(shown());
    QCOMPARE(shown()->windowTitle(), u"Gatehouse: access request"_s);
    QCOMPARE(words(u"headline"_s), u"Claude Code asks to act for you"_s);
    QCOMPARE(words(u"claim"_s), u"The program gave this name itself. Nobody has verified it."_s);
    QCOMPARE(words(u"who"_s), u"claude, started from gnome-terminal"_s);
    QVERIFY(words(u"answerGoesTo"_s).contains(u"localhost:51234"_s));
    QCOMPARE(part<QComboBox>(u"durations"_s)->currentText(), u"30 days"_s);
    QCOMPARE(words(u"durationEnd"_s), u"Until 18 December 2026"_s);
    QCOMPARE(part<QComboBox>(u"accounts"_s)->currentText(), u"Alice Martin (alice@example.com)"_s);
    QVERIFY(part<QLabel>(u"code"_s)->text().contains(u"K7QM"_s));
    QCOMPARE(words(u"status"_s), u"Expires in 9 minutes"_s);
    QVERIFY(!part(u"waiting"_s)->isVisible());
    QVERIFY(!part(u"warning"_s)->isVisible());
    QVERIFY(!part(u"block"_s)->isVisible());
}

void ApprovalWindowTest::words_data()
{
    QTest::addColumn<AccessRequest>("request");
    QTest::addColumn<QString>("headline");
    QTest::addColumn<QString>("claim");
    QTest::addColumn<QString>("warning");

    const auto at = FakeDesk().clock().now();
    QTest::newRow("website") << websiteRequest(at)
                             << u"Let playground.ai.cloudflare.com talk to Gatehouse?"_s
                             << u"You have not allowed this website before."_s << u""_s;
    QTest::newRow("one more permission")
        << moreRequest(at) << u"Claude Code asks for one more permission"_s
        << u"You allowed a program with this name and ID on 2 November 2026."_s << u""_s;
    QTest::newRow("danger") << dangerousRequest(at) << u"“CIaude Code” asks to act for you"_s
                            << u"The program gave this name itself. Nobody has verified it."_s
                            << u"Deny this unless you started it yourself The name looks like "
                               u"“Claude Code”, but it is spelled differently and comes from "
                               u"another program. The answer goes to the app link “ciaude://”. "
                               u"Any program on this computer can claim that link. It asks for 14 "
                               u"permissions at once, and 9 of them change data."_s;
    auto cautions = plainRequest(at);
    cautions.risk = {approval::RiskLevel::Caution,
                     {{approval::RiskLevel::Caution, u"First."_s},
                      {approval::RiskLevel::Caution, u"Second."_s}}};
    QTest::newRow("two cautions") << cautions << u"Claude Code asks to act for you"_s
                                  << u"The program gave this name itself. Nobody has verified it."_s
                                  << u"First. Second."_s;
    auto configured = plainRequest(at);
    configured.preRegistered = true;
    QTest::newRow("named in the settings")
        << configured << u"Claude Code asks to act for you"_s
        << u"Your Gatehouse settings name this program."_s << u""_s;
    auto described = plainRequest(at);
    described.documentHost = u"claude.ai"_s;
    QTest::newRow("MCP 2025-11-25 described by a metadata document")
        << described << u"Claude Code asks to act for you"_s
        << u"Described at \u2066claude.ai\u2069. Nobody has verified that this is the program that asks."_s
        << u""_s;
    auto ownWebsite = websiteRequest(at);
    ownWebsite.documentHost = ownWebsite.target;
    QTest::newRow("a website that describes itself")
        << ownWebsite << u"Let playground.ai.cloudflare.com talk to Gatehouse?"_s
        << u"You have not allowed this website before."_s << u""_s;
}

void ApprovalWindowTest::words()
{
    QFETCH(AccessRequest, request);
    ask({request});
    QTEST(words(u"headline"_s), "headline");
    QTEST(words(u"claim"_s), "claim");
    const auto *warning = part<MessageBoxPanel>(u"warning"_s);
    QTEST(warning->isVisible() ? warning->text() : u""_s, "warning");
}

void ApprovalWindowTest::showsClaimsAsPlainText()
{
    auto request = plainRequest(now());
    request.clientName = u"<b>Claude</b>\n\u202edesktop &copy; "_s + QString(100, u'x');
    request.scopes.first().words = u"<i>Read</i> &everything"_s;
    ask({request});
    const auto *headline = part<TextLabel>(u"headline"_s);
    QCOMPARE(headline->textFormat(), Qt::PlainText);
    QVERIFY(headline->words().startsWith(u"<b>Claude</b>"_s));
    QVERIFY(!headline->words().contains(u'\u202e'));
    QVERIFY(!headline->words().contains(u'\n'));
    QVERIFY(headline->words().size() < 40 + u" asks to act for you"_s.size() + 1);
    QCOMPARE(part(u"permission:read:todos"_s)->accessibleName(),
             u"<i>Read</i> &everything, Todos API, reads data"_s);
    for (const auto *label : shown()->findChildren<QLabel *>())
        QCOMPARE(label->textFormat(), Qt::PlainText);
    QVERIFY(shown()->layout()->minimumSize().width() <= shown()->width());
}

// What a host belongs to stands at its end.
void ApprovalWindowTest::longHostsKeepTheirEnd()
{
    auto request = websiteRequest(now());
    request.target = u"accounts.google.com."_s + QString(60, u'x') + u".evil.example"_s;
    ask({request});
    QVERIFY(words(u"headline"_s).contains(u"x.evil.example talk to Gatehouse?"_s));
    QVERIFY(!words(u"headline"_s).contains(u"google"_s));
    QVERIFY(words(u"answerGoesTo"_s).contains(request.target));
    QVERIFY(part<QAbstractButton>(u"block"_s)->text().contains(u"x.evil.example"_s));
}

void ApprovalWindowTest::presetsFollowTheRisk_data()
{
    QTest::addColumn<AccessRequest>("request");
    QTest::addColumn<QString>("duration");
    QTest::addColumn<QString>("end");
    QTest::addColumn<int>("ticked");

    const auto at = FakeDesk().clock().now();
    QTest::newRow("plain") << plainRequest(at) << u"30 days"_s << u"Until 18 December 2026"_s << 3;
    QTest::newRow("caution") << websiteRequest(at) << u"Today"_s << u"Until midnight"_s << 3;
    const auto hourFromNow = QDateTime::fromMSecsSinceEpoch(toMilliseconds(at)).addSecs(3600);
    const auto day = hourFromNow.date() == QDateTime::fromMSecsSinceEpoch(toMilliseconds(at)).date()
        ? u"today"_s
        : u"tomorrow"_s;
    QTest::newRow("danger: only what reads")
        << dangerousRequest(at) << u"1 hour"_s
        << u"Until %1 %2"_s.arg(hourFromNow.toString(u"HH:mm"_s), day) << 5;
    auto again = plainRequest(at);
    again.lastDuration = 1h;
    QTest::newRow("the last choice again")
        << again << u"1 hour"_s << u"Until %1 %2"_s.arg(hourFromNow.toString(u"HH:mm"_s), day) << 3;
    auto risky = websiteRequest(at);
    risky.lastDuration = 24h * 30;
    QTest::newRow("the last choice, but no longer than the risk says")
        << risky << u"Today"_s << u"Until midnight"_s << 3;
}

void ApprovalWindowTest::presetsFollowTheRisk()
{
    QFETCH(AccessRequest, request);
    ask({request});
    QTEST(part<QComboBox>(u"durations"_s)->currentText(), "duration");
    QTEST(words(u"durationEnd"_s), "end");
    int ticked = 0;
    for (const auto *box : shown()->findChildren<WrappingCheckBox *>())
        ticked += box->isChecked() ? 1 : 0;
    QTEST(ticked, "ticked");
}

void ApprovalWindowTest::allowGivesWhatIsChosen()
{
    askAndWake(plainRequest(now()));
    click(part(u"permission:write:todos"_s));
    part(u"durations"_s)->setFocus();
    press(shown(), Qt::Key_Home);
    QCOMPARE(part<QComboBox>(u"durations"_s)->currentText(), u"1 hour"_s);
    click(part(u"allow"_s));
    QCOMPARE(m_desk->commands, QStringList{u"answer plain allow"_s});
    QCOMPARE(m_desk->answered.scopes, (QStringList{u"read:todos"_s, u"profile"_s}));
    QCOMPARE(m_desk->answered.account, std::optional(alice().id));
    QCOMPARE(m_desk->answered.until, std::optional(now() + 1h));
    QVERIFY(!shown());
}

void ApprovalWindowTest::allowByKeyboard()
{
    askAndWake(moreRequest(now()));
    press(shown(), Qt::Key_A, Qt::AltModifier);
    QTRY_COMPARE(m_desk->commands, QStringList{u"answer more allow"_s});
    QCOMPARE(m_desk->answered.scopes,
             (QStringList{u"write:todos"_s, u"read:todos"_s, u"profile"_s}));
}

void ApprovalWindowTest::allowSleeps_data()
{
    QTest::addColumn<QString>("cause");
    QTest::newRow("when the window appears") << u"appears"_s;
    QTest::newRow("when it becomes active") << u"activated"_s;
    QTest::newRow("when it shows something else") << u"changed"_s;
    QTest::newRow("when details open") << u"details"_s;
}

void ApprovalWindowTest::allowSleeps()
{
    QFETCH(QString, cause);
    QLineEdit other;
    other.setGeometry(1300, 1000, 200, 60);
    other.show();
    other.activateWindow();
    QVERIFY(waitActive(&other));
    askAndWake(plainRequest(now()));
    QVERIFY(part(u"allow"_s)->isEnabled());
    if (cause == u"appears"_s) {
        press(shown(), Qt::Key_Escape);
        QVERIFY(m_approvals->show({}));
    } else if (cause == u"activated"_s) {
        other.activateWindow();
        QVERIFY(waitActive(&other));
        shown()->activateWindow();
        QVERIFY(waitActive(shown()));
    } else if (cause == u"changed"_s) {
        auto request = plainRequest(now());
        request.scopes.removeLast();
        ask({request});
    } else {
        click(part(u"details"_s));
    }
    // One that has just appeared may be active or not: it sleeps either way.
    if (cause != u"appears"_s)
        QVERIFY(waitActive(shown()));
    auto *allow = part(u"allow"_s);
    QVERIFY(!allow->isEnabled());
    click(allow);
    press(shown(), Qt::Key_A, Qt::AltModifier);
    m_desk->clock().advance(kSleep - 1ms);
    QVERIFY(!allow->isEnabled());
    click(allow);
    QCOMPARE(m_desk->commands, QStringList());
    m_desk->clock().advance(1ms);
    // Becoming active, should it come this late, is a sleep of its own.
    if (cause == u"appears"_s)
        QTRY_VERIFY((m_desk->clock().advance(kSleep), allow->isEnabled()));
    QVERIFY(allow->isEnabled());
}

void ApprovalWindowTest::pressThatWakesTheWindowDoesNotAllow()
{
    QLineEdit other;
    other.setGeometry(1300, 1000, 200, 60);
    other.show();
    QVERIFY(QTest::qWaitForWindowExposed(&other));
    other.activateWindow();
    QVERIFY(waitActive(&other));
    ask({plainRequest(now())});
    m_desk->clock().advance(kSleep);
    auto *allow = part(u"allow"_s);
    QVERIFY(allow->isEnabled());
    QVERIFY(!shown()->isActiveWindow());
    QVERIFY(QTest::qWaitForWindowExposed(shown()));
    // A real click: the window manager activates the window and passes the click on.
    const auto place = allow->mapToGlobal(allow->rect().center());
    QCOMPARE(QProcess::execute(u"xdotool"_s,
                               {u"mousemove"_s, QString::number(place.x()),
                                QString::number(place.y()), u"click"_s, u"1"_s}),
             0);
    QVERIFY(waitActive(shown()));
    QTRY_VERIFY(!allow->isEnabled());
    QCOMPARE(m_desk->commands, QStringList());
    m_desk->clock().advance(kSleep);
    // At another place, so that it is no double click.
    QCOMPARE(QProcess::execute(u"xdotool"_s,
                               {u"mousemove_relative"_s, u"12"_s, u"6"_s, u"click"_s, u"1"_s}),
             0);
    QTRY_COMPARE(m_desk->commands, QStringList{u"answer plain allow"_s});
}

void ApprovalWindowTest::pressThatOutlivesTheRequestDoesNotAllow()
{
    askAndWake(plainRequest(now()));
    auto *allow = part(u"allow"_s);
    auto *handle = shown()->windowHandle();
    const auto place = allow->mapTo(shown(), allow->rect().center());
    QTest::mousePress(handle, Qt::LeftButton, {}, place);
    auto request = plainRequest(now());
    request.scopes.removeLast();
    ask({request});
    QTest::mouseRelease(handle, Qt::LeftButton, {}, place);
    QCOMPARE(m_desk->commands, QStringList());

    // The press that a key makes ends a moment later, and the request has changed in between.
    QVERIFY(waitActive(shown()));
    m_desk->clock().advance(kSleep);
    QVERIFY(allow->isEnabled());
    QSignalSpy clicked(part<QPushButton>(u"allow"_s), &QPushButton::clicked);
    press(shown(), Qt::Key_A, Qt::AltModifier);
    ask({plainRequest(now())});
    QVERIFY(!allow->isEnabled());
    QTRY_COMPARE(clicked.size(), 1);
    QCOMPARE(m_desk->commands, QStringList());
}

void ApprovalWindowTest::secondClicksDoNotCount()
{
    askAndWake(plainRequest(now()));
    for (const auto &name : {u"allow"_s, u"deny"_s}) {
        auto *button = part(name);
        QMouseEvent second(QEvent::MouseButtonDblClick, QPointF(button->rect().center()),
                           QPointF(button->mapToGlobal(button->rect().center())), Qt::LeftButton,
                           Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(button, &second);
        QTest::mouseRelease(button, Qt::LeftButton);
        QCOMPARE(m_desk->commands, QStringList());
    }
}

void ApprovalWindowTest::heldKeysDoNotCount()
{
    askAndWake(plainRequest(now()));
    const auto repeat = [&](Qt::Key key, Qt::KeyboardModifiers modifiers, const QString &text) {
        auto *receiver = QApplication::focusWidget();
        QKeyEvent override(QEvent::ShortcutOverride, key, modifiers, text, true);
        QApplication::sendEvent(receiver, &override);
        QVERIFY(override.isAccepted());
        QKeyEvent press(QEvent::KeyPress, key, modifiers, text, true);
        QApplication::sendEvent(receiver, &press);
        QKeyEvent release(QEvent::KeyRelease, key, modifiers, text, true);
        QApplication::sendEvent(receiver, &release);
    };
    for (const auto &name : {u"deny"_s, u"allow"_s, u"durations"_s}) {
        part(name)->setFocus();
        repeat(Qt::Key_Return, {}, u"\r"_s);
        repeat(Qt::Key_A, Qt::AltModifier, u"a"_s);
        repeat(Qt::Key_D, Qt::AltModifier, u"d"_s);
    }
    part(u"allow"_s)->setFocus();
    repeat(Qt::Key_Space, {}, u" "_s);
    QCOMPARE(m_desk->commands, QStringList());
    QVERIFY(shown());
}

void ApprovalWindowTest::nothingTickedNothingAllowed()
{
    askAndWake(plainRequest(now()));
    for (const auto *name : {"read:todos", "write:todos", "profile"})
        click(part(u"permission:%1"_s.arg(QLatin1String(name))));
    QVERIFY(!part(u"allow"_s)->isEnabled());
    QCOMPARE(words(u"status"_s), u"Choose at least one permission."_s);
    click(part(u"allow"_s));
    QCOMPARE(m_desk->commands, QStringList());
    click(part(u"permission:profile"_s));
    QVERIFY(part(u"allow"_s)->isEnabled());
    QCOMPARE(words(u"status"_s), u"Expires in 9 minutes"_s);
}

void ApprovalWindowTest::dangerWaitsForTheConfirmation()
{
    askAndWake(dangerousRequest(now()));
    QVERIFY(!part(u"allow"_s)->isEnabled());
    QVERIFY(!part<WrappingCheckBox>(u"confirmation"_s)->isChecked());
    click(part(u"allow"_s));
    QCOMPARE(m_desk->commands, QStringList());
    click(part(u"confirmation"_s));
    QVERIFY(part(u"allow"_s)->isEnabled());
    click(part(u"allow"_s));
    QCOMPARE(m_desk->commands, QStringList{u"answer danger allow"_s});
    QCOMPARE(
        m_desk->answered.scopes,
        (QStringList{u"read:todos"_s, u"scope:1"_s, u"scope:2"_s, u"scope:3"_s, u"scope:4"_s}));
}

void ApprovalWindowTest::foldedPermissionsAreAnnounced()
{
    askAndWake(dangerousRequest(now()));
    auto *link = part<QAbstractButton>(u"morePermissions"_s);
    QCOMPARE(link->text(), u"Show 10 more permissions, 7 of them change data"_s);
    QVERIFY(!part(u"permission:scope:11"_s)->isVisible());
    click(link);
    QVERIFY(part(u"permission:scope:11"_s)->isVisible());
    QVERIFY(!link->isVisible());
}

void ApprovalWindowTest::enterDenies_data()
{
    QTest::addColumn<QString>("focus");
    for (const auto *name : {"deny", "durations", "accounts", "permission:read:todos", "details"})
        QTest::newRow(name) << QString::fromLatin1(name);
}

void ApprovalWindowTest::enterDenies()
{
    QFETCH(QString, focus);
    askAndWake(plainRequest(now()));
    QVERIFY(part(u"deny"_s)->hasFocus());
    part(focus)->setFocus();
    press(shown(), Qt::Key_Return);
    QCOMPARE(m_desk->commands, QStringList{u"answer plain deny"_s});
    QVERIFY(!shown());
}

void ApprovalWindowTest::enterAllowsOnlyOnAllow()
{
    askAndWake(plainRequest(now()));
    part(u"allow"_s)->setFocus();
    press(shown(), Qt::Key_Return);
    QCOMPARE(m_desk->commands, QStringList{u"answer plain allow"_s});
}

void ApprovalWindowTest::escapeAndCloseDecideNothing_data()
{
    QTest::addColumn<bool>("escape");
    QTest::newRow("Esc") << true;
    QTest::newRow("closed") << false;
}

void ApprovalWindowTest::escapeAndCloseDecideNothing()
{
    QFETCH(bool, escape);
    const auto request = plainRequest(now());
    askAndWake(request);
    if (escape)
        press(shown(), Qt::Key_Escape);
    else
        shown()->close();
    QVERIFY(!shown());
    m_desk->clock().advance(10s);
    ask({request});
    QVERIFY(!shown());
    QCOMPARE(m_desk->commands, QStringList());
    QVERIFY(m_approvals->show(request.id));
    QVERIFY(shown());
}

void ApprovalWindowTest::blockNamesTheTarget_data()
{
    QTest::addColumn<AccessRequest>("request");
    QTest::addColumn<QString>("text");
    const auto at = FakeDesk().clock().now();
    QTest::newRow("website") << websiteRequest(
        at) << u"Deny and block %1"_s.arg(isolated(u"playground.ai.cloudflare.com"_s));
    QTest::newRow("app link") << dangerousRequest(at)
                              << u"Deny and block %1"_s.arg(isolated(u"ciaude://"_s));
    auto cautious = plainRequest(at);
    cautious.risk = {approval::RiskLevel::Caution,
                     {{approval::RiskLevel::Caution, u"One permission deletes data."_s}}};
    QTest::newRow("local program with caution")
        << cautious << u"Deny and block %1"_s.arg(isolated(u"localhost:51234"_s));
}

void ApprovalWindowTest::blockNamesTheTarget()
{
    QFETCH(AccessRequest, request);
    askAndWake(request);
    auto *block = part<QAbstractButton>(u"block"_s);
    QVERIFY(block->isVisible());
    QTEST(block->text(), "text");
    click(block);
    QCOMPARE(m_desk->commands, QStringList{u"answer %1 block"_s.arg(request.id.value)});
}

void ApprovalWindowTest::accountsAreOffered()
{
    askAndWake(plainRequest(now()));
    auto *accounts = part<QComboBox>(u"accounts"_s);
    QCOMPARE(accounts->count(), 3);
    accounts->setFocus();
    press(shown(), Qt::Key_End);
    QCOMPARE(accounts->currentText(), u"Another account…"_s);
    QVERIFY(part(u"accountHint"_s)->isVisible());
    click(part(u"allow"_s));
    QCOMPARE(m_desk->commands, QStringList{u"answer plain allow"_s});
    QCOMPARE(m_desk->answered.account, std::optional<AccountId>());
}

// What Alice has allowed is new to Bob, and to whoever signs in later.
void ApprovalWindowTest::whatIsAllowedBelongsToAnAccount()
{
    auto request = moreRequest(now());
    request.allowedFor.insert(bob().id, {u"write:todos"_s});
    askAndWake(request);
    QCOMPARE(words(u"headline"_s), u"Claude Code asks for one more permission"_s);
    QVERIFY(part(u"permission:write:todos"_s) && !part(u"permission:read:todos"_s));
    auto *accounts = part<QComboBox>(u"accounts"_s);
    accounts->setFocus();
    press(shown(), Qt::Key_Down);
    QCOMPARE(words(u"headline"_s), u"Claude Code asks for 2 more permissions"_s);
    QVERIFY(!part(u"permission:write:todos"_s) && part(u"permission:read:todos"_s));
    QVERIFY(!part(u"allow"_s)->isEnabled());
    QCOMPARE(cutOff(*shown()), QString());
    press(shown(), Qt::Key_End);
    QCOMPARE(words(u"headline"_s), u"Claude Code asks to act for you"_s);
    QCOMPARE(cutOff(*shown()), QString());
    m_desk->clock().advance(kSleep);
    click(part<QCheckBox>(u"permission:write:todos"_s));
    click(part(u"allow"_s));
    QCOMPARE(m_desk->answered.scopes, (QStringList{u"read:todos"_s, u"profile"_s}));
    QCOMPARE(m_desk->answered.account, std::optional<AccountId>());
}

void ApprovalWindowTest::allowedBeforeButTakenBackIsNew()
{
    auto request = plainRequest(now());
    request.allowedBefore = now() - 24h;
    ask({request});
    QCOMPARE(words(u"claim"_s), u"The program gave this name itself. Nobody has verified it."_s);
}

// Keys that were pressed while the window was there may arrive after it has gone.
void ApprovalWindowTest::keysAfterTheEndDecideNothing_data()
{
    QTest::addColumn<QList<Qt::Key>>("keys");
    QTest::addColumn<QStringList>("commands");
    QTest::newRow("Esc, Enter") << QList<Qt::Key>{Qt::Key_Escape, Qt::Key_Return} << QStringList();
    QTest::newRow("Esc, Esc") << QList<Qt::Key>{Qt::Key_Escape, Qt::Key_Escape} << QStringList();
    QTest::newRow("Enter, Esc") << QList<Qt::Key>{Qt::Key_Return, Qt::Key_Escape}
                                << QStringList{u"answer plain deny"_s};
    QTest::newRow("Enter, Enter") << QList<Qt::Key>{Qt::Key_Return, Qt::Key_Return}
                                  << QStringList{u"answer plain deny"_s};
}

void ApprovalWindowTest::keysAfterTheEndDecideNothing()
{
    QFETCH(QList<Qt::Key>, keys);
    QFETCH(QStringList, commands);
    askAndWake(plainRequest(now()));
    auto *window = shown();
    for (const auto key : keys)
        QCoreApplication::postEvent(window, new QKeyEvent(QEvent::KeyPress, key, Qt::NoModifier));
    QCoreApplication::processEvents();
    QCOMPARE(m_desk->commands, commands);
    QVERIFY(!shown());
}

void ApprovalWindowTest::deniedInANotification()
{
    askAndWake(plainRequest(now()));
    m_approvals->deny(InteractionId(u"plain"_s));
    QVERIFY(!shown());
    QCOMPARE(m_desk->commands, QStringList{u"answer plain deny"_s});
    ask({});
    m_desk->clock().advance(kRest);
    QVERIFY(!shown());
}

void ApprovalWindowTest::withoutAccountSignInComesLater()
{
    auto state = m_desk->state();
    state.accounts = {signedOut(alice())};
    m_desk->show(state);
    ask({plainRequest(now())});
    QVERIFY(!part(u"accounts"_s)->isVisible());
    QVERIFY(part(u"accountHint"_s)->isVisible());
    QCOMPARE(words(u"accountHint"_s), u"You sign in after you allow."_s);
}

// What the person types into another program stays there.
void ApprovalWindowTest::appearsWithoutFocus()
{
    QLineEdit other;
    other.setGeometry(1300, 1000, 200, 60);
    other.show();
    other.activateWindow();
    QVERIFY(waitActive(&other));
    ask({plainRequest(now())});
    QVERIFY(QTest::qWaitForWindowExposed(shown()));
    QCOMPARE(QProcess::execute(u"xdotool"_s, {u"key"_s, u"h"_s, u"i"_s, u"Return"_s}), 0);
    QTRY_COMPARE(other.text(), u"hi"_s);
    QVERIFY(other.isActiveWindow());
    QVERIFY(!shown()->isActiveWindow());
    QCOMPARE(m_desk->commands, QStringList());
    click(part(u"deny"_s));
    QTRY_VERIFY(other.isActiveWindow());
}

void ApprovalWindowTest::staysOnTopUntilActivated()
{
    QLineEdit other;
    other.setGeometry(1300, 1000, 200, 60);
    other.show();
    other.activateWindow();
    QVERIFY(waitActive(&other));
    ask({plainRequest(now())});
    const auto state = u"_NET_WM_STATE"_s;
    const auto above = u"_NET_WM_STATE_ABOVE"_s;
    QTRY_VERIFY(windowProperty(*shown(), state).contains(above));
    QVERIFY(m_approvals->show({}));
    QVERIFY(waitActive(shown()));
    QTRY_VERIFY(!windowProperty(*shown(), state).contains(above));
    press(shown(), Qt::Key_Return);
    m_desk->clock().advance(kRest);
    QVERIFY(waitActive(&other));
    ask({plainRequest(now(), u"second"_s)});
    QVERIFY(shown());
    QTRY_VERIFY(windowProperty(*shown(), state).contains(above));
}

void ApprovalWindowTest::appearsWithNothingUnderThePointer_data()
{
    QTest::addColumn<QString>("control");
    for (const auto *name :
         {"allow", "deny", "details", "durations", "accounts", "permission:write:todos"})
        QTest::newRow(name) << QString::fromLatin1(name);
}

// The pointer waits where the control would be.
void ApprovalWindowTest::appearsWithNothingUnderThePointer()
{
    QFETCH(QString, control);
    ask({plainRequest(now())});
    QVERIFY(QTest::qWaitForWindowExposed(shown()));
    const auto usual = shown()->pos();
    const auto pointer = part(control)->mapToGlobal(part(control)->rect().center());
    shown()->close();
    QCursor::setPos(pointer);
    m_desk->clock().advance(kRest);
    ask({plainRequest(now(), u"next"_s)});
    QVERIFY(QTest::qWaitForWindowExposed(shown()));
    QCOMPARE(QCursor::pos(), pointer);
    QVERIFY(shown()->pos() != usual);
    QVERIFY(shown()->y() < shown()->screen()->availableGeometry().height() / 3);
    for (const auto *each : shown()->findChildren<QWidget *>()) {
        const QRect place(each->mapToGlobal(QPoint()), each->size());
        QVERIFY2(!each->isVisible() || each->focusPolicy() == Qt::NoFocus
                     || !place.contains(pointer),
                 qPrintable(each->objectName()));
    }
}

void ApprovalWindowTest::oneAtATimeMostUrgentFirst()
{
    auto first = plainRequest(now(), u"first"_s);
    auto second = websiteRequest(now());
    ask({first, second});
    QCOMPARE(words(u"headline"_s), u"Claude Code asks to act for you"_s);
    QCOMPARE(part<QAbstractButton>(u"waiting"_s)->text(), u"1 more is waiting"_s);
    // A more urgent one does not take the place of what the person reads.
    ask({plainRequest(now(), u"urgent"_s), first, second});
    QCOMPARE(part<QAbstractButton>(u"waiting"_s)->text(), u"2 more are waiting"_s);
    click(part(u"deny"_s));
    QCOMPARE(m_desk->commands, QStringList{u"answer first deny"_s});
    ask({second});
    m_desk->clock().advance(kRest - 1ms);
    QVERIFY(!shown());
    m_desk->clock().advance(1ms);
    QVERIFY(shown());
    QCOMPARE(shown()->windowTitle(), u"Gatehouse: web page request"_s);
    QVERIFY(part(u"deny"_s)->isVisible());
}

void ApprovalWindowTest::showsTheNamedRequest()
{
    ask({plainRequest(now()), websiteRequest(now())});
    QVERIFY(m_approvals->show(InteractionId(u"website"_s)));
    QCOMPARE(shown()->windowTitle(), u"Gatehouse: web page request"_s);
    QVERIFY(waitActive(shown()));
    QVERIFY(!m_approvals->show(InteractionId(u"gone"_s)));
    QCOMPARE(shown()->windowTitle(), u"Gatehouse: web page request"_s);
    QVERIFY(m_approvals->show({}));
    QCOMPARE(shown()->windowTitle(), u"Gatehouse: web page request"_s);
}

void ApprovalWindowTest::showsWaitingOnesInTurn()
{
    ask({plainRequest(now()), websiteRequest(now())});
    click(part(u"waiting"_s));
    QCOMPARE(shown()->windowTitle(), u"Gatehouse: web page request"_s);
    click(part(u"waiting"_s));
    QCOMPARE(shown()->windowTitle(), u"Gatehouse: access request"_s);
    QCOMPARE(m_desk->commands, QStringList());
}

void ApprovalWindowTest::pausedShowsNothingByItself()
{
    auto state = m_desk->state();
    state.paused = true;
    m_desk->show(state);
    ask({plainRequest(now())});
    QVERIFY(!shown());
    QVERIFY(m_approvals->show({}));
    QVERIFY(shown());
    press(shown(), Qt::Key_Escape);
    QVERIFY(!shown());
}

void ApprovalWindowTest::expiredTurnsGrey()
{
    askAndWake(plainRequest(now()));
    m_desk->clock().advance(9min + 30s);
    QCOMPARE(words(u"claim"_s), u"This request has expired. Start again from the program."_s);
    QVERIFY(!part(u"allow"_s)->isVisible());
    QVERIFY(!part(u"deny"_s)->isVisible());
    QVERIFY(!part(u"permissions"_s)->isEnabled());
    press(shown(), Qt::Key_A, Qt::AltModifier);
    press(shown(), Qt::Key_D, Qt::AltModifier);
    QVERIFY(part(u"close"_s)->hasFocus());
    click(part(u"close"_s));
    QVERIFY(!shown());
    QCOMPARE(m_desk->commands, QStringList());
}

void ApprovalWindowTest::withdrawnTurnsGrey()
{
    askAndWake(plainRequest(now()));
    ask({});
    QCOMPARE(words(u"claim"_s), u"The program withdrew its request."_s);
    QVERIFY(!part(u"allow"_s)->isVisible());
    press(shown(), Qt::Key_Return);
    QVERIFY(!shown());
    QCOMPARE(m_desk->commands, QStringList());
}

void ApprovalWindowTest::endedMakesRoom()
{
    QLineEdit other;
    other.setGeometry(1300, 1000, 200, 60);
    other.show();
    other.activateWindow();
    QVERIFY(waitActive(&other));
    ask({plainRequest(now()), websiteRequest(now())});
    ask({websiteRequest(now())});
    QVERIFY(!shown());
    m_desk->clock().advance(kRest);
    QVERIFY(shown());
    QCOMPARE(shown()->windowTitle(), u"Gatehouse: web page request"_s);
    QVERIFY(part(u"deny"_s)->isVisible());
    QVERIFY(part(u"permissions"_s)->isEnabled());
}

void ApprovalWindowTest::failedAnswerCanBeGivenAgain()
{
    m_desk->failure = Error{u"The database is full."_s, u"Free some space."_s};
    askAndWake(plainRequest(now()));
    press(shown(), Qt::Key_Return);
    QVERIFY(shown());
    QCOMPARE(part<MessageBoxPanel>(u"problem"_s)->text(),
             u"The database is full. Free some space."_s);
    m_desk->failure.reset();
    click(part(u"deny"_s));
    QVERIFY(!shown());
    QCOMPARE(m_desk->commands, (QStringList{u"answer plain deny"_s, u"answer plain deny"_s}));
}

void ApprovalWindowTest::changedRequestStartsAnew()
{
    auto request = plainRequest(now());
    askAndWake(request);
    part(u"allow"_s)->setFocus();
    request.risk = {approval::RiskLevel::Caution,
                    {{approval::RiskLevel::Caution, u"One permission deletes data."_s}}};
    ask({request});
    QCOMPARE(words(u"claim"_s), u"One permission deletes data."_s);
    QCOMPARE(part<QComboBox>(u"durations"_s)->currentText(), u"Today"_s);
    QVERIFY(part(u"deny"_s)->hasFocus());
    QVERIFY(!part(u"allow"_s)->isEnabled());
}

void ApprovalWindowTest::newAccountKeepsWhatWasChosen()
{
    const auto request = plainRequest(now());
    askAndWake(request);
    click(part(u"permission:write:todos"_s));
    part(u"accounts"_s)->setFocus();
    press(shown(), Qt::Key_Down);
    QCOMPARE(part<QComboBox>(u"accounts"_s)->currentData().toString(), bob().id.value);
    auto state = m_desk->state();
    auto carol = alice();
    carol.id = AccountId(u"a-0"_s);
    carol.name = u"Carol"_s;
    state.accounts = {carol, alice(), bob()};
    m_desk->show(state);
    QCOMPARE(part<QComboBox>(u"accounts"_s)->currentData().toString(), bob().id.value);
    QVERIFY(!part<WrappingCheckBox>(u"permission:write:todos"_s)->isChecked());
    QVERIFY(!part(u"allow"_s)->isEnabled());
}

void ApprovalWindowTest::detailsCanBeSelected()
{
    askAndWake(plainRequest(now()));
    QVERIFY(!part(u"detailsText"_s)->isVisible());
    click(part(u"details"_s));
    auto *details = part<QTextEdit>(u"detailsText"_s);
    QVERIFY(details->isVisible());
    const auto text = details->toPlainText();
    for (const auto &value : {u"/usr/local/bin/claude, process 41822"_s,
                              u"bash, in gnome-terminal"_s, u"http://localhost:51234/callback"_s,
                              u"client-plain"_s, u"read:todos write:todos profile"_s})
        QVERIFY2(text.contains(value), qPrintable(text));
    details->setFocus();
    press(shown(), Qt::Key_A, Qt::ControlModifier);
    QVERIFY(details->textCursor().selectedText().contains(u"41822"_s));
    press(shown(), Qt::Key_X);
    QCOMPARE(details->toPlainText(), text);
}

void ApprovalWindowTest::tabOrder()
{
    askAndWake(websiteRequest(now()));
    QCoreApplication::processEvents();
    m_desk->clock().advance(kSleep);
    QVERIFY(part(u"allow"_s)->isEnabled());
    part(u"permission:read:todos"_s)->setFocus();
    QStringList names;
    for (int i = 0; i < 9; ++i) {
        names.append(QApplication::focusWidget()->objectName());
        press(shown(), Qt::Key_Tab);
    }
    QCOMPARE(names.mid(0, 7),
             (QStringList{u"permission:read:todos"_s, u"permission:write:todos"_s,
                          u"permission:profile"_s, u"durations"_s, u"accounts"_s, u"details"_s,
                          u"block"_s}));
    // These two in the platform's order.
    QCOMPARE(QSet<QString>(names.begin() + 7, names.end()), (QSet<QString>{u"allow"_s, u"deny"_s}));
}

void ApprovalWindowTest::fitsSmallScreensAndLargeText()
{
    auto large = m_font;
    large.setPixelSize(30);
    QApplication::setFont(large);
    m_approvals = std::make_unique<ApprovalDesk>(*m_desk);
    askAndWake(dangerousRequest(now()));
    click(part(u"morePermissions"_s));
    click(part(u"details"_s));
    const auto screen = shown()->screen()->availableGeometry();
    QVERIFY(shown()->height() <= screen.height() * 0.85);
    QVERIFY(shown()->width() <= screen.width());
    for (const auto &name : {u"headline"_s, u"claim"_s, u"status"_s, u"allow"_s, u"deny"_s}) {
        const auto *control = part(name);
        const QRect place(control->mapTo(shown(), QPoint()), control->size());
        QVERIFY2(shown()->rect().contains(place), qPrintable(name));
    }
}

void ApprovalWindowTest::spokenWords()
{
    ask({plainRequest(now())});
    QVERIFY(m_alerts.contains(
        u"Access request from Claude Code, not verified. 3 permissions, 30 days."_s));
    QCOMPARE(part(u"code"_s)->accessibleName(), u"Code K, 7, Q, M"_s);
    QCOMPARE(part(u"permission:write:todos"_s)->accessibleName(),
             u"Add, change and delete your todos, Todos API, changes data"_s);
    for (const auto *widget : shown()->findChildren<QWidget *>()) {
        if (widget->isVisible() && widget->focusPolicy() != Qt::NoFocus) {
            auto *interface = QAccessible::queryAccessibleInterface(const_cast<QWidget *>(widget));
            QVERIFY2(!interface->text(QAccessible::Name).isEmpty(),
                     qPrintable(widget->objectName()));
        }
    }
}

void ApprovalWindowTest::looks_data()
{
    QTest::addColumn<AccessRequest>("request");
    QTest::addColumn<bool>("details");
    QTest::addColumn<bool>("ended");
    QTest::addColumn<bool>("dark");
    const auto at = FakeDesk().clock().now();
    for (const bool dark : {false, true}) {
        const auto add = [dark](const char *name, const AccessRequest &request,
                                bool details = false, bool ended = false) {
            QTest::addRow("approval-%s-%s", name, dark ? "dark" : "light")
                << request << details << ended << dark;
        };
        add("normal", plainRequest(at));
        add("details", plainRequest(at), true);
        add("website", websiteRequest(at));
        add("risky", dangerousRequest(at));
        add("more", moreRequest(at));
        add("ended", plainRequest(at), false, true);
    }
}

/// Nothing is cut off, in either scheme.
void ApprovalWindowTest::looks()
{
    QFETCH(AccessRequest, request);
    QFETCH(bool, details);
    QFETCH(bool, ended);
    QFETCH(bool, dark);
    QApplication::setPalette(dark ? darkPalette() : lightPalette());
    askAndWake(request);
    if (details)
        click(part(u"details"_s));
    if (ended)
        ask({});
    m_desk->clock().advance(kSleep);
    QCoreApplication::processEvents();
    QTRY_COMPARE(cutOff(*shown()), QString());
    QVERIFY(keepPicture(*shown(), QString::fromLatin1(QTest::currentDataTag())));
}

void ApprovalWindowTest::countdownIsSpoken()
{
    ask({plainRequest(now())});
    m_desk->clock().advance(8min + 29s);
    m_alerts.clear();
    m_desk->clock().advance(2s);
    QCOMPARE(m_alerts.size(), 1);
    m_desk->clock().advance(43s);
    QCOMPARE(m_alerts.size(), 1);
    m_desk->clock().advance(2s);
    QCOMPARE(m_alerts.size(), 2);
    QCOMPARE(m_alerts.last(), u"Expires in 15 seconds"_s);
}

} // namespace gatehouse::tests

QTEST_MAIN(gatehouse::tests::ApprovalWindowTest)
#include "tst_approval_window.moc"

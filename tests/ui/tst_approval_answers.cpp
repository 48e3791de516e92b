// SPDX-License-Identifier: GPL-3.0-or-later
#include <ui/look.h>
#include <ui/look_widgets.h>
#include <ui/support/approval_test.h>

#include <QAbstractButton>
#include <QCheckBox>
#include <QComboBox>
#include <QProcess>
#include <QPushButton>
#include <QSignalSpy>
#include <QWindow>

namespace gatehouse::tests {

using namespace ui;

/// How the person answers a request, and what is no answer.
class ApprovalAnswersTest : public ApprovalTest {
    Q_OBJECT

private Q_SLOTS:
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
    void enterDenies_data();
    void enterDenies();
    void enterAllowsOnlyOnAllow();
    void escapeAndCloseDecideNothing_data();
    void escapeAndCloseDecideNothing();
    void blockNamesTheTarget_data();
    void blockNamesTheTarget();
    void accountsAreOffered();
    void whatIsAllowedBelongsToAnAccount();
    void keysAfterTheEndDecideNothing_data();
    void keysAfterTheEndDecideNothing();
    void failedAnswerCanBeGivenAgain();

private:
    /// "Allow" is enabled once it has slept, however late the window became active again.
    [[nodiscard]] bool isAwake()
    {
        m_desk->clock().advance(kSleep);
        return part(u"allow"_s)->isEnabled();
    }
};

void ApprovalAnswersTest::allowGivesWhatIsChosen()
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

void ApprovalAnswersTest::allowByKeyboard()
{
    askAndWake(moreRequest(now()));
    press(shown(), Qt::Key_A, Qt::AltModifier);
    QTRY_COMPARE(m_desk->commands, QStringList{u"answer more allow"_s});
    QCOMPARE(m_desk->answered.scopes,
             (QStringList{u"write:todos"_s, u"read:todos"_s, u"profile"_s}));
}

void ApprovalAnswersTest::allowSleeps_data()
{
    QTest::addColumn<QString>("cause");
    QTest::newRow("when the window appears") << u"appears"_s;
    QTest::newRow("when it becomes active") << u"activated"_s;
    QTest::newRow("when it shows something else") << u"changed"_s;
    QTest::newRow("when details open") << u"details"_s;
}

void ApprovalAnswersTest::allowSleeps()
{
    QFETCH(QString, cause);
    const auto other = otherProgram();
    QVERIFY(other);
    askAndWake(plainRequest(now()));
    QVERIFY(part(u"allow"_s)->isEnabled());
    if (cause == u"appears"_s) {
        press(shown(), Qt::Key_Escape);
        QVERIFY(m_approvals->show({}));
    } else if (cause == u"activated"_s) {
        other->activateWindow();
        QVERIFY(waitActive(other.get()));
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
        QTRY_VERIFY(isAwake());
    QVERIFY(allow->isEnabled());
}

void ApprovalAnswersTest::pressThatWakesTheWindowDoesNotAllow()
{
    const auto other = otherProgram();
    QVERIFY(other);
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

void ApprovalAnswersTest::pressThatOutlivesTheRequestDoesNotAllow()
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

void ApprovalAnswersTest::secondClicksDoNotCount()
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

void ApprovalAnswersTest::heldKeysDoNotCount()
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

void ApprovalAnswersTest::nothingTickedNothingAllowed()
{
    askAndWake(plainRequest(now()));
    for (const auto *name : {"read:todos", "write:todos", "profile"})
        click(part(u"permission:%1"_s.arg(QLatin1String(name))));
    QVERIFY(!part(u"allow"_s)->isEnabled());
    QCOMPARE(wordsOf(u"status"_s), u"Choose at least one permission."_s);
    click(part(u"allow"_s));
    QCOMPARE(m_desk->commands, QStringList());
    click(part(u"permission:profile"_s));
    QTRY_VERIFY(isAwake());
    QCOMPARE(wordsOf(u"status"_s), u"Expires in 9 minutes"_s);
}

void ApprovalAnswersTest::dangerWaitsForTheConfirmation()
{
    askAndWake(dangerousRequest(now()));
    QVERIFY(!part(u"allow"_s)->isEnabled());
    QVERIFY(!part<WrappingCheckBox>(u"confirmation"_s)->isChecked());
    click(part(u"allow"_s));
    QCOMPARE(m_desk->commands, QStringList());
    click(part(u"confirmation"_s));
    QTRY_VERIFY(isAwake());
    click(part(u"allow"_s));
    QCOMPARE(m_desk->commands, QStringList{u"answer danger allow"_s});
    QCOMPARE(
        m_desk->answered.scopes,
        (QStringList{u"read:todos"_s, u"scope:1"_s, u"scope:2"_s, u"scope:3"_s, u"scope:4"_s}));
}

void ApprovalAnswersTest::enterDenies_data()
{
    QTest::addColumn<QString>("focus");
    for (const auto *name : {"deny", "durations", "accounts", "permission:read:todos", "details"})
        QTest::newRow(name) << QString::fromLatin1(name);
}

void ApprovalAnswersTest::enterDenies()
{
    QFETCH(QString, focus);
    askAndWake(plainRequest(now()));
    QVERIFY(part(u"deny"_s)->hasFocus());
    part(focus)->setFocus();
    press(shown(), Qt::Key_Return);
    QCOMPARE(m_desk->commands, QStringList{u"answer plain deny"_s});
    QVERIFY(!shown());
}

void ApprovalAnswersTest::enterAllowsOnlyOnAllow()
{
    askAndWake(plainRequest(now()));
    part(u"allow"_s)->setFocus();
    press(shown(), Qt::Key_Return);
    QCOMPARE(m_desk->commands, QStringList{u"answer plain allow"_s});
}

void ApprovalAnswersTest::escapeAndCloseDecideNothing_data()
{
    QTest::addColumn<bool>("escape");
    QTest::newRow("Esc") << true;
    QTest::newRow("closed") << false;
}

void ApprovalAnswersTest::escapeAndCloseDecideNothing()
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

void ApprovalAnswersTest::blockNamesTheTarget_data()
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

void ApprovalAnswersTest::blockNamesTheTarget()
{
    QFETCH(AccessRequest, request);
    askAndWake(request);
    auto *block = part<QAbstractButton>(u"block"_s);
    QVERIFY(block->isVisible());
    QTEST(block->text(), "text");
    click(block);
    QCOMPARE(m_desk->commands, QStringList{u"answer %1 block"_s.arg(request.id.value)});
}

void ApprovalAnswersTest::accountsAreOffered()
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
void ApprovalAnswersTest::whatIsAllowedBelongsToAnAccount()
{
    auto request = moreRequest(now());
    request.allowedFor.insert(bob().id, {u"write:todos"_s});
    askAndWake(request);
    QCOMPARE(wordsOf(u"headline"_s), u"Claude Code asks for one more permission"_s);
    QVERIFY(part(u"permission:write:todos"_s) && !part(u"permission:read:todos"_s));
    auto *accounts = part<QComboBox>(u"accounts"_s);
    accounts->setFocus();
    press(shown(), Qt::Key_Down);
    QCOMPARE(wordsOf(u"headline"_s), u"Claude Code asks for 2 more permissions"_s);
    QVERIFY(!part(u"permission:write:todos"_s) && part(u"permission:read:todos"_s));
    QVERIFY(!part(u"allow"_s)->isEnabled());
    QCOMPARE(cutOff(*shown()), QString());
    press(shown(), Qt::Key_End);
    QCOMPARE(wordsOf(u"headline"_s), u"Claude Code asks to act for you"_s);
    QCOMPARE(cutOff(*shown()), QString());
    m_desk->clock().advance(kSleep);
    click(part<QCheckBox>(u"permission:write:todos"_s));
    click(part(u"allow"_s));
    QCOMPARE(m_desk->answered.scopes, (QStringList{u"read:todos"_s, u"profile"_s}));
    QCOMPARE(m_desk->answered.account, std::optional<AccountId>());
}

// Keys that were pressed while the window was there may arrive after it has gone.
void ApprovalAnswersTest::keysAfterTheEndDecideNothing_data()
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

void ApprovalAnswersTest::keysAfterTheEndDecideNothing()
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

void ApprovalAnswersTest::failedAnswerCanBeGivenAgain()
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

} // namespace gatehouse::tests

QTEST_MAIN(gatehouse::tests::ApprovalAnswersTest)
#include "tst_approval_answers.moc"

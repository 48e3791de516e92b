// SPDX-License-Identifier: GPL-3.0-or-later
#include <ui/support/approval_test.h>

#include <QAbstractButton>
#include <QCursor>
#include <QProcess>
#include <QScreen>
#include <QWindow>

namespace gatehouse::tests {

using namespace ui;

namespace {

/// What the window manager says of a window.
QString windowProperty(const QWidget &window, const QString &name)
{
    QProcess process;
    process.start(u"xprop"_s, {u"-id"_s, QString::number(window.windowHandle()->winId()), name});
    process.waitForFinished();
    return QString::fromUtf8(process.readAllStandardOutput());
}

} // namespace

/// When the window of which request appears, and when it goes.
class ApprovalDeskTest : public ApprovalTest {
    Q_OBJECT

private Q_SLOTS:
    void appearsWithoutFocus();
    void staysOnTopUntilActivated();
    void appearsWithNothingUnderThePointer_data();
    void appearsWithNothingUnderThePointer();
    void oneAtATimeMostUrgentFirst();
    void showsTheNamedRequest();
    void showsWaitingOnesInTurn();
    void pausedShowsNothingByItself();
    void deniedInANotification();
    void expiredTurnsGrey();
    void withdrawnTurnsGrey();
    void answeredElsewhereGoes();
    void answeredElsewhereIsFollowedByTheNext();
    void endedMakesRoom();
};

// What the person types into another program stays there.
void ApprovalDeskTest::appearsWithoutFocus()
{
    const auto other = otherProgram();
    QVERIFY(other);
    ask({plainRequest(now())});
    QVERIFY(QTest::qWaitForWindowExposed(shown()));
    QCOMPARE(QProcess::execute(u"xdotool"_s, {u"key"_s, u"h"_s, u"i"_s, u"Return"_s}), 0);
    QTRY_COMPARE(other->text(), u"hi"_s);
    QVERIFY(other->isActiveWindow());
    QVERIFY(!shown()->isActiveWindow());
    QCOMPARE(m_desk->commands, QStringList());
    click(part(u"deny"_s));
    QTRY_VERIFY(other->isActiveWindow());
}

void ApprovalDeskTest::staysOnTopUntilActivated()
{
    const auto other = otherProgram();
    QVERIFY(other);
    ask({plainRequest(now())});
    const auto state = u"_NET_WM_STATE"_s;
    const auto above = u"_NET_WM_STATE_ABOVE"_s;
    QTRY_VERIFY(windowProperty(*shown(), state).contains(above));
    QVERIFY(m_approvals->show({}));
    QVERIFY(waitActive(shown()));
    QTRY_VERIFY(!windowProperty(*shown(), state).contains(above));
    press(shown(), Qt::Key_Return);
    m_desk->clock().advance(kRest);
    QVERIFY(waitActive(other.get()));
    ask({plainRequest(now(), u"second"_s)});
    QVERIFY(shown());
    QTRY_VERIFY(windowProperty(*shown(), state).contains(above));
}

void ApprovalDeskTest::appearsWithNothingUnderThePointer_data()
{
    QTest::addColumn<QString>("control");
    for (const auto *name :
         {"allow", "deny", "details", "durations", "accounts", "permission:write:todos"})
        QTest::newRow(name) << QString::fromLatin1(name);
}

// The pointer waits where the control would be.
void ApprovalDeskTest::appearsWithNothingUnderThePointer()
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

void ApprovalDeskTest::oneAtATimeMostUrgentFirst()
{
    auto first = plainRequest(now(), u"first"_s);
    auto second = websiteRequest(now());
    ask({first, second});
    QCOMPARE(wordsOf(u"headline"_s), u"Claude Code asks to act for you"_s);
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

void ApprovalDeskTest::showsTheNamedRequest()
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

void ApprovalDeskTest::showsWaitingOnesInTurn()
{
    ask({plainRequest(now()), websiteRequest(now())});
    click(part(u"waiting"_s));
    QCOMPARE(shown()->windowTitle(), u"Gatehouse: web page request"_s);
    click(part(u"waiting"_s));
    QCOMPARE(shown()->windowTitle(), u"Gatehouse: access request"_s);
    QCOMPARE(m_desk->commands, QStringList());
}

void ApprovalDeskTest::pausedShowsNothingByItself()
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

void ApprovalDeskTest::deniedInANotification()
{
    askAndWake(plainRequest(now()));
    m_approvals->deny(InteractionId(u"plain"_s));
    QVERIFY(!shown());
    QCOMPARE(m_desk->commands, QStringList{u"answer plain deny"_s});
    ask({});
    m_desk->clock().advance(kRest);
    QVERIFY(!shown());
}

void ApprovalDeskTest::expiredTurnsGrey()
{
    askAndWake(plainRequest(now()));
    m_desk->clock().advance(9min + 30s);
    QCOMPARE(wordsOf(u"claim"_s), u"This request has expired. Start again from the program."_s);
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

void ApprovalDeskTest::withdrawnTurnsGrey()
{
    askAndWake(plainRequest(now()));
    withdraw(plainRequest(now()));
    QCOMPARE(wordsOf(u"claim"_s), u"The program withdrew its request."_s);
    QVERIFY(!part(u"allow"_s)->isVisible());
    press(shown(), Qt::Key_Return);
    QVERIFY(!shown());
    QCOMPARE(m_desk->commands, QStringList());
}

void ApprovalDeskTest::answeredElsewhereGoes()
{
    askAndWake(plainRequest(now()));
    ask({});
    QVERIFY(!shown());
    QCOMPARE(m_alerts.filter(u"withdrew"_s), QStringList());
    m_desk->clock().advance(kRest);
    QVERIFY(!shown());
    QCOMPARE(m_desk->commands, QStringList());
}

void ApprovalDeskTest::answeredElsewhereIsFollowedByTheNext()
{
    askAndWake(plainRequest(now()));
    ask({plainRequest(now()), websiteRequest(now())});
    ask({websiteRequest(now())});
    m_desk->clock().advance(kRest - 1ms);
    QVERIFY(!shown());
    m_desk->clock().advance(1ms);
    QVERIFY(shown());
    QCOMPARE(shown()->windowTitle(), u"Gatehouse: web page request"_s);
    QVERIFY(!part(u"allow"_s)->isEnabled());
}

void ApprovalDeskTest::endedMakesRoom()
{
    const auto other = otherProgram();
    QVERIFY(other);
    ask({plainRequest(now()), websiteRequest(now())});
    withdraw(plainRequest(now()));
    QVERIFY(!shown());
    m_desk->clock().advance(kRest);
    QVERIFY(shown());
    QCOMPARE(shown()->windowTitle(), u"Gatehouse: web page request"_s);
    QVERIFY(part(u"deny"_s)->isVisible());
    QVERIFY(part(u"permissions"_s)->isEnabled());
}

} // namespace gatehouse::tests

QTEST_MAIN(gatehouse::tests::ApprovalDeskTest)
#include "tst_approval_desk.moc"

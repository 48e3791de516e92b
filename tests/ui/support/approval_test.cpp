// SPDX-License-Identifier: GPL-3.0-or-later
#include <ui/support/approval_test.h>

#include <ui/look.h>
#include <ui/look_widgets.h>

#include <QCursor>

namespace gatehouse::tests {

using namespace ui;

void ApprovalTest::initTestCase()
{
    installLook(*qApp);
    QApplication::setQuitOnLastWindowClosed(false);
    m_font = QApplication::font();
}

void ApprovalTest::init()
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

void ApprovalTest::cleanup()
{
    m_approvals.reset();
    m_desk.reset();
    QApplication::setFont(m_font);
    QApplication::setPalette(QPalette());
}

QString ApprovalTest::wordsOf(const QString &label) const
{
    return part<TextLabel>(label)->words();
}

void ApprovalTest::ask(const QList<AccessRequest> &requests)
{
    auto state = m_desk->state();
    state.requests = requests;
    state.withdrawn.clear();
    m_desk->show(state);
    // Before that the window manager may miss that it is to come forward.
    if (shown())
        QVERIFY(QTest::qWaitForWindowExposed(shown()));
}

void ApprovalTest::withdraw(const AccessRequest &request)
{
    auto state = m_desk->state();
    state.requests.removeIf([&](const auto &waiting) { return waiting.id == request.id; });
    state.withdrawn = {request.id};
    m_desk->show(state);
}

void ApprovalTest::askAndWake(const AccessRequest &request)
{
    ask({request});
    QVERIFY(shown());
    QVERIFY(becomesActive([&] { return m_approvals->show(request.id) ? shown() : nullptr; }));
    m_desk->clock().advance(kSleep);
}

std::unique_ptr<QLineEdit> ApprovalTest::otherProgram()
{
    auto other = std::make_unique<QLineEdit>();
    other->setGeometry(1300, 1000, 200, 60);
    other->show();
    const auto activate = [&] {
        other->activateWindow();
        return other.get();
    };
    if (!QTest::qWaitForWindowExposed(other.get()) || !becomesActive(activate))
        return nullptr;
    return other;
}

/// As often as a person would try: the window manager gives the focus away when another window has
/// just gone.
bool ApprovalTest::becomesActive(const std::function<QWidget *()> &activate)
{
    for (int i = 0; i < 5; ++i) {
        const auto *window = activate();
        if (!window)
            return false;
        if (QTest::qWaitFor([&] { return QApplication::activeWindow() == window; }, 1000))
            return true;
    }
    return false;
}

} // namespace gatehouse::tests

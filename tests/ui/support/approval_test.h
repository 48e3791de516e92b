// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ui/approval_desk.h>
#include <ui/support/fake_desk.h>
#include <ui/support/sample_requests.h>
#include <ui/support/window_test.h>

#include <QLineEdit>

#include <functional>
#include <memory>

namespace gatehouse::tests {

constexpr auto kSleep = 500ms; ///< of "Allow"
constexpr auto kRest = 500ms; ///< between two requests

/// What tests of approvals begin with: a desk where Alice and Bob have signed in and nothing waits,
/// a window for what the test asks, and what that window says to screen readers.
class ApprovalTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();

protected:
    [[nodiscard]] QWidget *shown() const { return window(u"approvalWindow"_s); }
    template <typename Widget = QWidget>
    [[nodiscard]] Widget *part(const QString &name) const
    {
        return shown() ? child<Widget>(*shown(), name) : nullptr;
    }
    [[nodiscard]] QString wordsOf(const QString &label) const;
    /// These wait now.
    void ask(const QList<ui::AccessRequest> &requests);
    /// Its page cancels one that waits.
    void withdraw(const ui::AccessRequest &request);
    /// The request, in an active window, after its sleep.
    void askAndWake(const ui::AccessRequest &request);
    /// A window of another program, in which the person types; null when it does not get the focus.
    [[nodiscard]] static std::unique_ptr<QLineEdit> otherProgram();
    [[nodiscard]] Instant now() const { return m_desk->clock().now(); }

    QFont m_font;
    QStringList m_alerts;
    std::unique_ptr<FakeDesk> m_desk;
    std::unique_ptr<ui::ApprovalDesk> m_approvals;

private:
    [[nodiscard]] static bool becomesActive(const std::function<QWidget *()> &activate);
};

} // namespace gatehouse::tests

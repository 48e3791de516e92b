// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/secret.h>

#include <QWidget>

class QLineEdit;
class QPushButton;

namespace gatehouse::ui {

class TextLabel;

/// A small window that asks for the client secret of the application at the tenant. What is typed
/// is hidden and forgotten when it closes. Lives as long as its asker and is shown again and again.
class SecretQuestion final : public QWidget {
    Q_OBJECT

public:
    SecretQuestion();

    /// Shows it for the tenant at `host` and comes forward.
    void ask(const QString &host);

Q_SIGNALS:
    /// Checked, but not tried at the tenant.
    void entered(const gatehouse::Secret &secret);

protected:
    void keyPressEvent(QKeyEvent *event) override;
    void hideEvent(QHideEvent *event) override;

private:
    void store();

    TextLabel *m_label;
    QLineEdit *m_edit;
    TextLabel *m_problem;
    QPushButton *m_store;
};

} // namespace gatehouse::ui

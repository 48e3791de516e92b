// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include <functional>

class QPushButton;

namespace gatehouse::ui {

class TextLabel;

/// A small window that asks before something that is hard to take back. It blocks nothing; Enter,
/// Esc and closing it change nothing. Lives as long as its asker and is shown again and again.
class Question final : public QWidget {
    Q_OBJECT

public:
    /// What is asked, in its newest wording; empty when there is nothing left to ask.
    using Text = std::function<QString()>;

    /// `name` is the object name; `confirm` and `keep` are verbs for the buttons.
    Question(const QString &name, const QString &confirm, const QString &keep);

    /// Shows the question and comes forward: the person has just asked for what it is about.
    void ask(const QString &title, Text text);
    /// Asks for the wording again; an open question closes when nothing is left to ask.
    void refresh();

Q_SIGNALS:
    void confirmed();

protected:
    void keyPressEvent(QKeyEvent *event) override;

private:
    void confirm();

    TextLabel *m_label;
    QPushButton *m_confirm;
    QPushButton *m_keep;
    Text m_text;
};

/// Shows a window over the one that the person works in: they have just asked for it.
void bringForward(QWidget &window);

} // namespace gatehouse::ui

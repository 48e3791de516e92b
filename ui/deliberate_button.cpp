// SPDX-License-Identifier: GPL-3.0-or-later
#include <ui/deliberate_button.h>

#include <QKeyEvent>

namespace gatehouse::ui {

DeliberateButton::DeliberateButton(const QString &text, QWidget *parent) : QPushButton(text, parent)
{
    setAutoDefault(false);
}

void DeliberateButton::keyPressEvent(QKeyEvent *event)
{
    const auto enter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    if (enter) {
        event->ignore();
        return;
    }
    if (!event->isAutoRepeat())
        QPushButton::keyPressEvent(event);
}

// Qt sends the second press of a double click here, and by default takes it for a first one.
void DeliberateButton::mouseDoubleClickEvent(QMouseEvent *event)
{
    event->accept();
}

} // namespace gatehouse::ui

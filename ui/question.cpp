// SPDX-License-Identifier: GPL-3.0-or-later
#include <ui/question.h>

#include <ui/look_widgets.h>

#include <QApplication>
#include <QDialogButtonBox>
#include <QKeyEvent>
#include <QPushButton>
#include <QVBoxLayout>
#include <QWindow>

namespace gatehouse::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr qreal kWidth = 28; // em

} // namespace

Question::Question(const QString &name, const QString &confirm, const QString &keep)
    : m_label(new TextLabel), m_confirm(new QPushButton(confirm)), m_keep(new QPushButton(keep))
{
    setObjectName(name);
    setWindowFlag(Qt::Dialog);
    // The person has just asked for it: an approval that waits on top does not hide it.
    setWindowFlag(Qt::WindowStaysOnTopHint);
    m_label->setObjectName(u"questionText"_s);
    m_label->setFixedWidth(em(kWidth));

    // The box knows the platform's order of buttons; the safe one is the default.
    auto *buttons = new QDialogButtonBox;
    m_confirm->setObjectName(u"questionConfirm"_s);
    m_confirm->setAutoDefault(false);
    m_keep->setObjectName(u"questionKeep"_s);
    m_keep->setDefault(true);
    for (auto *button : {m_confirm, m_keep})
        button->setMinimumHeight(kControlHeight);
    buttons->addButton(m_confirm, QDialogButtonBox::AcceptRole);
    buttons->addButton(m_keep, QDialogButtonBox::RejectRole);

    auto *line = new QHBoxLayout;
    line->setSpacing(kSpaceMedium);
    line->addWidget(new SymbolLabel(Symbol::Question, Tone::Caution), 0, Qt::AlignTop);
    line->addWidget(m_label, 1);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(kSpaceWide, kSpaceWide, kSpaceWide, kSpaceLarge);
    column->setSpacing(kSpaceWide);
    column->setSizeConstraint(QLayout::SetFixedSize);
    column->addLayout(line);
    column->addWidget(buttons);

    connect(m_confirm, &QPushButton::clicked, this, &Question::confirm);
    connect(m_keep, &QPushButton::clicked, this, &QWidget::close);
}

void Question::ask(const QString &title, Text text)
{
    m_text = std::move(text);
    setWindowTitle(title);
    refresh();
    m_keep->setFocus();
    bringForward(*this);
}

void bringForward(QWidget &window)
{
    if (const auto *active = QApplication::activeWindow(); active && active != &window) {
        window.winId();
        window.windowHandle()->setTransientParent(active->windowHandle());
    }
    window.show();
    window.raise();
    window.activateWindow();
}

void Question::refresh()
{
    const QString text = m_text ? m_text() : QString();
    if (text.isEmpty()) {
        close();
        return;
    }
    m_label->setText(text);
    setAccessibleName(text);
}

void Question::confirm()
{
    close();
    Q_EMIT confirmed();
}

void Question::keyPressEvent(QKeyEvent *event)
{
    const bool keeps = event->key() == Qt::Key_Escape || event->key() == Qt::Key_Return
        || event->key() == Qt::Key_Enter;
    if (keeps)
        close();
    else
        QWidget::keyPressEvent(event);
}

} // namespace gatehouse::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#include <ui/approval_details.h>

#include <ui/look.h>

#include <QEvent>
#include <QTextTable>

namespace gatehouse::ui {

namespace {

constexpr qreal kLabelWidth = 9; // em
constexpr int kLeastLines = 4;

} // namespace

ApprovalDetails::ApprovalDetails(QWidget *parent) : QTextEdit(parent)
{
    setReadOnly(true);
    setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    setTabChangesFocus(true);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setFrameShape(QFrame::NoFrame);
    viewport()->setAutoFillBackground(false);
    setWordWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    document()->setDocumentMargin(0);
}

void ApprovalDetails::set(const Rows &rows)
{
    m_rows = rows;
    write();
}

int ApprovalDetails::fullHeight(int width) const
{
    document()->setTextWidth(width);
    return qCeil(document()->size().height()) + 2;
}

int ApprovalDetails::leastHeight() const
{
    return kLeastLines * fontMetrics().lineSpacing();
}

void ApprovalDetails::changeEvent(QEvent *event)
{
    QTextEdit::changeEvent(event);
    // The document keeps the colours that it was written in.
    if (event->type() == QEvent::PaletteChange)
        write();
}

void ApprovalDetails::write()
{
    document()->clear();
    if (m_rows.isEmpty())
        return;
    QTextTableFormat format;
    format.setBorder(0);
    format.setCellPadding(2);
    format.setCellSpacing(0);
    format.setWidth(QTextLength(QTextLength::PercentageLength, 100));
    format.setColumnWidthConstraints(
        {QTextLength(QTextLength::FixedLength, em(kLabelWidth)), QTextLength()});
    QTextCursor cursor(document());
    auto *table = cursor.insertTable(int(m_rows.size()), 2, format);
    QTextCharFormat label;
    label.setForeground(toneColor(Tone::Second, palette()));
    // Addresses and names of programs read from left to right in every language.
    QTextBlockFormat leftToRight;
    leftToRight.setLayoutDirection(Qt::LeftToRight);
    for (int row = 0; row < table->rows(); ++row) {
        table->cellAt(row, 0).firstCursorPosition().insertText(m_rows.at(row).first, label);
        auto value = table->cellAt(row, 1).firstCursorPosition();
        value.setBlockFormat(leftToRight);
        value.insertText(m_rows.at(row).second);
    }
}

} // namespace gatehouse::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#include <ui/clients_delegate.h>

#include <ui/clients_model.h>
#include <ui/look_widgets.h>

#include <QApplication>
#include <QPainter>

namespace gatehouse::ui {

using namespace Qt::StringLiterals;

namespace {

struct MarkLook {
    Symbol symbol;
    Tone tone;
};

MarkLook lookOf(StateMark mark)
{
    switch (mark) {
    case StateMark::Connected:
        return {Symbol::Connected, Tone::Good};
    case StateMark::Allowed:
        return {Symbol::Allowed, Tone::Text};
    case StateMark::EndsSoon:
        return {Symbol::Clock, Tone::Caution};
    case StateMark::Paused:
        return {Symbol::Pause, Tone::Caution};
    case StateMark::SignedOut:
        return {Symbol::Person, Tone::Text};
    case StateMark::Over:
        return {Symbol::Forbidden, Tone::Second};
    case StateMark::Blocked:
        return {Symbol::Block, Tone::Danger};
    }
    return {Symbol::Forbidden, Tone::Second};
}

/// What a cell is painted with: on a selected row everything in the highlight's text colour.
class Cell {
public:
    Cell(QPainter &painter, const QStyleOptionViewItem &option)
        : m_painter(painter), m_option(option), m_palette(option.palette)
    {
        m_palette.setColor(QPalette::Window, m_palette.color(QPalette::Base));
        m_palette.setColor(QPalette::WindowText, m_palette.color(QPalette::Text));
    }

    [[nodiscard]] bool isSelected() const
    {
        return m_option.state.testFlag(QStyle::State_Selected);
    }
    [[nodiscard]] const QPalette &palette() const { return m_palette; }
    [[nodiscard]] QColor color(Tone tone) const
    {
        return isSelected() ? m_palette.color(QPalette::Active, QPalette::HighlightedText)
                            : toneColor(tone, m_palette);
    }
    /// Left to right or right to left, as the window.
    [[nodiscard]] QRect place(const QRect &rect) const
    {
        return QStyle::visualRect(m_option.direction, m_option.rect, rect);
    }
    void text(const QRect &rect, const QString &text, TextSize size, QFont::Weight weight,
              Tone tone) const
    {
        const auto font = textFont(size, weight);
        m_painter.setFont(font);
        m_painter.setPen(color(tone));
        const auto shown = QFontMetrics(font).elidedText(text, Qt::ElideRight, rect.width());
        const auto alignment =
            QStyle::visualAlignment(m_option.direction, Qt::AlignLeft | Qt::AlignVCenter);
        m_painter.drawText(place(rect), int(alignment | Qt::TextSingleLine), shown);
    }

private:
    QPainter &m_painter;
    const QStyleOptionViewItem &m_option;
    QPalette m_palette;
};

int lineHeight(TextSize size)
{
    return QFontMetrics(textFont(size)).height();
}

int tileSide()
{
    return lineHeight(TextSize::Body) + lineHeight(TextSize::Second);
}

QRect contents(const QRect &rect)
{
    return rect.adjusted(kSpaceMedium, kSpaceSmall, -kSpaceSmall, -kSpaceSmall);
}

void paintTwoLines(const Cell &cell, const QRect &rect, const QModelIndex &index,
                   QFont::Weight weight, Tone tone)
{
    const int first = lineHeight(TextSize::Body);
    const int second = lineHeight(TextSize::Second);
    const int top = rect.top() + (rect.height() - first - second) / 2;
    cell.text({rect.left(), top, rect.width(), first}, index.data().toString(), TextSize::Body,
              weight, tone);
    cell.text({rect.left(), top + first, rect.width(), second},
              index.data(ClientsModel::SecondLineRole).toString(), TextSize::Second, QFont::Normal,
              Tone::Second);
}

void paintClient(QPainter &painter, const Cell &cell, const QRect &rect, const QModelIndex &index)
{
    const int side = tileSide();
    const QRect tile(rect.left(), rect.center().y() - side / 2, side, side);
    // On the highlight a tile keeps its own ground, so that its letters stay readable.
    QPalette palette = cell.palette();
    paintTile(painter, cell.place(tile), initials(index.data().toString()), Tone::Text, palette);
    paintTwoLines(cell, rect.adjusted(side + kSpaceMedium, 0, 0, 0), index, QFont::DemiBold,
                  Tone::Text);
}

void paintState(QPainter &painter, const Cell &cell, const QRect &rect, const QModelIndex &index)
{
    const auto look = lookOf(index.data(ClientsModel::MarkRole).value<StateMark>());
    const int side = symbolSide();
    const int first = lineHeight(TextSize::Body);
    const int top = rect.top() + (rect.height() - first - lineHeight(TextSize::Second)) / 2;
    const QRect symbol(rect.left(), top + (first - side) / 2, side, side);
    painter.drawPixmap(cell.place(symbol),
                       symbolPixmap(look.symbol, cell.color(look.tone), side,
                                    painter.device()->devicePixelRatioF()));
    paintTwoLines(cell, rect.adjusted(side + kSpaceSmall, 0, 0, 0), index, QFont::Normal,
                  look.tone);
}

} // namespace

void ClientsDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option,
                            const QModelIndex &index) const
{
    QStyleOptionViewItem whole = option;
    initStyleOption(&whole, index);
    // The style paints ground and focus, this class the rest.
    whole.text.clear();
    whole.icon = {};
    const auto *style = whole.widget ? whole.widget->style() : QApplication::style();
    style->drawControl(QStyle::CE_ItemViewItem, &whole, painter, whole.widget);

    painter->save();
    const Cell cell(*painter, whole);
    const auto rect = contents(whole.rect);
    if (index.column() == ClientsModel::Client)
        paintClient(*painter, cell, rect, index);
    else if (index.column() == ClientsModel::State)
        paintState(*painter, cell, rect, index);
    else
        cell.text(rect, index.data().toString(), TextSize::Body, QFont::Normal, Tone::Text);
    painter->restore();
}

QSize ClientsDelegate::sizeHint(const QStyleOptionViewItem &, const QModelIndex &index) const
{
    const QFontMetrics bold(textFont(TextSize::Body, QFont::DemiBold));
    const QFontMetrics second(textFont(TextSize::Second));
    const int text =
        std::max(bold.horizontalAdvance(index.data().toString()),
                 second.horizontalAdvance(index.data(ClientsModel::SecondLineRole).toString()));
    const int beside = index.column() == ClientsModel::Client ? tileSide() + kSpaceMedium
        : index.column() == ClientsModel::State               ? symbolSide() + kSpaceSmall
                                                              : 0;
    return {kSpaceMedium + beside + text + kSpaceSmall, tileSide() + 2 * kSpaceSmall};
}

} // namespace gatehouse::ui

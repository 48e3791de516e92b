// SPDX-License-Identifier: GPL-3.0-or-later
#include <ui/look_style.h>

#include <ui/look.h>

#include <QPainter>
#include <QPainterPath>
#include <QStyleFactory>
#include <QStyleOption>

namespace gatehouse::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr qreal kOutline = 0.55;
constexpr qreal kOutlineDisabled = 0.3;
constexpr qreal kRadius = 3;
constexpr int kLeastIndicator = 14;

QColor outlineColor(const QStyleOption &option)
{
    const auto part = option.state.testFlag(QStyle::State_Enabled) ? kOutline : kOutlineDisabled;
    return blended(option.palette.color(QPalette::Text), option.palette.color(QPalette::Base),
                   part);
}

QRectF onPixels(const QRect &rect)
{
    return QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5);
}

void drawOutline(const QStyleOption &option, QPainter &painter)
{
    const auto focused = option.state.testFlag(QStyle::State_HasFocus);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(focused ? option.palette.color(QPalette::Highlight) : outlineColor(option));
    painter.drawRoundedRect(onPixels(option.rect), kRadius, kRadius);
    painter.restore();
}

void drawTick(const QRectF &box, QPainter &painter)
{
    QPainterPath tick;
    tick.moveTo(box.left() + box.width() * 0.24, box.top() + box.height() * 0.53);
    tick.lineTo(box.left() + box.width() * 0.43, box.top() + box.height() * 0.71);
    tick.lineTo(box.left() + box.width() * 0.77, box.top() + box.height() * 0.31);
    painter.setBrush(Qt::NoBrush);
    painter.drawPath(tick);
}

void drawCheckBox(const QStyleOption &option, QPainter &painter)
{
    const auto enabled = option.state.testFlag(QStyle::State_Enabled);
    const auto checked = option.state.testFlag(QStyle::State_On);
    const auto mixed = option.state.testFlag(QStyle::State_NoChange);
    const auto group = enabled ? QPalette::Active : QPalette::Disabled;
    // Some palettes leave the disabled highlight as bright as the other one.
    const auto fill =
        enabled ? option.palette.color(group, QPalette::Highlight) : outlineColor(option);
    const auto box = onPixels(option.rect);

    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(checked || mixed ? fill : outlineColor(option));
    painter.setBrush(checked || mixed ? fill : option.palette.color(QPalette::Base));
    painter.drawRoundedRect(box, kRadius, kRadius);
    painter.setPen(QPen(option.palette.color(QPalette::Active, QPalette::HighlightedText),
                        box.width() / 8, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    if (checked)
        drawTick(box, painter);
    if (mixed)
        painter.drawLine(QPointF(box.left() + box.width() * 0.3, box.center().y()),
                         QPointF(box.right() - box.width() * 0.3, box.center().y()));
    painter.restore();
}

void drawRadioButton(const QStyleOption &option, QPainter &painter)
{
    const auto enabled = option.state.testFlag(QStyle::State_Enabled);
    const auto box = onPixels(option.rect);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(outlineColor(option));
    painter.setBrush(option.palette.color(QPalette::Base));
    painter.drawEllipse(box);
    if (option.state.testFlag(QStyle::State_On)) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(enabled ? option.palette.color(QPalette::Highlight)
                                 : outlineColor(option));
        const auto margin = box.width() / 4;
        painter.drawEllipse(box.adjusted(margin, margin, -margin, -margin));
    }
    painter.restore();
}

} // namespace

LookStyle::LookStyle() : QProxyStyle(QStyleFactory::create(u"Fusion"_s)) { }

void LookStyle::drawPrimitive(PrimitiveElement element, const QStyleOption *option,
                              QPainter *painter, const QWidget *widget) const
{
    switch (element) {
    case PE_IndicatorCheckBox:
    case PE_IndicatorItemViewItemCheck:
        drawCheckBox(*option, *painter);
        return;
    case PE_IndicatorRadioButton:
        drawRadioButton(*option, *painter);
        return;
    case PE_FrameLineEdit:
        drawOutline(*option, *painter);
        return;
    default:
        QProxyStyle::drawPrimitive(element, option, painter, widget);
    }
}

void LookStyle::drawComplexControl(ComplexControl control, const QStyleOptionComplex *option,
                                   QPainter *painter, const QWidget *widget) const
{
    QProxyStyle::drawComplexControl(control, option, painter, widget);
    if (control == CC_ComboBox || control == CC_SpinBox)
        drawOutline(*option, *painter);
}

int LookStyle::pixelMetric(PixelMetric metric, const QStyleOption *option,
                           const QWidget *widget) const
{
    switch (metric) {
    case PM_IndicatorWidth:
    case PM_IndicatorHeight:
    case PM_ExclusiveIndicatorWidth:
    case PM_ExclusiveIndicatorHeight:
        return std::max(kLeastIndicator, symbolSide());
    default:
        return QProxyStyle::pixelMetric(metric, option, widget);
    }
}

// Fusion's margin is the same on all sides: one that suits the sides would cut the text's height.
void LookStyle::drawControl(ControlElement element, const QStyleOption *option, QPainter *painter,
                            const QWidget *widget) const
{
    if (element != CE_HeaderLabel)
        return QProxyStyle::drawControl(element, option, painter, widget);
    const bool rightToLeft = option->direction == Qt::RightToLeft;
    painter->save();
    painter->translate(rightToLeft ? -kSpaceSmall : kSpaceSmall, 0);
    QProxyStyle::drawControl(element, option, painter, widget);
    painter->restore();
}

QSize LookStyle::sizeFromContents(ContentsType type, const QStyleOption *option,
                                  const QSize &contents, const QWidget *widget) const
{
    auto size = QProxyStyle::sizeFromContents(type, option, contents, widget);
    switch (type) {
    case CT_PushButton:
        size.setWidth(size.width() + 2 * kSpaceTiny);
        [[fallthrough]];
    case CT_ComboBox:
    case CT_LineEdit:
    case CT_SpinBox:
        size.setHeight(std::max(size.height(), kControlHeight));
        break;
    default:
        break;
    }
    return size;
}

int LookStyle::styleHint(StyleHint hint, const QStyleOption *option, const QWidget *widget,
                         QStyleHintReturn *answer) const
{
    // The focus frame goes around a whole row, not between its symbol and its words.
    if (hint == SH_ItemView_ShowDecorationSelected)
        return 1;
    return QProxyStyle::styleHint(hint, option, widget, answer);
}

} // namespace gatehouse::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#include <ui/approval_placement.h>

#include <ui/approval_form.h>
#include <ui/look.h>

#include <QAbstractButton>
#include <QComboBox>
#include <QCursor>
#include <QGuiApplication>
#include <QLayout>
#include <QScreen>
#include <QScrollArea>

#include <algorithm>

namespace gatehouse::ui {

namespace {

constexpr qreal kWidth = 42; // em
constexpr qreal kMostOfScreen = 0.85;

/// Also the layouts inside, which remember sizes of their own.
void invalidateDeeply(QLayout &layout)
{
    for (int i = 0; i < layout.count(); ++i) {
        auto *item = layout.itemAt(i);
        if (auto *inside = item->layout())
            invalidateDeeply(*inside);
        item->invalidate();
    }
    layout.invalidate();
}

/// Forgets the sizes that the layouts inside remember: a change deep inside reaches the outer ones
/// only with a later event.
void measureAnew(QWidget &outer)
{
    const auto inside = outer.findChildren<QWidget *>();
    for (auto *widget : inside) {
        if (widget->layout()) {
            invalidateDeeply(*widget->layout());
            widget->updateGeometry();
        }
    }
    invalidateDeeply(*outer.layout());
}

/// True when the pointer would be over a control of the window, were its top left corner here.
bool pointerHitsControl(const QWidget &window, const QPoint &topLeft)
{
    const auto pointer = QCursor::pos() - topLeft;
    const auto margin = em(2); // for the frame, whose size is not known yet
    const auto hits = [&](const QWidget *control) {
        const QRect place(control->mapTo(&window, QPoint()), control->size());
        return !control->isHidden()
            && place.adjusted(-margin, -margin, margin, margin).contains(pointer);
    };
    const auto buttons = window.findChildren<QAbstractButton *>();
    const auto choices = window.findChildren<QComboBox *>();
    return std::ranges::any_of(buttons, hits) || std::ranges::any_of(choices, hits);
}

} // namespace

void fitToScreen(QWidget &window, QScrollArea &scroll, ApprovalForm &form)
{
    const auto screenSize = window.screen()->availableSize();
    const auto width = std::min(em(kWidth), screenSize.width());
    const auto room = int(screenSize.height() * kMostOfScreen);
    window.setFixedWidth(width);
    auto heights = form.fullHeights(width);
    const auto least = form.leastHeights();
    const auto wanted = [&] {
        form.setHeights(heights);
        measureAnew(window);
        scroll.setFixedHeight(form.layout()->totalHeightForWidth(width));
        window.layout()->activate();
        return window.layout()->totalHeightForWidth(width);
    };
    const auto shrink = [&](int &height, int leastHeight) {
        if (const auto excess = wanted() - room; excess > 0)
            height = std::max(std::min(height, leastHeight), height - excess);
    };
    if (form.showsDetails())
        shrink(heights.details, least.details);
    shrink(heights.permissions, least.permissions);
    const auto excess = wanted() - room;
    if (excess > 0)
        scroll.setFixedHeight(scroll.height() - excess);
    scroll.setVerticalScrollBarPolicy(excess > 0 ? Qt::ScrollBarAsNeeded : Qt::ScrollBarAlwaysOff);
    window.setFixedHeight(window.layout()->totalHeightForWidth(width));
}

void placeAwayFromPointer(QWidget &window)
{
    const auto *at = QGuiApplication::screenAt(QCursor::pos());
    const auto area = (at ? at : window.screen())->availableGeometry();
    const QSize room(area.width() - window.width(), area.height() - window.height());
    const QPoint middle(area.left() + room.width() / 2,
                        area.top() + std::max(0, room.height()) / 4);
    // From the middle outwards, downwards last.
    QList<QPoint> shifts{QPoint()};
    for (int distance = em(1); distance <= area.width(); distance += em(1))
        shifts << QPoint(-distance, 0) << QPoint(distance, 0) << QPoint(0, -distance);
    for (int distance = em(1); distance <= area.height(); distance += em(1))
        shifts << QPoint(0, distance);
    for (const auto shift : shifts) {
        const auto fits = shift.isNull() || area.contains(QRect(middle + shift, window.size()));
        if (fits && !pointerHitsControl(window, middle + shift)) {
            window.move(middle + shift);
            return;
        }
    }
    window.move(middle);
}

} // namespace gatehouse::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QIcon>
#include <QObject>
#include <QPixmap>

namespace gatehouse::ui {

Q_NAMESPACE

/// The drawings in resources/icons/symbols, on a 16 px grid, in one colour. Each stands in the file
/// that has its name in lower case.
enum class Symbol {
    Question, ///< claimed, not verified
    Clock,
    Check,
    Forbidden, ///< a cross in a circle
    Caution, ///< a triangle
    Danger, ///< an octagon
    Reads,
    Changes,
    Deletes,
    Closed, ///< a chevron that points to the end of the line
    Open, ///< a chevron that points down
    Person,
    Pause,
    Resume,
    Shield,
    Block,
    Search,
    Clients,
    Connected, ///< a tick in a circle
    Allowed, ///< a ring
    Info,
    Copy,
};
Q_ENUM_NS(Symbol)

/// The symbol, `side` device-independent pixels wide and high.
[[nodiscard]] QPixmap symbolPixmap(Symbol symbol, const QColor &color, int side,
                                   qreal pixelRatio = 1);
/// The symbol at any size; drawn in the palette's text colour when the colour is invalid.
[[nodiscard]] QIcon symbolIcon(Symbol symbol, const QColor &color = {});
/// The SVG file resources/icons/NAME.svg.
[[nodiscard]] QByteArray drawing(const QString &name);
/// The program's own icon.
[[nodiscard]] QIcon programIcon();

} // namespace gatehouse::ui

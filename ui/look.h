// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QFont>
#include <QPalette>

class QApplication;
class QWidget;

/// How all windows look: colours derived from the platform's palette, fonts and lengths derived
/// from its font. Nothing here keeps state; callers ask again when palette or font change.
namespace gatehouse::ui {

/// The only colours of our own. They never stand alone: an icon and a word say the same.
enum class Accent { Calm, Good, Caution, Danger };

/// What a text or symbol is drawn in: the palette's text, the second text, or an accent.
enum class Tone { Text, Second, Calm, Good, Caution, Danger };

[[nodiscard]] Tone toneOf(Accent accent);

/// True when the palette's Window is dark.
[[nodiscard]] bool isDark(const QPalette &palette);
/// The accent that suits the palette; its WindowText in high contrast.
[[nodiscard]] QColor accentColor(Accent accent, const QPalette &palette);
[[nodiscard]] QColor toneColor(Tone tone, const QPalette &palette);
/// Separators and frames.
[[nodiscard]] QColor lineColor(const QPalette &palette);
/// Inside of a box or mark in an accent, over `ground` (the palette's Window when invalid).
[[nodiscard]] QColor boxColor(Accent accent, const QPalette &palette, const QColor &ground = {});
[[nodiscard]] QColor boxBorderColor(Accent accent, const QPalette &palette,
                                    const QColor &ground = {});
/// `part` (0 to 1) of `over`, the rest of `under`.
[[nodiscard]] QColor blended(const QColor &over, const QColor &under, qreal part);

/// Sizes of text, as parts of the system's font.
enum class TextSize { PageTitle, Headline, Panel, Body, Second };
[[nodiscard]] QFont textFont(TextSize size, QFont::Weight weight = QFont::Normal);
/// For codes and addresses.
[[nodiscard]] QFont fixedFont(TextSize size = TextSize::Body, QFont::Weight weight = QFont::Normal);

/// Distances in pixels.
constexpr int kSpaceTiny = 4;
constexpr int kSpaceSmall = 8;
constexpr int kSpaceMedium = 12;
constexpr int kSpaceLarge = 16;
constexpr int kSpaceWide = 22;
constexpr int kControlHeight = 30; ///< least height of buttons and fields
constexpr int kTargetHeight = 24; ///< least height of anything else that can be clicked
/// Width of `count` em in the system's font.
[[nodiscard]] int em(qreal count);
/// Side of a symbol beside text of this size.
[[nodiscard]] int symbolSide(TextSize size = TextSize::Body);

/// Gives the application our style (outlines for Fusion, the platform's own otherwise) and icon.
/// Called once, after the application is constructed.
void installLook(QApplication &application);

/// A text of ours or shownText() from outside, kept left to right inside a sentence of either
/// direction: addresses, codes, times.
[[nodiscard]] QString isolated(const QString &text);

} // namespace gatehouse::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#include <ui/look.h>

#include <ui/look_style.h>
#include <ui/look_symbols.h>

#include <QApplication>
#include <QFontDatabase>
#include <QFontMetricsF>
#include <QStyle>

#include <array>
#include <cmath>

namespace gatehouse::ui {

namespace {

constexpr qreal kSecondText = 0.72;
constexpr qreal kLine = 0.18;
constexpr qreal kBox = 0.12;
constexpr qreal kBoxBorder = 0.45;
/// Black on white has 21; desktops' ordinary themes stay below this on their windows and buttons.
constexpr qreal kHighContrast = 20;

struct AccentColors {
    QRgb light;
    QRgb dark;
};

// By Accent.
constexpr std::array kAccents{
    AccentColors{0xff1f5fa8, 0xff8cbbf2},
    AccentColors{0xff1a6b3a, 0xff7bd397},
    AccentColors{0xff8a4a00, 0xfff2b65a},
    AccentColors{0xffb3211b, 0xffff938a},
};

/// WCAG 2.2, relative luminance.
qreal luminance(const QColor &color)
{
    const auto linear = [](qreal channel) {
        return channel <= 0.04045 ? channel / 12.92 : std::pow((channel + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF())
        + 0.0722 * linear(color.blueF());
}

/// WCAG 2.2, contrast ratio.
qreal contrast(const QColor &one, const QColor &other)
{
    const auto lighter = std::max(luminance(one), luminance(other));
    const auto darker = std::min(luminance(one), luminance(other));
    return (lighter + 0.05) / (darker + 0.05);
}

/// Lists and fields are black on white in many ordinary themes, so their ground alone says nothing.
bool isHighContrast(const QPalette &palette)
{
    const auto between = [&palette](QPalette::ColorRole text, QPalette::ColorRole ground) {
        return contrast(palette.color(text), palette.color(ground));
    };
    return between(QPalette::WindowText, QPalette::Window) >= kHighContrast
        && between(QPalette::ButtonText, QPalette::Button) >= kHighContrast;
}

qreal factor(TextSize size)
{
    switch (size) {
    case TextSize::PageTitle:
        return 1.55;
    case TextSize::Headline:
        return 1.45;
    case TextSize::Panel:
        return 1.15;
    case TextSize::Body:
        return 1;
    case TextSize::Second:
        return 0.9;
    }
    return 1;
}

QFont scaled(QFont font, TextSize size, QFont::Weight weight)
{
    // A platform gives its font in points or in pixels.
    if (font.pointSizeF() > 0)
        font.setPointSizeF(font.pointSizeF() * factor(size));
    else
        font.setPixelSize(qRound(font.pixelSize() * factor(size)));
    font.setWeight(weight);
    return font;
}

QColor groundOr(const QColor &ground, const QPalette &palette)
{
    return ground.isValid() ? ground : palette.color(QPalette::Window);
}

} // namespace

Tone toneOf(Accent accent)
{
    switch (accent) {
    case Accent::Calm:
        return Tone::Calm;
    case Accent::Good:
        return Tone::Good;
    case Accent::Caution:
        return Tone::Caution;
    case Accent::Danger:
        return Tone::Danger;
    }
    return Tone::Text;
}

bool isDark(const QPalette &palette)
{
    return luminance(palette.color(QPalette::Window))
        < luminance(palette.color(QPalette::WindowText));
}

QColor accentColor(Accent accent, const QPalette &palette)
{
    if (isHighContrast(palette))
        return palette.color(QPalette::WindowText);
    const auto &colors = kAccents.at(size_t(accent));
    return QColor::fromRgba(isDark(palette) ? colors.dark : colors.light);
}

QColor toneColor(Tone tone, const QPalette &palette)
{
    switch (tone) {
    case Tone::Text:
        return palette.color(QPalette::WindowText);
    case Tone::Second:
        return blended(palette.color(QPalette::WindowText), palette.color(QPalette::Window),
                       kSecondText);
    case Tone::Calm:
        return accentColor(Accent::Calm, palette);
    case Tone::Good:
        return accentColor(Accent::Good, palette);
    case Tone::Caution:
        return accentColor(Accent::Caution, palette);
    case Tone::Danger:
        return accentColor(Accent::Danger, palette);
    }
    return palette.color(QPalette::WindowText);
}

QColor lineColor(const QPalette &palette)
{
    return blended(palette.color(QPalette::WindowText), palette.color(QPalette::Window), kLine);
}

QColor boxColor(Accent accent, const QPalette &palette, const QColor &ground)
{
    return blended(accentColor(accent, palette), groundOr(ground, palette), kBox);
}

QColor boxBorderColor(Accent accent, const QPalette &palette, const QColor &ground)
{
    return blended(accentColor(accent, palette), groundOr(ground, palette), kBoxBorder);
}

QColor blended(const QColor &over, const QColor &under, qreal part)
{
    const auto mixed = [part](float a, float b) { return float(a * part + b * (1 - part)); };
    return QColor::fromRgbF(mixed(over.redF(), under.redF()), mixed(over.greenF(), under.greenF()),
                            mixed(over.blueF(), under.blueF()));
}

QFont textFont(TextSize size, QFont::Weight weight)
{
    return scaled(QApplication::font(), size, weight);
}

QFont fixedFont(TextSize size, QFont::Weight weight)
{
    auto font = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    const auto body = QApplication::font();
    if (body.pointSizeF() > 0)
        font.setPointSizeF(body.pointSizeF());
    else
        font.setPixelSize(body.pixelSize());
    return scaled(font, size, weight);
}

int em(qreal count)
{
    return qRound(QFontMetricsF(QApplication::font()).height() * 0.75 * count);
}

int symbolSide(TextSize size)
{
    return qRound(QFontMetricsF(textFont(size)).height() * 0.8);
}

void installLook(QApplication &application)
{
    if (QApplication::style()->objectName().compare(u"fusion", Qt::CaseInsensitive) == 0)
        QApplication::setStyle(new LookStyle);
    application.setWindowIcon(programIcon());
}

QString isolated(const QString &text)
{
    constexpr QChar leftToRightIsolate(0x2066);
    constexpr QChar popIsolate(0x2069);
    return leftToRightIsolate + text + popIsolate;
}

} // namespace gatehouse::ui

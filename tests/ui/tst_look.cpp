// SPDX-License-Identifier: GPL-3.0-or-later
#include <ui/look.h>
#include <ui/look_symbols.h>
#include <ui/support/sample_desk.h>

#include <QMetaEnum>
#include <QStyle>
#include <QStyleFactory>
#include <QTest>

#include <algorithm>
#include <cmath>
#include <memory>

using namespace gatehouse::tests;
using namespace gatehouse::ui;

namespace {

/// Black on white, or the reverse, on windows, fields and buttons alike.
QPalette contrasting(const QColor &text, const QColor &ground)
{
    QPalette palette;
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        palette.setColor(role, text);
    for (const auto role : {QPalette::Window, QPalette::Base, QPalette::Button})
        palette.setColor(role, ground);
    return palette;
}

/// As boxes on a field's ground set it.
QPalette onBase(QPalette palette)
{
    palette.setColor(QPalette::Window, palette.color(QPalette::Base));
    return palette;
}

qreal channel(qreal value)
{
    return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
}

qreal luminance(const QColor &color)
{
    return 0.2126 * channel(color.redF()) + 0.7152 * channel(color.greenF())
        + 0.0722 * channel(color.blueF());
}

/// WCAG 2.2
qreal contrast(const QColor &one, const QColor &other)
{
    const auto [dark, light] = std::minmax({luminance(one), luminance(other)});
    return (light + 0.05) / (dark + 0.05);
}

} // namespace

class TestLook : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void accents_data();
    void accents();
    void everySymbolIsDrawn_data();
    void everySymbolIsDrawn();
};

void TestLook::accents_data()
{
    QTest::addColumn<QPalette>("palette");
    QTest::addColumn<bool>("coloured");
    const std::unique_ptr<QStyle> style(QStyleFactory::create(u"Fusion"_s));
    const auto fusion = style->standardPalette();
    QTest::newRow("Fusion") << fusion << true;
    QTest::newRow("Fusion, in a box") << onBase(fusion) << true;
    QTest::newRow("light") << lightPalette() << true;
    QTest::newRow("light, in a box") << onBase(lightPalette()) << true;
    QTest::newRow("dark") << darkPalette() << true;
    QTest::newRow("dark, in a box") << onBase(darkPalette()) << true;
    QTest::newRow("black on white") << contrasting(Qt::black, Qt::white) << false;
    QTest::newRow("white on black") << contrasting(Qt::white, Qt::black) << false;
}

void TestLook::accents()
{
    QFETCH(QPalette, palette);
    QFETCH(bool, coloured);
    for (const auto accent : {Accent::Calm, Accent::Good, Accent::Caution, Accent::Danger}) {
        const auto color = accentColor(accent, palette);
        QCOMPARE(color != palette.color(QPalette::WindowText), coloured);
        QVERIFY(contrast(color, palette.color(QPalette::Window)) >= 4.5);
        QVERIFY(contrast(color, boxColor(accent, palette)) >= 4.5);
    }
    QVERIFY(contrast(toneColor(Tone::Second, palette), palette.color(QPalette::Window)) >= 4.5);
}

void TestLook::everySymbolIsDrawn_data()
{
    QTest::addColumn<Symbol>("symbol");
    const auto symbols = QMetaEnum::fromType<Symbol>();
    for (int i = 0; i < symbols.keyCount(); ++i)
        QTest::newRow(symbols.key(i)) << Symbol(symbols.value(i));
}

void TestLook::everySymbolIsDrawn()
{
    QFETCH(Symbol, symbol);
    QImage blank(16, 16, QImage::Format_ARGB32_Premultiplied);
    blank.fill(Qt::transparent);
    const auto image = symbolPixmap(symbol, Qt::black, 16).toImage();
    QVERIFY(image.convertToFormat(blank.format()) != blank);
}

QTEST_MAIN(TestLook)
#include "tst_look.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include <ui/look_symbols.h>

#include <ui/look.h>

#include <QApplication>
#include <QFile>
#include <QIconEngine>
#include <QMetaEnum>
#include <QPainter>
#include <QPalette>
#include <QSvgRenderer>

namespace gatehouse::ui {

using namespace Qt::StringLiterals;

namespace {

/// Draws an SVG by itself, at the size asked for: no image plugin has to be installed.
class DrawingEngine final : public QIconEngine {
public:
    DrawingEngine(QString name, QColor color) : m_name(std::move(name)), m_color(color) { }

    void paint(QPainter *painter, const QRect &rect, QIcon::Mode mode, QIcon::State) override
    {
        auto svg = drawing(m_name);
        svg.replace("currentColor", colorFor(mode).name().toLatin1());
        QSvgRenderer(svg).render(painter, rect);
    }

    QPixmap pixmap(const QSize &size, QIcon::Mode mode, QIcon::State state) override
    {
        QPixmap pixmap(size);
        pixmap.fill(Qt::transparent);
        QPainter painter(&pixmap);
        paint(&painter, QRect({}, size), mode, state);
        return pixmap;
    }

    [[nodiscard]] QIconEngine *clone() const override { return new DrawingEngine(*this); }

private:
    [[nodiscard]] QColor colorFor(QIcon::Mode mode) const
    {
        const auto palette = QApplication::palette();
        if (mode == QIcon::Disabled)
            return palette.color(QPalette::Disabled, QPalette::WindowText);
        if (mode == QIcon::Selected)
            return palette.color(QPalette::HighlightedText);
        return m_color.isValid() ? m_color : palette.color(QPalette::WindowText);
    }

    QString m_name;
    QColor m_color;
};

QString nameOf(Symbol symbol)
{
    const auto *key = QMetaEnum::fromType<Symbol>().valueToKey(int(symbol));
    return u"symbols/"_s + QString::fromLatin1(key).toLower();
}

} // namespace

QByteArray drawing(const QString &name)
{
    QFile file(u":/gatehouse/icons/%1.svg"_s.arg(name));
    const auto opened = file.open(QIODevice::ReadOnly);
    Q_ASSERT_X(opened, "drawing", qPrintable(name));
    return opened ? file.readAll() : QByteArray();
}

QPixmap symbolPixmap(Symbol symbol, const QColor &color, int side, qreal pixelRatio)
{
    QPixmap pixmap(QSize(side, side) * pixelRatio);
    pixmap.setDevicePixelRatio(pixelRatio);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    DrawingEngine(nameOf(symbol), color)
        .paint(&painter, QRect(0, 0, side, side), QIcon::Normal, QIcon::Off);
    return pixmap;
}

QIcon symbolIcon(Symbol symbol, const QColor &color)
{
    return QIcon(new DrawingEngine(nameOf(symbol), color));
}

QIcon programIcon()
{
    return QIcon(new DrawingEngine(u"gatehouse"_s, {}));
}

} // namespace gatehouse::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#include <ui/look_symbols.h>

#include <ui/look.h>

#include <QApplication>
#include <QFile>
#include <QIconEngine>
#include <QPainter>
#include <QPalette>
#include <QSvgRenderer>

namespace gatehouse::ui {

using namespace Qt::StringLiterals;

namespace {

QString fileName(Symbol symbol)
{
    switch (symbol) {
    case Symbol::Question:
        return u"question"_s;
    case Symbol::Clock:
        return u"clock"_s;
    case Symbol::Check:
        return u"check"_s;
    case Symbol::Forbidden:
        return u"forbidden"_s;
    case Symbol::Caution:
        return u"caution"_s;
    case Symbol::Danger:
        return u"danger"_s;
    case Symbol::Reads:
        return u"reads"_s;
    case Symbol::Changes:
        return u"changes"_s;
    case Symbol::Deletes:
        return u"deletes"_s;
    case Symbol::Closed:
        return u"closed"_s;
    case Symbol::Open:
        return u"open"_s;
    case Symbol::Person:
        return u"person"_s;
    case Symbol::Pause:
        return u"pause"_s;
    case Symbol::Resume:
        return u"resume"_s;
    case Symbol::Shield:
        return u"shield"_s;
    case Symbol::Block:
        return u"block"_s;
    case Symbol::Search:
        return u"search"_s;
    case Symbol::Clients:
        return u"clients"_s;
    case Symbol::Connected:
        return u"connected"_s;
    case Symbol::Allowed:
        return u"allowed"_s;
    case Symbol::Info:
        return u"info"_s;
    case Symbol::Copy:
        return u"copy"_s;
    }
    return {};
}

QByteArray drawing(const QString &path)
{
    QFile file(path);
    const auto opened = file.open(QIODevice::ReadOnly);
    Q_ASSERT_X(opened, "drawing", qPrintable(path));
    return opened ? file.readAll() : QByteArray();
}

/// Draws an SVG by itself, at the size asked for: no image plugin has to be installed.
class DrawingEngine final : public QIconEngine {
public:
    DrawingEngine(QString path, QColor color) : m_path(std::move(path)), m_color(color) { }

    void paint(QPainter *painter, const QRect &rect, QIcon::Mode mode, QIcon::State) override
    {
        auto svg = drawing(m_path);
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

    QString m_path;
    QColor m_color;
};

QString symbolPath(Symbol symbol)
{
    return u":/gatehouse/icons/symbols/%1.svg"_s.arg(fileName(symbol));
}

} // namespace

QPixmap symbolPixmap(Symbol symbol, const QColor &color, int side, qreal pixelRatio)
{
    QPixmap pixmap(QSize(side, side) * pixelRatio);
    pixmap.setDevicePixelRatio(pixelRatio);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    DrawingEngine(symbolPath(symbol), color)
        .paint(&painter, QRect(0, 0, side, side), QIcon::Normal, QIcon::Off);
    return pixmap;
}

QIcon symbolIcon(Symbol symbol, const QColor &color)
{
    return QIcon(new DrawingEngine(symbolPath(symbol), color));
}

QIcon programIcon()
{
    return QIcon(new DrawingEngine(u":/gatehouse/icons/gatehouse.svg"_s, {}));
}

} // namespace gatehouse::ui

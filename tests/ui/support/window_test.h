// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QApplication>
#include <QDir>
#include <QHeaderView>
#include <QLabel>
#include <QPlainTextEdit>
#include <QProcess>
#include <QPushButton>
#include <QStyleOptionHeader>
#include <QTest>
#include <QWidget>
#include <QWindow>

/// What tests of windows do as a person does it: by mouse and keyboard, on windows that are shown.
/// Events go to the window; whatever lies at the place or has the focus gets them.
namespace gatehouse::tests {

template <typename Widget>
[[nodiscard]] Widget *child(const QWidget &parent, const QString &name)
{
    return parent.findChild<Widget *>(name);
}

/// The visible top-level window of this object name, or null.
[[nodiscard]] inline QWidget *window(const QString &name)
{
    const auto widgets = QApplication::topLevelWidgets();
    for (auto *widget : widgets)
        if (widget->objectName() == name && widget->isVisible())
            return widget;
    return nullptr;
}

/// One click of the left button in the middle of the widget, or at a point of it.
inline void click(QWidget *widget, std::optional<QPoint> at = std::nullopt)
{
    QVERIFY(widget);
    QVERIFY2(widget->isVisible(), qPrintable(widget->objectName()));
    // What has just appeared or changed is laid out by events.
    QCoreApplication::processEvents();
    auto *top = widget->window();
    QTest::mouseClick(top->windowHandle(), Qt::LeftButton, {},
                      widget->mapTo(top, at.value_or(widget->rect().center())));
}

/// One key, to whatever has the focus in the window.
inline void press(QWidget *top, Qt::Key key, Qt::KeyboardModifiers modifiers = {})
{
    QTest::keyClick(top->windowHandle(), key, modifiers);
}

/// A text in the window that does not fit its place, if there is one.
[[nodiscard]] inline QString cutOff(const QWidget &top)
{
    for (const auto *text : top.findChildren<QLabel *>()) {
        if (!text->isVisible() || text->text().isEmpty())
            continue;
        const int needed =
            text->wordWrap() ? text->heightForWidth(text->width()) : text->sizeHint().height();
        if (text->height() < needed
            || (!text->wordWrap() && text->width() < text->sizeHint().width()))
            return text->text();
    }
    for (const auto *lines : top.findChildren<QPlainTextEdit *>()) {
        if (lines->isVisible() && !lines->parentWidget()->rect().contains(lines->geometry()))
            return lines->toPlainText();
    }
    for (const auto *header : top.findChildren<QHeaderView *>()) {
        QStyleOptionHeader option;
        option.rect = header->rect();
        const auto label = header->style()->subElementRect(QStyle::SE_HeaderLabel, &option, header);
        if (header->isVisible() && label.height() < header->fontMetrics().height())
            return QStringLiteral("header");
    }
    for (const auto *button : top.findChildren<QPushButton *>()) {
        if (button->isVisible() && button->width() < button->minimumSizeHint().width())
            return button->text();
    }
    return {};
}

/// Keeps a picture of the window as NAME.png in the folder that GATEHOUSE_SCREENSHOTS names, if it
/// names one. False when that fails.
[[nodiscard]] inline bool keepPicture(QWidget &top, const QString &name)
{
    const auto folder = qEnvironmentVariable("GATEHOUSE_SCREENSHOTS");
    return folder.isEmpty() || top.grab().save(QDir(folder).filePath(name + QLatin1String(".png")));
}

/// The window that the window manager takes for the active one.
[[nodiscard]] inline QByteArray activeWindowOfScreen()
{
    QProcess xdotool;
    xdotool.start(QStringLiteral("xdotool"), {QStringLiteral("getactivewindow")});
    xdotool.waitForFinished();
    return xdotool.readAllStandardOutput().trimmed();
}

/// Waits until `widget` is the active window for this program and for the window manager, which
/// decides, and takes its time on a busy machine. One that is closed before the window manager
/// knows it to be active leaves none active behind it.
[[nodiscard]] inline bool waitActive(QWidget *widget)
{
    // QTest's own would take a window for active when the one it belongs to is.
    return widget
        && QTest::qWaitFor([widget] { return QApplication::activeWindow() == widget; }, 15'000)
        && QTest::qWaitFor([own = QByteArray::number(
                                widget->winId())] { return activeWindowOfScreen() == own; },
                           15'000);
}

} // namespace gatehouse::tests

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPushButton>

namespace gatehouse::ui {

/// A button that only deliberate presses count for: no key that repeats, no second click of a
/// double click, and no Enter of its own. Its window decides what Enter means.
class DeliberateButton final : public QPushButton {
    Q_OBJECT

public:
    explicit DeliberateButton(const QString &text, QWidget *parent = nullptr);

protected:
    void keyPressEvent(QKeyEvent *event) override;
    void mouseDoubleClickEvent(QMouseEvent *event) override;
};

} // namespace gatehouse::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTextEdit>

#include <utility>

namespace gatehouse::ui {

/// Addresses, paths and names as they are, to be selected and copied. Scrolls when it gets less
/// room than it wants. Lives in an approval window.
class ApprovalDetails final : public QTextEdit {
    Q_OBJECT

public:
    using Rows = QList<std::pair<QString, QString>>;

    explicit ApprovalDetails(QWidget *parent = nullptr);
    /// A label and a value in each row.
    void set(const Rows &rows);
    /// What it wants at this width, in pixels, and the least that is of use.
    [[nodiscard]] int fullHeight(int width) const;
    [[nodiscard]] int leastHeight() const;

protected:
    void changeEvent(QEvent *event) override;

private:
    void write();

    Rows m_rows;
};

} // namespace gatehouse::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ui/look_widgets.h>

class QScrollArea;

namespace gatehouse::ui {

/// The permissions of one request, grouped by API, each with a box to tick and what it does to
/// data. Scrolls when it gets less room than it wants. Lives in an approval window.
class PermissionList : public Box {
    Q_OBJECT

public:
    enum class Ticked { All, ReadsOnly };

    explicit PermissionList(QWidget *parent = nullptr);
    void set(const QList<ScopeLine> &asked, const QList<ScopeLine> &allowed, Ticked ticked);
    /// Raw names of the asked permissions that are ticked.
    [[nodiscard]] QStringList ticked() const;
    /// True when there is something to tick and nothing is ticked.
    [[nodiscard]] bool nothingChosen() const;
    /// What it wants at this width, in pixels, and the least that is of use.
    [[nodiscard]] int fullHeight(int width) const;
    [[nodiscard]] int leastHeight() const;

Q_SIGNALS:
    void tickedChanged();
    /// More rows are shown than before.
    void grown();

private:
    void addGroups(const QList<ScopeLine> &asked, const QString &heading, Tone tone, Ticked ticked);
    void addRow(const ScopeLine &line, Ticked ticked);
    void addAllowed(const QList<ScopeLine> &allowed);
    void addConnectOnly();
    void addHeading(const QString &text, Tone tone);
    void addLine(Symbol symbol, Tone tone, const QString &text);
    void foldRows(const QList<ScopeLine> &asked);
    void add(QWidget *widget);

    QScrollArea *m_scroll;
    QWidget *m_content = nullptr;
    QList<WrappingCheckBox *> m_boxes;
    QStringList m_scopes; ///< of m_boxes
};

} // namespace gatehouse::ui

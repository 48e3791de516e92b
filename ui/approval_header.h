// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ui/request_words.h>

#include <QWidget>

namespace gatehouse::ui {

class SymbolLine;
class TextLabel;
class Tile;

/// Who asks, and what is known about that. The top of an approval window.
class ApprovalHeader final : public QWidget {
    Q_OBJECT

public:
    explicit ApprovalHeader(QWidget *parent);
    void set(const RequestWords &words);
    /// Turns grey, with a sentence that says why.
    void setEnded(const QString &clientName, Symbol symbol, const QString &sentence);

private:
    Tile *m_tile;
    TextLabel *m_headline;
    SymbolLine *m_claim;
};

} // namespace gatehouse::ui

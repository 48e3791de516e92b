// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ui/desk_state.h>
#include <ui/look.h>
#include <ui/look_symbols.h>

#include <QStringList>

#include <utility>

/// The words of an access request, ready to be shown: what is the client's claim, what Gatehouse
/// knows itself, and what is to be looked at twice. Pure functions.
namespace gatehouse::ui {

constexpr int kShownNameLength = 40;

/// The client's name as it may be shown; for websites their host, which they cannot choose freely.
[[nodiscard]] QString shownName(const AccessRequest &request);

/// A host as it may be shown. Long ones lose their beginning: what they belong to stands at the
/// end.
[[nodiscard]] QString shownHost(const QString &host);

/// The sentence below the headline.
struct ClaimLine {
    Symbol symbol = Symbol::Question;
    Tone tone = Tone::Second;
    QString text;
};

/// A box with reasons to look twice; without sentences there is none.
struct WarningBox {
    Accent accent = Accent::Caution;
    Symbol symbol = Symbol::Caution;
    QString title;
    QStringList sentences;
};

struct RequestWords {
    QString windowTitle;
    QString tile;
    Tone tileTone = Tone::Text;
    QString headline;
    ClaimLine claim;
    WarningBox warning;
    QString who;
    QString answerGoesTo;
    QString compareCode; ///< where the same code must stand
    QString block; ///< of the button that denies and blocks; empty when there is none
    QList<std::pair<QString, QString>> details;
    QString spoken; ///< for screen readers when the window appears
};

[[nodiscard]] RequestWords requestWords(const AccessRequest &request);

/// "Expires in 9 minutes"
[[nodiscard]] QString expiryWords(std::chrono::milliseconds left);

} // namespace gatehouse::ui

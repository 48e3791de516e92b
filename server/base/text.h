// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace gatehouse {

constexpr int kShownTextLength = 80;

/// Text from outside as it may be shown in a page, window, terminal or log: one line, control and
/// bidirectional characters replaced by a visible mark, invisible ones dropped, cut at `limit`.
/// It is still plain text: HTML needs escaping by the template.
[[nodiscard]] QString shownText(const QString &outside, int limit = kShownTextLength);

} // namespace gatehouse

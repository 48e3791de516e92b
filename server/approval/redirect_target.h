// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace gatehouse::approval {

/// Terminal: the answer goes nowhere but to the terminal that asked.
enum class TargetKind { Loopback, Website, AppLink, Terminal };

/// Where a client wants its answer, as far as it matters to the person: all redirect URIs with the
/// same key share their slots and are blocked together.
struct RedirectTarget {
    TargetKind kind = TargetKind::Website;
    /// "loopback:51234" (whatever name the loopback address has), "claude.ai", "cursor://",
    /// "terminal".
    QString key;
    quint16 port = 0; ///< of a loopback target
};

/// `uri` has passed the checks of registration, or is empty.
[[nodiscard]] RedirectTarget redirectTargetOf(const QString &uri);

} // namespace gatehouse::approval

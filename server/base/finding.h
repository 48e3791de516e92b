// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>

namespace gatehouse {

enum class Verdict { Ok, Warning, Problem };

/// What one check of the set-up found, in plain text for a person; what stands in it from outside
/// went through shownText(). It holds no secret.
struct Finding {
    QString subject; ///< one word for scripts, for example "clock"
    Verdict verdict = Verdict::Ok;
    QString found; ///< whole sentences
    QString remedy = {}; ///< what to change, and where; with Verdict::Ok: what else to see to
};
using Findings = QList<Finding>;

} // namespace gatehouse

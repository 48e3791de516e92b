// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/finding.h>

#include <QJsonObject>

namespace gatehouse::app {

/// True when nothing found keeps Gatehouse from working.
[[nodiscard]] bool isHealthy(const Findings &findings);

/// A line for each finding, what to do below it, and a sum in the end.
[[nodiscard]] QString reportText(const Findings &findings);

/// {"healthy", "checks": [{"subject", "verdict", "found", "remedy"}]}; a verdict is ok, warning or
/// problem, a remedy may be empty.
[[nodiscard]] QJsonObject reportJson(const Findings &findings);

} // namespace gatehouse::app

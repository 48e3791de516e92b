// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/result.h>

#include <QString>

#include <chrono>
#include <optional>

namespace gatehouse::app {

/// Ten years: longer ones are said as "until-revoked".
constexpr std::chrono::milliseconds kLongestDuration = std::chrono::hours(10 * 365 * 24);

/// "90s", "15m", "8h", "30d"; nothing for "until-revoked". Anything else is an error that says what
/// is understood. At most ten years.
[[nodiscard]] Result<std::optional<std::chrono::milliseconds>> parseDuration(const QString &text);

} // namespace gatehouse::app

// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/log_level.h>

#include <algorithm>
#include <array>

namespace gatehouse::mcp {

using namespace Qt::StringLiterals;

namespace {

constexpr std::array kNames{"debug"_L1, "info"_L1,     "notice"_L1, "warning"_L1,
                            "error"_L1, "critical"_L1, "alert"_L1,  "emergency"_L1};

} // namespace

std::optional<LogLevel> parseLogLevel(const QString &text)
{
    const auto found = std::find(kNames.begin(), kNames.end(), text);
    return found == kNames.end() ? std::nullopt
                                 : std::optional(LogLevel(std::distance(kNames.begin(), found)));
}

QString toString(LogLevel level)
{
    return kNames.at(size_t(level));
}

} // namespace gatehouse::mcp

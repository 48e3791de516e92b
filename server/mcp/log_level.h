// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <optional>

namespace gatehouse::mcp {

/// RFC 5424 §6.2.1, as MCP names them (logging §Log Levels); the mildest first.
enum class LogLevel { Debug, Info, Notice, Warning, Error, Critical, Alert, Emergency };

/// What clients of sessions get that set no level.
constexpr auto kUsualLogLevel = LogLevel::Info;

[[nodiscard]] std::optional<LogLevel> parseLogLevel(const QString &text);
[[nodiscard]] QString toString(LogLevel level);

} // namespace gatehouse::mcp

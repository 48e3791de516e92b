// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <mcp/features.h>

namespace gatehouse::mcp {

/// The result of completion/complete (MCP utilities/completion): at most kMostCompletions values
/// that begin with what was typed. Fails with Invalid params for a reference to nothing.
[[nodiscard]] Result<QJsonObject, RpcError>
completionFor(const Features &features, const QJsonObject &params, const oauth::Access &access);
constexpr qsizetype kMostCompletions = 100;

/// What is wrong with a prompt's arguments, as a sentence.
[[nodiscard]] std::optional<QString> wrongArgument(const Prompt &prompt,
                                                   const QJsonObject &arguments);

} // namespace gatehouse::mcp

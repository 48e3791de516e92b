// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <apis/operation.h>
#include <mcp/tool.h>

namespace gatehouse::apis {

/// The arguments of an operation as one JSON Schema object that allows nothing else.
[[nodiscard]] QJsonObject inputSchemaOf(const Operation &operation);

/// An operation as clients see it; `run` is left for the caller to fill.
[[nodiscard]] mcp::Tool toolOf(const Operation &operation);

/// Adds the tool of an operation of the API with this title. The error says why it cannot be and
/// what to do.
[[nodiscard]] Result<std::monostate> addTool(mcp::ToolRegistry &registry, mcp::Tool tool,
                                             const QString &apiTitle);

} // namespace gatehouse::apis

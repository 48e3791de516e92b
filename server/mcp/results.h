// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <mcp/json_rpc.h>
#include <mcp/revision.h>
#include <mcp/tool.h>

namespace gatehouse::mcp {

/// What `initialize` asked for, parsed.
struct InitializeParams {
    Revision revision = kLatestRevision; ///< the one that both speak
    QString clientName; ///< for display: one line, cut
    QString clientVersion;
};

/// MCP lifecycle §Version Negotiation: the requested revision if it is spoken here, else the
/// latest. Fails only when protocolVersion is no string; clients that leave out clientInfo are
/// served.
[[nodiscard]] Result<InitializeParams, RpcError> parseInitialize(const QJsonObject &params);

/// The results of the methods, each as `revision` knows it.
/// @{
[[nodiscard]] QJsonObject initializeResult(Revision revision);
[[nodiscard]] QJsonObject toolsListResult(const ToolRegistry &tools, Revision revision);
[[nodiscard]] QJsonObject toolCallResult(const ToolResult &result, Revision revision);
/// @}

} // namespace gatehouse::mcp

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <http/http_message.h>
#include <mcp/json_rpc.h>
#include <mcp/log_level.h>
#include <mcp/tool.h>

#include <optional>

namespace gatehouse::mcp {

/// What a request of a stateless revision says of itself in `params._meta`.
struct StatelessMeta {
    Revision revision = kStateless;
    ClientAbilities abilities = {};
    std::optional<LogLevel> logLevel = {};
};

/// True for what a client of a stateless revision sent (MCP 2026-07-28 versioning §Backward
/// Compatibility): its _meta names a version, or its MCP-Protocol-Version does. Mcp-Method is no
/// sign: mcp-remote sends it in earlier revisions too.
[[nodiscard]] bool isStatelessRequest(const http::HttpRequest &request, const RpcInput &input);

/// Checks, in this order: _meta, the version, the headers against the body (MCP 2026-07-28 basic
/// §_meta, streamable-http §Request Metadata). `tools` say which arguments are repeated in headers.
[[nodiscard]] Result<StatelessMeta, RpcError>
checkStateless(const http::HttpRequest &request, const RpcRequest &call, const ToolRegistry &tools);

} // namespace gatehouse::mcp

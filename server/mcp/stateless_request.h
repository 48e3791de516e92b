// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <http/http_message.h>
#include <mcp/features.h>
#include <mcp/json_rpc.h>
#include <mcp/log_level.h>

#include <optional>

namespace gatehouse::mcp {

/// What a request of a stateless revision says of itself in `params._meta`.
struct StatelessMeta {
    Revision revision = kStateless;
    ClientAbilities abilities = {};
    std::optional<LogLevel> logLevel = {};
    QString clientName = {}; ///< for display: one line, cut
};

/// Why one is refused.
struct StatelessRefusal {
    int status = 400;
    RpcError error;
};

/// True for what a client of a stateless revision sent (MCP 2026-07-28 versioning §Backward
/// Compatibility): its _meta names a version, or its MCP-Protocol-Version does. Mcp-Method is no
/// sign: mcp-remote sends it in earlier revisions too.
[[nodiscard]] bool isStatelessRequest(const http::HttpRequest &request, const RpcInput &input);

/// Checks, in this order: _meta, the version, the headers against the body, the method (MCP
/// 2026-07-28 basic §_meta, streamable-http §Request Metadata).
[[nodiscard]] Result<StatelessMeta, StatelessRefusal>
checkStateless(const http::HttpRequest &request, const RpcRequest &call, const Features &features);

constexpr auto kListenMethod = "subscriptions/listen";

} // namespace gatehouse::mcp

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <mcp/features.h>
#include <mcp/json_rpc.h>
#include <mcp/revision.h>

#include <chrono>

namespace gatehouse::mcp {

/// What this server says of itself.
struct ServerInfo {
    QString name;
    QString title;
    QString version;
    QString description;
    QString websiteUrl;
    QString icon; ///< a data: address of an SVG, so that clients fetch nothing
    QString instructions; ///< for the model
};

/// What `initialize` asked for, parsed.
struct InitializeParams {
    Revision revision = kLatestHandshake; ///< the one that both speak
    ClientAbilities abilities;
};

/// MCP lifecycle §Version Negotiation: the requested revision if it is spoken here and begins with
/// initialize, else the latest that does. Fails only when protocolVersion is no string; clients
/// that leave out clientInfo are served.
[[nodiscard]] Result<InitializeParams, RpcError> parseInitialize(const QJsonObject &params);

/// The results of the methods, each as `revision` knows it.
/// @{
[[nodiscard]] QJsonObject initializeResult(const ServerInfo &server, Revision revision);
[[nodiscard]] QJsonObject discoverResult(const ServerInfo &server);
[[nodiscard]] QJsonObject toolJson(const Tool &tool, Revision revision);
[[nodiscard]] QJsonObject resourceJson(const Resource &resource, Revision revision);
[[nodiscard]] QJsonObject templateJson(const ResourceTemplate &resource, Revision revision);
[[nodiscard]] QJsonObject promptJson(const Prompt &prompt, Revision revision);
[[nodiscard]] QJsonObject promptResult(const PromptMessages &messages, Revision revision);
/// @}

/// The whole answer to a tool call in one line. `trailer`: what completed() adds, as text, which is
/// always the same.
/// @{
[[nodiscard]] QByteArray trailerOf(const ServerInfo &server);
[[nodiscard]] QByteArray toolCallAnswer(const RpcId &id, const ToolResult &result,
                                        const QByteArray &trailer, Revision revision);
/// @}

/// What every result of a stateless revision carries: its type, and who answers (MCP 2026-07-28
/// basic §Responses). Other revisions get it as it is.
[[nodiscard]] QJsonObject completed(QJsonObject result, const ServerInfo &server,
                                    Revision revision);
/// Says how long a result holds, and that it holds for this caller alone (MCP 2026-07-28 caching);
/// other revisions get it as it is.
[[nodiscard]] QJsonObject privateFor(QJsonObject result, std::chrono::milliseconds time,
                                     Revision revision);

} // namespace gatehouse::mcp

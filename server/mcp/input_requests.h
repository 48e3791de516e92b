// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <mcp/call.h>

namespace gatehouse::mcp {

/// The requests that the client declared itself able to answer. Nothing when it is able to answer
/// none of them (MCP 2026-07-28 mrtr: a server must not send what was not declared).
[[nodiscard]] std::optional<QList<InputRequest>> allowedRequests(const InputRequired &needed,
                                                                 const ClientAbilities &client);
/// What to tell the model when allowedRequests() is nothing.
[[nodiscard]] QString cannotAsk(const InputRequired &needed);
/// The capabilities that are lacking, as data of a MissingRequiredClientCapability error.
[[nodiscard]] QJsonObject lackingCapabilities(const InputRequired &needed);
/// The params as `revision` knows them, for a request of ours with this id.
[[nodiscard]] QJsonObject paramsFor(const InputRequest &request, Revision revision,
                                    const RpcId &question);
/// `inputRequests` of an InputRequiredResult (MCP 2026-07-28).
[[nodiscard]] QJsonObject inputRequestsJson(const QList<InputRequest> &requests);

} // namespace gatehouse::mcp

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <mcp/results.h>
#include <mcp/running_calls.h>
#include <mcp/state_seal.h>

namespace gatehouse::mcp {

/// How the end of one call is told to its client and to the activity log. A value that its
/// callback keeps.
class CallReport {
public:
    /// `trailer` of `server`, see results.h.
    CallReport(const ServerInfo &server, const QByteArray &trailer, const StateSeal &seal,
               StateSeal::Binding binding, RpcId id, Revision revision, ClientAbilities abilities,
               const ToolRegistry::Entry *tool);

    /// The outcome with its structured result held against the tool's output schema; the others
    /// take only such a one.
    [[nodiscard]] CallOutcome settled(const CallOutcome &outcome) const;
    /// For the activity log; nothing for what is no tool call, and for a round that only asks.
    [[nodiscard]] std::optional<ToolResult> toolResult(const CallOutcome &outcome) const;
    /// For the client.
    [[nodiscard]] RpcOutcome message(const CallOutcome &outcome) const;

private:
    [[nodiscard]] ToolResult checked(const ToolResult &result) const;
    [[nodiscard]] RpcAnswer shaped(const ToolResult &result) const;
    [[nodiscard]] QJsonObject shaped(const ResourceContents &contents) const;
    [[nodiscard]] QJsonObject shaped(const PromptMessages &messages) const;
    [[nodiscard]] QJsonObject shaped(const InputRequired &needed) const;
    [[nodiscard]] QJsonObject shaped(const RpcError &error) const;
    [[nodiscard]] QJsonObject resultMessage(const QJsonObject &result) const;

    const ServerInfo &m_server;
    QByteArray m_trailer;
    const StateSeal &m_seal;
    StateSeal::Binding m_binding;
    RpcId m_id;
    Revision m_revision;
    ClientAbilities m_abilities;
    const ToolRegistry::Entry *m_tool; ///< null unless it is a tool call
};

/// One sentence per violation, for a model that can correct itself.
[[nodiscard]] QString describeViolations(const QList<SchemaViolation> &violations);

} // namespace gatehouse::mcp

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <mcp/features.h>
#include <mcp/results.h>
#include <store/records.h>

#include <functional>

namespace gatehouse {

/// What clients can learn of their own access: the tool `whoami`, resources that say the same and
/// list what the client did, and prompts that put these to use.
class OwnFeatures {
public:
    struct Sources {
        /// The access of a caller, or nothing when it cannot be looked up.
        std::function<std::optional<QJsonObject>(const oauth::Access &)> describe;
        /// What the grant did, newest first.
        std::function<Result<QList<store::Activity>>(const GrantId &, int count)> activity;
    };

    /// Adds them to `features`, which calls `sources` for as long as it lives. An error says which
    /// name is taken.
    [[nodiscard]] static Result<std::monostate> add(mcp::Features &features, Sources sources);

    /// Tell `features` that these read differently now, to one grant or (empty) to all.
    /// @{
    static void accountChanged(mcp::Features &features);
    static void activityChanged(mcp::Features &features, const GrantId &grant);
    /// @}
};

/// What clients, and the models behind them, are told of this server.
[[nodiscard]] mcp::ServerInfo serverInfo();

} // namespace gatehouse

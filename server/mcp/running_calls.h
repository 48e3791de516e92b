// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <mcp/json_rpc.h>
#include <mcp/tool.h>

#include <QHash>
#include <QObject>

#include <functional>
#include <memory>
#include <variant>

namespace gatehouse::mcp {

/// Why a request gets no JSON-RPC answer.
enum class NoAnswer {
    Cancelled, ///< notifications/cancelled: the client no longer expects one
    SessionEnded, ///< deleted, dropped for another one, or its stream is gone
    GrantEnded, ///< the person revoked the client
};

/// How one call came to its end.
using CallOutcome = std::variant<ToolResult, NoAnswer>;

/// The tool calls of one session that have not ended. Belongs to its session. Whatever happens,
/// each call's `done` is called exactly once.
class RunningCalls : public QObject {
    Q_OBJECT

public:
    using Done = std::function<void(const CallOutcome &)>;

    [[nodiscard]] bool contains(const RpcId &id) const { return m_calls.contains(id); }
    [[nodiscard]] qsizetype count() const { return m_calls.size(); }

    /// Runs the tool; `id` must not be running. `done` may be called before this returns.
    void start(const RpcId &id, const Tool &tool, const oauth::Access &access,
               const QJsonObject &arguments, Done done);
    /// Does nothing for a call that has ended: cancelling and answering may cross on the way.
    void cancel(const RpcId &id);
    /// Abandons every call, each with this outcome.
    void endAll(const CallOutcome &outcome);

private:
    struct Running {
        std::shared_ptr<ToolCall> call;
        Done done;
    };

    void end(const RpcId &id, const CallOutcome &outcome);

    QHash<RpcId, Running> m_calls;
};

} // namespace gatehouse::mcp

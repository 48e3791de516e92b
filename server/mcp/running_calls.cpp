// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/running_calls.h>

namespace gatehouse::mcp {

void RunningCalls::start(const RpcId &id, const Tool &tool, const oauth::Access &access,
                         const QJsonObject &arguments, Done done)
{
    Q_ASSERT(!m_calls.contains(id));
    // The last owner may let go inside a signal of the call itself, hence not at once.
    const std::shared_ptr<ToolCall> call(new ToolCall(access, arguments),
                                         [](ToolCall *ended) { ended->deleteLater(); });
    m_calls.insert(id, {call, std::move(done)});
    connect(call.get(), &ToolCall::finished, this,
            [this, id](const ToolResult &result) { end(id, result); });
    tool.run(call);
}

void RunningCalls::cancel(const RpcId &id)
{
    end(id, NoAnswer::Cancelled);
}

void RunningCalls::endAll(const CallOutcome &outcome)
{
    const auto ids = m_calls.keys();
    for (const auto &id : ids)
        end(id, outcome);
}

void RunningCalls::end(const RpcId &id, const CallOutcome &outcome)
{
    const auto running = m_calls.take(id);
    if (!running.call)
        return;
    running.call->abandon(); // without effect on a call that has finished
    running.done(outcome);
}

} // namespace gatehouse::mcp

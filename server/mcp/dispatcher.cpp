// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/dispatcher.h>

#include <base/text.h>
#include <mcp/results.h>

#include <QJsonArray>

#include <algorithm>

namespace gatehouse::mcp {

using namespace Qt::StringLiterals;

namespace {

constexpr auto kToolsCall = "tools/call"_L1;

/// What the activity log says of a call that ended without an answer.
ToolResult resultFor(NoAnswer why)
{
    switch (why) {
    case NoAnswer::Cancelled:
        return ToolResult::error(u"Cancelled by the client."_s);
    case NoAnswer::SessionEnded:
        return ToolResult::error(u"The session ended before the call."_s);
    case NoAnswer::GrantEnded:
        return ToolResult::error(u"Revoked before the call ended."_s);
    }
    Q_UNREACHABLE();
}

} // namespace

std::optional<QStringList> Dispatcher::scopesLacking(const RpcRequest &request,
                                                     const oauth::Access &access) const
{
    if (m_pausedWhy || request.method != kToolsCall)
        return std::nullopt;
    const auto *const tool = toolOf(request);
    if (tool == nullptr)
        return std::nullopt;
    const bool hasAll =
        std::all_of(tool->scopes.begin(), tool->scopes.end(),
                    [&](const QString &scope) { return access.scopes.contains(scope); });
    return hasAll ? std::nullopt : std::optional(tool->scopes);
}

void Dispatcher::handle(Session &session, const RpcRequest &request, const oauth::Access &access,
                        Answer answer)
{
    static const QHash<QString, void (Dispatcher::*)(const Call &)> methods{
        {u"initialize"_s, &Dispatcher::initialize},
        {u"ping"_s, &Dispatcher::ping},
        {u"tools/list"_s, &Dispatcher::listTools},
        {kToolsCall, &Dispatcher::callTool},
    };
    if (const auto method = methods.value(request.method))
        return (this->*method)({session, request, access, answer});
    answer(rpcError(request.id,
                    {rpc_code::kMethodNotFound,
                     u"There is no method \"%1\" here."_s.arg(shownText(request.method))}));
}

void Dispatcher::handle(Session &session, const RpcNotification &notification)
{
    if (notification.method != "notifications/cancelled"_L1)
        return;
    if (const auto id = RpcId::fromJson(notification.params.value("requestId"_L1)))
        session.calls.cancel(*id);
}

void Dispatcher::initialize(const Call &call)
{
    const auto params = parseInitialize(call.request.params);
    if (!params)
        return call.answer(rpcError(call.request.id, params.error()));
    call.session.revision = params->revision;
    call.session.clientName = params->clientName;
    call.session.clientVersion = params->clientVersion;
    if (!params->clientName.isEmpty())
        Q_EMIT clientNamed(call.access, params->clientName);
    call.answer(rpcResult(call.request.id, initializeResult(params->revision)));
}

void Dispatcher::ping(const Call &call)
{
    call.answer(rpcResult(call.request.id, {}));
}

void Dispatcher::listTools(const Call &call)
{
    // All tools fit on one page, so no cursor of ours exists.
    if (call.request.params.contains("cursor"_L1)) {
        return call.answer(
            rpcError(call.request.id, {rpc_code::kInvalidParams, u"This cursor is unknown."_s}));
    }
    call.answer(rpcResult(call.request.id, toolsListResult(m_tools, call.session.revision)));
}

void Dispatcher::callTool(const Call &call)
{
    const auto *const tool = toolOf(call.request);
    if (const auto refused = refusal(call, tool))
        return call.answer(rpcError(call.request.id, *refused));
    if (m_pausedWhy) {
        const auto result = ToolResult::error(*m_pausedWhy);
        Q_EMIT toolCalled(call.access, tool->name, result, 0ms);
        return call.answer(
            rpcResult(call.request.id, toolCallResult(result, call.session.revision)));
    }
    run(call, *tool);
}

void Dispatcher::run(const Call &call, const Tool &tool)
{
    auto done = [this, name = tool.name, access = call.access, id = call.request.id,
                 revision = call.session.revision, began = m_clock.now(),
                 answer = call.answer](const CallOutcome &outcome) {
        const auto duration = m_clock.now() - began;
        if (const auto *const why = std::get_if<NoAnswer>(&outcome)) {
            Q_EMIT toolCalled(access, name, resultFor(*why), duration);
            return answer(*why);
        }
        const auto &result = std::get<ToolResult>(outcome);
        Q_EMIT toolCalled(access, name, result, duration);
        answer(rpcResult(id, toolCallResult(result, revision)));
    };
    call.session.calls.start(call.request.id, tool, call.access,
                             call.request.params.value("arguments"_L1).toObject(), std::move(done));
}

const Tool *Dispatcher::toolOf(const RpcRequest &request) const
{
    return m_tools.find(request.params.value("name"_L1).toString());
}

std::optional<RpcError> Dispatcher::refusal(const Call &call, const Tool *tool) const
{
    const auto name = call.request.params.value("name"_L1);
    if (!name.isString())
        return RpcError{rpc_code::kInvalidParams, u"name must be a string."_s};
    if (tool == nullptr) {
        return RpcError{rpc_code::kInvalidParams,
                        u"Unknown tool: %1"_s.arg(shownText(name.toString()))};
    }
    const auto arguments = call.request.params.value("arguments"_L1);
    if (!arguments.isUndefined() && !arguments.isObject())
        return RpcError{rpc_code::kInvalidParams, u"arguments must be an object."_s};
    if (const auto scopes = scopesLacking(call.request, call.access)) {
        return RpcError{rpc_code::kInsufficientScope,
                        u"This client may not use \"%1\" yet."_s.arg(tool->name),
                        {{u"scope"_s, scopes->join(u' ')}}};
    }
    if (call.session.calls.contains(call.request.id))
        return RpcError{rpc_code::kInvalidRequest, u"A request with this id is running."_s};
    if (call.session.calls.count() >= kMostCallsPerSession) {
        return RpcError{rpc_code::kInternalError,
                        u"Too many calls are running in this session; wait for one to end."_s};
    }
    return std::nullopt;
}

} // namespace gatehouse::mcp

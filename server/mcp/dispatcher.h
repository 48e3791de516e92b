// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>
#include <mcp/json_rpc.h>
#include <mcp/session.h>
#include <mcp/tool.h>

#include <QObject>

#include <functional>
#include <optional>
#include <variant>

namespace gatehouse::mcp {

/// What a request leads to: a JSON-RPC answer, or none.
using RpcOutcome = std::variant<QJsonObject, NoAnswer>;

/// The methods of MCP, whatever transport brought the message. Lives as long as the McpServer.
class Dispatcher : public QObject {
    Q_OBJECT

public:
    using Answer = std::function<void(const RpcOutcome &)>;

    Dispatcher(Clock &clock, const ToolRegistry &tools) : m_clock(clock), m_tools(tools) { }

    /// All scopes of the tool that `request` calls, if the grant lacks one of them. Nothing while
    /// paused: a client must not ask for more rights because of a pause.
    [[nodiscard]] std::optional<QStringList> scopesLacking(const RpcRequest &request,
                                                           const oauth::Access &access) const;
    /// Answers exactly once, now or later. Requests are taken in any order: clients do send
    /// tools/list before notifications/initialized.
    void handle(Session &session, const RpcRequest &request, const oauth::Access &access,
                Answer answer);
    void handle(Session &session, const RpcNotification &notification);

    /// While paused every tool call answers this text as a tool error.
    void pause(const QString &why) { m_pausedWhy = why; }
    void resume() { m_pausedWhy.reset(); }

    static constexpr qsizetype kMostCallsPerSession = 64;

Q_SIGNALS:
    void toolCalled(const gatehouse::oauth::Access &access, const QString &tool,
                    const gatehouse::mcp::ToolResult &result, std::chrono::milliseconds duration);
    void clientNamed(const gatehouse::oauth::Access &access, const QString &name);

private:
    struct Call {
        Session &session;
        const RpcRequest &request;
        const oauth::Access &access;
        Answer &answer;
    };

    void initialize(const Call &call);
    void ping(const Call &call);
    void listTools(const Call &call);
    void callTool(const Call &call);
    void run(const Call &call, const Tool &tool);

    [[nodiscard]] const Tool *toolOf(const RpcRequest &request) const;
    /// Why the call cannot start, if so.
    [[nodiscard]] std::optional<RpcError> refusal(const Call &call, const Tool *tool) const;

    Clock &m_clock;
    const ToolRegistry &m_tools;
    std::optional<QString> m_pausedWhy;
};

} // namespace gatehouse::mcp

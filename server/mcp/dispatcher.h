// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>
#include <base/rate_limiter.h>
#include <mcp/features.h>
#include <mcp/outlet.h>
#include <mcp/results.h>
#include <mcp/running_calls.h>
#include <mcp/state_seal.h>

#include <QObject>

#include <functional>
#include <optional>

namespace gatehouse::mcp {

class Session;

/// Who sent a request, how they speak, and where their calls run.
struct Peer {
    const oauth::Access &access;
    Revision revision;
    ClientAbilities abilities;
    std::optional<LogLevel> logLevel; ///< nothing: no log messages at all
    RunningCalls &calls;
    RpcId callId; ///< under which a call runs there
    Session *session = nullptr; ///< null in a stateless revision
};

/// The methods of MCP, whatever transport brought the message. Lives as long as the McpServer.
class Dispatcher : public QObject {
    Q_OBJECT

public:
    struct Deps {
        Clock &clock;
        const Features &features;
        const ServerInfo &server;
        Secret stateKey; ///< protects what goes through clients between two rounds
    };
    explicit Dispatcher(const Deps &deps);

    /// All scopes of the tool that `request` calls, if the grant lacks one of them. Nothing while
    /// paused: a client must not ask for more rights because of a pause.
    [[nodiscard]] std::optional<QStringList> scopesLacking(const RpcRequest &request,
                                                           const oauth::Access &access) const;
    /// Whether `revision` has this method here.
    [[nodiscard]] static bool hasMethod(const QString &method, Revision revision);
    /// Finishes the outlet exactly once, now or later. Requests are taken in any order: clients do
    /// send tools/list before notifications/initialized.
    void handle(const Peer &peer, const RpcRequest &request, const std::shared_ptr<Outlet> &outlet);
    static void handle(RunningCalls &calls, const RpcNotification &notification);

    /// While paused every tool call answers this text as a tool error.
    void pause(const QString &why) { m_pausedWhy = why; }
    void resume() { m_pausedWhy.reset(); }

    static constexpr qsizetype kMostCallsPerSession = 64;
    static constexpr qsizetype kMostSubscriptions = 64;
    /// Of one grant (MCP completion §Implementation Considerations).
    static constexpr int kMostCompletionsPerMinute = 1200;

Q_SIGNALS:
    void toolCalled(const gatehouse::oauth::Access &access, const QString &tool,
                    const gatehouse::mcp::ToolResult &result, std::chrono::milliseconds duration);

private:
    struct Exchange {
        const Peer &peer;
        const RpcRequest &request;
        const std::shared_ptr<Outlet> &outlet;
    };
    struct Method;

    [[nodiscard]] static const QHash<QString, Method> &methods();

    void initialize(const Exchange &exchange);
    void discover(const Exchange &exchange);
    void ping(const Exchange &exchange);
    void listTools(const Exchange &exchange);
    void callTool(const Exchange &exchange);
    void listResources(const Exchange &exchange);
    void listTemplates(const Exchange &exchange);
    void readResource(const Exchange &exchange);
    void subscribe(const Exchange &exchange);
    void unsubscribe(const Exchange &exchange);
    void listPrompts(const Exchange &exchange);
    void getPrompt(const Exchange &exchange);
    void complete(const Exchange &exchange);
    void setLogLevel(const Exchange &exchange);

    /// Starts a call of any kind; `shape` makes the result of what it answers.
    struct CallPlan {
        QString name; ///< of the tool or prompt, or the URI
        QJsonObject arguments;
        Run run;
        const ToolRegistry::Entry *tool = nullptr;
    };
    void start(const Exchange &exchange, const CallPlan &plan);
    [[nodiscard]] std::optional<RpcError> startRefusal(const Exchange &exchange) const;
    [[nodiscard]] Result<CallRound, RpcError> roundOf(const Exchange &exchange,
                                                      const StateSeal::Binding &binding) const;
    template <typename Item, typename ToJson>
    void answerList(const Exchange &exchange, const QString &key,
                    const std::vector<const Item *> &items, ToJson toJson);
    void answer(const Exchange &exchange, const QJsonObject &result) const;
    static void refuse(const Exchange &exchange, const RpcError &error);

    [[nodiscard]] const ToolRegistry::Entry *toolOf(const RpcRequest &request) const;
    /// Why the call cannot start, if so.
    [[nodiscard]] std::optional<RpcError> refusal(const Exchange &exchange,
                                                  const ToolRegistry::Entry *tool) const;

    Clock &m_clock;
    const Features &m_features;
    const ServerInfo &m_server;
    QByteArray m_trailer; ///< of answers to tool calls
    StateSeal m_seal;
    RateLimiter m_completionLimit;
    std::optional<QString> m_pausedWhy;
};

} // namespace gatehouse::mcp

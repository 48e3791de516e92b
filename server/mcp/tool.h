// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/ids.h>
#include <oauth/access.h>

#include <QJsonObject>
#include <QList>
#include <QObject>

#include <functional>
#include <memory>
#include <optional>

namespace gatehouse::mcp {

/// The result of one tool call (tools/call).
struct ToolResult {
    QString text;
    std::optional<QJsonObject> structured = {}; ///< structuredContent, from 2025-06-18 on
    bool isError = false; ///< the call was made and failed: the model should read why

    [[nodiscard]] static ToolResult error(QString what) { return {std::move(what), {}, true}; }
};

/// One call in progress. `abandoned` fires once when nobody waits for the result any more
/// (cancelled, revoked, session ended); a result that still comes is dropped.
class ToolCall : public QObject {
    Q_OBJECT

public:
    ToolCall(oauth::Access callerAccess, QJsonObject callArguments)
        : access(std::move(callerAccess)), arguments(std::move(callArguments))
    {
    }

    const oauth::Access access;
    const QJsonObject arguments;

    /// Completes the call, once; later results are ignored.
    void finish(const ToolResult &result)
    {
        if (!std::exchange(m_done, true))
            Q_EMIT finished(result);
    }
    void abandon()
    {
        if (!std::exchange(m_done, true))
            Q_EMIT abandoned();
    }

Q_SIGNALS:
    void finished(const gatehouse::mcp::ToolResult &result);
    void abandoned();

private:
    bool m_done = false;
};

struct Tool {
    QString name;
    QString title;
    QString description;
    QJsonObject inputSchema;
    QJsonObject annotations; ///< readOnlyHint, destructiveHint, idempotentHint, openWorldHint
    QStringList scopes; ///< all are needed; the grant lacks one: 403 before the handler runs
    std::function<void(std::shared_ptr<ToolCall>)> run;
};

/// The tools that exist, in a fixed order. Filled by the composition root before serving.
class ToolRegistry {
public:
    /// False when a tool of this name exists already.
    [[nodiscard]] bool add(Tool tool)
    {
        if (find(tool.name) != nullptr)
            return false;
        m_tools.push_back(std::make_unique<Tool>(std::move(tool)));
        return true;
    }
    [[nodiscard]] const Tool *find(const QString &name) const
    {
        for (const auto &tool : m_tools) {
            if (tool->name == name)
                return tool.get();
        }
        return nullptr;
    }
    [[nodiscard]] const std::vector<std::unique_ptr<Tool>> &tools() const { return m_tools; }

private:
    std::vector<std::unique_ptr<Tool>> m_tools;
};

} // namespace gatehouse::mcp

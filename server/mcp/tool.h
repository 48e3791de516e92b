// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <mcp/call.h>
#include <mcp/json_schema.h>
#include <mcp/param_header.h>

#include <QStringList>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace gatehouse::mcp {

/// Starts one round of a call, which ends now or later.
using Run = std::function<void(std::shared_ptr<Call>)>;

struct Tool {
    QString name;
    QString title;
    QString description;
    QJsonObject inputSchema;
    std::optional<QJsonObject> outputSchema = {}; ///< structured results fit it
    QJsonObject annotations; ///< readOnlyHint, destructiveHint, idempotentHint, openWorldHint
    QStringList scopes; ///< all are needed; the grant lacks one: 403 before the handler runs
    Run run;
    bool isListed = true; ///< one that is not can still be called by name
};

/// Whether the grant holds every scope that the tool needs.
[[nodiscard]] bool mayCall(const Tool &tool, const oauth::Access &access);

/// The tools that exist, in a fixed order.
class ToolRegistry {
public:
    /// A tool with what its schemas lead to.
    struct Entry {
        Tool tool;
        JsonSchema arguments;
        std::optional<JsonSchema> output;
        std::vector<ParamHeader> headers;
    };

    /// An error says why not, in words that follow the tool's name: "exists already".
    [[nodiscard]] Result<std::monostate, QString> add(Tool tool);
    [[nodiscard]] const Entry *find(const QString &name) const;
    [[nodiscard]] const std::vector<std::unique_ptr<Entry>> &entries() const { return m_entries; }
    /// Those that are listed and that this access has the scopes for.
    [[nodiscard]] std::vector<const Tool *> listFor(const oauth::Access &access) const;
    [[nodiscard]] QStringList namesFor(const oauth::Access &access) const;

private:
    std::vector<std::unique_ptr<Entry>> m_entries;
};

} // namespace gatehouse::mcp

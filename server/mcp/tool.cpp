// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/tool.h>

#include <algorithm>

namespace gatehouse::mcp {

using namespace Qt::StringLiterals;

bool mayCall(const Tool &tool, const oauth::Access &access)
{
    return std::all_of(tool.scopes.begin(), tool.scopes.end(),
                       [&](const QString &scope) { return access.scopes.contains(scope); });
}

Result<std::monostate, QString> ToolRegistry::add(Tool tool)
{
    if (find(tool.name) != nullptr)
        return fail(u"exists already"_s);
    auto arguments = JsonSchema::compile(tool.inputSchema);
    if (!arguments)
        return fail(u"has an input schema that cannot be used: "_s + arguments.error());
    std::optional<JsonSchema> output;
    if (tool.outputSchema) {
        auto compiled = JsonSchema::compile(*tool.outputSchema);
        if (!compiled)
            return fail(u"has an output schema that cannot be used: "_s + compiled.error());
        output = std::move(*compiled);
    }
    auto headers = paramHeadersOf(tool.inputSchema);
    if (!headers)
        return fail(headers.error());
    m_entries.push_back(std::make_unique<Entry>(
        Entry{std::move(tool), std::move(*arguments), std::move(output), std::move(*headers)}));
    return std::monostate();
}

std::vector<const Tool *> ToolRegistry::listFor(const oauth::Access &access) const
{
    std::vector<const Tool *> tools;
    for (const auto &entry : m_entries) {
        if (entry->tool.isListed && mayCall(entry->tool, access))
            tools.push_back(&entry->tool);
    }
    return tools;
}

QStringList ToolRegistry::namesFor(const oauth::Access &access) const
{
    QStringList names;
    const auto tools = listFor(access);
    for (const auto *tool : tools)
        names.append(tool->name);
    return names;
}

const ToolRegistry::Entry *ToolRegistry::find(const QString &name) const
{
    const auto found = std::find_if(m_entries.begin(), m_entries.end(),
                                    [&](const auto &entry) { return entry->tool.name == name; });
    return found == m_entries.end() ? nullptr : found->get();
}

} // namespace gatehouse::mcp

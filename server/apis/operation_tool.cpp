// SPDX-License-Identifier: GPL-3.0-or-later
#include <apis/operation_tool.h>

#include <base/text.h>

#include <QJsonArray>

namespace gatehouse::apis {

using namespace Qt::StringLiterals;

QJsonObject inputSchemaOf(const Operation &operation)
{
    QJsonObject properties;
    QJsonArray required;
    for (const auto &argument : operation.arguments) {
        properties.insert(argument.name, argument.schema);
        // Of a body that may be left out nothing is required.
        const bool mayBeLeftOut = argument.place == ArgumentPlace::Body && !operation.needsBody;
        if (argument.isRequired && !mayBeLeftOut)
            required.append(argument.name);
    }
    QJsonObject schema{{u"type"_s, u"object"_s},
                       {u"properties"_s, properties},
                       {u"additionalProperties"_s, false}};
    if (!required.isEmpty())
        schema.insert(u"required"_s, required);
    return schema;
}

mcp::Tool toolOf(const Operation &operation)
{
    const bool deletes = operation.method == "DELETE";
    const bool replaces = operation.method == "PUT";
    mcp::Tool tool;
    tool.name = operation.name;
    tool.title = operation.title;
    tool.description = operation.description;
    tool.inputSchema = inputSchemaOf(operation);
    // What an API says of its answers must not keep it from being called.
    if (operation.output && mcp::JsonSchema::compile(*operation.output))
        tool.outputSchema = operation.output;
    tool.scopes = operation.scopes;
    tool.annotations = {{u"readOnlyHint"_s, operation.isReading()},
                        {u"destructiveHint"_s, deletes},
                        {u"idempotentHint"_s, operation.isReading() || replaces || deletes},
                        {u"openWorldHint"_s, false}};
    return tool;
}

Result<std::monostate> addTool(mcp::ToolRegistry &registry, mcp::Tool tool, const QString &apiTitle)
{
    const auto name = shownText(tool.name);
    const auto added = registry.add(std::move(tool));
    if (added)
        return std::monostate();
    return fail(
        Error{u"The operation \"%1\" of %2 %3."_s.arg(name, shownText(apiTitle), added.error())}
            .withRemedy(u"Correct it (another operationId, another schema), or leave it out "
                        "with \"x-mcp\": {\"enabled\": false}."_s));
}

} // namespace gatehouse::apis

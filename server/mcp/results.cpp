// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/results.h>

#include <base/text.h>

#include <QJsonArray>

namespace gatehouse::mcp {

using namespace Qt::StringLiterals;

namespace {

QJsonObject toolJson(const Tool &tool, Revision revision)
{
    QJsonObject json{{u"name"_s, tool.name},
                     {u"description"_s, tool.description},
                     {u"inputSchema"_s, tool.inputSchema}};
    auto annotations = tool.annotations;
    if (knowsTitles(revision)) {
        if (!tool.title.isEmpty())
            json.insert(u"title"_s, tool.title);
    } else if (!tool.title.isEmpty()) {
        annotations.insert(u"title"_s, tool.title); // where 2025-03-26 looks for it
    }
    if (knowsAnnotations(revision) && !annotations.isEmpty())
        json.insert(u"annotations"_s, annotations);
    return json;
}

} // namespace

Result<InitializeParams, RpcError> parseInitialize(const QJsonObject &params)
{
    const auto version = params.value("protocolVersion"_L1);
    if (!version.isString()) {
        return fail(RpcError{rpc_code::kInvalidParams, u"protocolVersion must be a string."_s});
    }
    const auto client = params.value("clientInfo"_L1).toObject();
    return InitializeParams{
        parseRevision(version.toString()).value_or(kLatestRevision),
        shownText(client.value("name"_L1).toString()),
        shownText(client.value("version"_L1).toString()),
    };
}

QJsonObject initializeResult(Revision revision)
{
    QJsonObject server{{u"name"_s, u"gatehouse"_s},
                       {u"version"_s, QStringLiteral(GATEHOUSE_VERSION)}};
    if (knowsTitles(revision))
        server.insert(u"title"_s, u"Gatehouse"_s);
    return {
        {u"protocolVersion"_s, toString(revision)},
        {u"capabilities"_s, QJsonObject{{u"tools"_s, QJsonObject{{u"listChanged"_s, false}}}}},
        {u"serverInfo"_s, server},
        {u"instructions"_s,
         u"These tools call APIs as the person who signed in to Gatehouse on this computer. "
         "When a call is refused or paused, tell the person what the message says."_s},
    };
}

QJsonObject toolsListResult(const ToolRegistry &tools, Revision revision)
{
    QJsonArray list;
    for (const auto &tool : tools.tools())
        list.append(toolJson(*tool, revision));
    return {{u"tools"_s, list}};
}

QJsonObject toolCallResult(const ToolResult &result, Revision revision)
{
    const QJsonObject text{{u"type"_s, u"text"_s}, {u"text"_s, result.text}};
    QJsonObject json{{u"content"_s, QJsonArray{text}}, {u"isError"_s, result.isError}};
    if (result.structured && knowsStructuredContent(revision))
        json.insert(u"structuredContent"_s, *result.structured);
    return json;
}

} // namespace gatehouse::mcp

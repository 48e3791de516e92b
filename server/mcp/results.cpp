// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/results.h>

#include <base/json.h>

#include <algorithm>

namespace gatehouse::mcp {

using namespace Qt::StringLiterals;

namespace {

/// Lists change when this program is configured anew; a client asks again at the latest then.
constexpr auto kServerHolds = std::chrono::hours(1);

QJsonObject serverJson(const ServerInfo &server, Revision revision)
{
    QJsonObject json{{u"name"_s, server.name}, {u"version"_s, server.version}};
    if (knowsTitles(revision))
        json.insert(u"title"_s, server.title);
    if (!knowsIcons(revision))
        return json;
    if (!server.description.isEmpty())
        json.insert(u"description"_s, server.description);
    if (!server.websiteUrl.isEmpty())
        json.insert(u"websiteUrl"_s, server.websiteUrl);
    if (!server.icon.isEmpty()) {
        const QJsonObject icon{{u"src"_s, server.icon},
                               {u"mimeType"_s, u"image/svg+xml"_s},
                               {u"sizes"_s, QJsonArray{u"any"_s}}};
        json.insert(u"icons"_s, QJsonArray{icon});
    }
    return json;
}

QJsonObject capabilities(Revision revision)
{
    const QJsonObject changes{{u"listChanged"_s, true}};
    QJsonObject json{
        {u"tools"_s, changes},
        {u"prompts"_s, changes},
        {u"resources"_s, QJsonObject{{u"listChanged"_s, true}, {u"subscribe"_s, true}}},
        {u"logging"_s, QJsonObject()}};
    if (knowsCompletions(revision))
        json.insert(u"completions"_s, QJsonObject());
    return json;
}

/// Name and, where it is known, title and description: what every listed thing begins with.
template <typename Item>
QJsonObject named(const Item &item, Revision revision)
{
    QJsonObject json{{u"name"_s, item.name}};
    if (!item.description.isEmpty())
        json.insert(u"description"_s, item.description);
    if (!item.title.isEmpty() && knowsTitles(revision))
        json.insert(u"title"_s, item.title);
    return json;
}

/// A content block as `revision` has it; what it does not know is said in words.
QJsonObject blockFor(const QJsonObject &block, Revision revision)
{
    const auto type = block.value("type"_L1).toString();
    const auto inWords = [](const QString &words) {
        return QJsonObject{{u"type"_s, u"text"_s}, {u"text"_s, words}};
    };
    if (type == "audio"_L1 && !knowsAudio(revision))
        return inWords(u"(A sound, which this client cannot take.)"_s);
    if (type == "resource_link"_L1 && !knowsResourceLinks(revision))
        return inWords(block.value("uri"_L1).toString());
    return block;
}

/// What needs no escapes, as most does not, is only put into quotes.
QByteArray jsonText(const QString &text)
{
    const auto bytes = text.toUtf8();
    const bool isPlain = std::none_of(bytes.begin(), bytes.end(), [](char c) {
        return uchar(c) < 0x20 || c == '"' || c == '\\';
    });
    return isPlain ? '"' + bytes + '"' : toCompactJson(QJsonArray{text}).chopped(1).sliced(1);
}

QByteArray jsonText(const RpcId &id)
{
    const auto value = id.toJson();
    return value.isString() ? jsonText(value.toString()) : QByteArray::number(value.toInteger());
}

/// The content of a tool's result.
QByteArray contentText(const ToolResult &result, Revision revision)
{
    if (result.blocks.isEmpty())
        return R"([{"type":"text","text":)" + jsonText(result.text) + "}]";
    QJsonArray content;
    if (!result.text.isEmpty())
        content.append(QJsonObject{{u"type"_s, u"text"_s}, {u"text"_s, result.text}});
    for (const auto &block : result.blocks)
        content.append(blockFor(block.toObject(), revision));
    return toCompactJson(content);
}

constexpr auto kServerInfoKey = "io.modelcontextprotocol/serverInfo"_L1;

/// What every result of 2026-07-28 says of the server.
QJsonObject shortServerJson(const ServerInfo &server)
{
    return {{u"name"_s, server.name}, {u"title"_s, server.title}, {u"version"_s, server.version}};
}

} // namespace

Result<InitializeParams, RpcError> parseInitialize(const QJsonObject &params)
{
    const auto version = params.value("protocolVersion"_L1);
    if (!version.isString()) {
        return fail(RpcError{rpc_code::kInvalidParams, u"protocolVersion must be a string."_s});
    }
    const auto asked = parseRevision(version.toString()).value_or(kLatestHandshake);
    const auto revision = isStateless(asked) ? kLatestHandshake : asked;
    return InitializeParams{
        revision,
        ClientAbilities::parse(params.value("capabilities"_L1).toObject(), revision),
    };
}

QJsonObject initializeResult(const ServerInfo &server, Revision revision)
{
    return {{u"protocolVersion"_s, toString(revision)},
            {u"capabilities"_s, capabilities(revision)},
            {u"serverInfo"_s, serverJson(server, revision)},
            {u"instructions"_s, server.instructions}};
}

QJsonObject discoverResult(const ServerInfo &server)
{
    return {{u"supportedVersions"_s, QJsonArray::fromStringList(statelessRevisions())},
            {u"capabilities"_s, capabilities(kStateless)},
            {u"instructions"_s, server.instructions},
            {u"ttlMs"_s, qint64(std::chrono::milliseconds(kServerHolds).count())},
            {u"cacheScope"_s, u"public"_s},
            {u"_meta"_s, QJsonObject{{kServerInfoKey, serverJson(server, kStateless)}}}};
}

QJsonObject toolJson(const Tool &tool, Revision revision)
{
    auto json = named(tool, revision);
    json.insert(u"inputSchema"_s, tool.inputSchema);
    auto annotations = tool.annotations;
    if (!knowsTitles(revision) && !tool.title.isEmpty())
        annotations.insert(u"title"_s, tool.title); // where 2025-03-26 looks for it
    if (knowsAnnotations(revision) && !annotations.isEmpty())
        json.insert(u"annotations"_s, annotations);
    if (tool.outputSchema && knowsStructuredContent(revision))
        json.insert(u"outputSchema"_s, *tool.outputSchema);
    return json;
}

QJsonObject resourceJson(const Resource &resource, Revision revision)
{
    auto json = named(resource, revision);
    json.insert(u"uri"_s, resource.uri);
    json.insert(u"mimeType"_s, resource.mimeType);
    return json;
}

QJsonObject templateJson(const ResourceTemplate &resource, Revision revision)
{
    auto json = named(resource, revision);
    json.insert(u"uriTemplate"_s, resource.uriTemplate);
    json.insert(u"mimeType"_s, resource.mimeType);
    return json;
}

QJsonObject promptJson(const Prompt &prompt, Revision revision)
{
    auto json = named(prompt, revision);
    QJsonArray arguments;
    for (const auto &argument : prompt.arguments) {
        arguments.append(QJsonObject{{u"name"_s, argument.name},
                                     {u"description"_s, argument.description},
                                     {u"required"_s, argument.isRequired}});
    }
    if (!arguments.isEmpty())
        json.insert(u"arguments"_s, arguments);
    return json;
}

QByteArray trailerOf(const ServerInfo &server)
{
    const auto added = toCompactJson(completed({}, server, kStateless));
    return ',' + added.mid(1, added.size() - 2);
}

QByteArray toolCallAnswer(const RpcId &id, const ToolResult &result, const QByteArray &trailer,
                          Revision revision)
{
    QByteArray json = R"({"jsonrpc":"2.0","id":)" + jsonText(id) + R"(,"result":{"content":)"
        + contentText(result, revision) + R"(,"isError":)" + (result.isError ? "true" : "false");
    if (result.structured && knowsStructuredContent(revision))
        json += R"(,"structuredContent":)" + toCompactJson(*result.structured);
    if (isStateless(revision))
        json += trailer;
    return json + "}}";
}

QJsonObject promptResult(const PromptMessages &messages, Revision revision)
{
    QJsonArray list;
    for (const auto &each : messages.messages) {
        auto message = each.toObject();
        message.insert(u"content"_s, blockFor(message.value("content"_L1).toObject(), revision));
        list.append(message);
    }
    QJsonObject json{{u"messages"_s, list}};
    if (!messages.description.isEmpty())
        json.insert(u"description"_s, messages.description);
    return json;
}

QJsonObject completed(QJsonObject result, const ServerInfo &server, Revision revision)
{
    if (!isStateless(revision))
        return result;
    if (!result.contains("resultType"_L1))
        result.insert(u"resultType"_s, u"complete"_s);
    auto meta = result.value("_meta"_L1).toObject();
    if (!meta.contains(kServerInfoKey)) {
        meta.insert(kServerInfoKey, shortServerJson(server));
        result.insert(u"_meta"_s, meta);
    }
    return result;
}

QJsonObject privateFor(QJsonObject result, std::chrono::milliseconds time, Revision revision)
{
    if (isStateless(revision)) {
        result.insert(u"ttlMs"_s, qint64(time.count()));
        result.insert(u"cacheScope"_s, u"private"_s);
    }
    return result;
}

} // namespace gatehouse::mcp

// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/stateless_request.h>

#include <base/text.h>
#include <mcp/dispatcher.h>

#include <QJsonArray>

#include <array>

namespace gatehouse::mcp {

using namespace Qt::StringLiterals;

namespace {

constexpr auto kVersionHeader = "MCP-Protocol-Version";
constexpr auto kVersionKey = "io.modelcontextprotocol/protocolVersion"_L1;
constexpr auto kCapabilitiesKey = "io.modelcontextprotocol/clientCapabilities"_L1;
constexpr auto kClientInfoKey = "io.modelcontextprotocol/clientInfo"_L1;
constexpr auto kLogLevelKey = "io.modelcontextprotocol/logLevel"_L1;

struct Subject {
    const http::HttpRequest &request;
    const RpcRequest &call;
    const Features &features;
    const QJsonObject meta;
};

using Refusal = std::optional<StatelessRefusal>;

Refusal invalidMeta(const QString &message)
{
    return StatelessRefusal{400, {rpc_code::kInvalidParams, message}};
}

Refusal mismatch(const QByteArray &header)
{
    return StatelessRefusal{
        400,
        {rpc_code::kHeaderMismatch,
         u"Header mismatch: %1 is missing or does not say what the body says."_s.arg(
             QString::fromLatin1(header))}};
}

Refusal checkMeta(const Subject &subject)
{
    if (!subject.meta.value(kVersionKey).isString())
        return invalidMeta(u"_meta[\"%1\"] must be a string."_s.arg(kVersionKey));
    if (!subject.meta.value(kCapabilitiesKey).isObject())
        return invalidMeta(u"_meta[\"%1\"] must be an object."_s.arg(kCapabilitiesKey));
    return std::nullopt;
}

Refusal checkVersionHeader(const Subject &subject)
{
    if (QString::fromLatin1(subject.request.headers.value(kVersionHeader))
        != subject.meta.value(kVersionKey).toString())
        return mismatch(kVersionHeader);
    return std::nullopt;
}

Refusal checkVersion(const Subject &subject)
{
    const auto asked = subject.meta.value(kVersionKey).toString();
    const auto revision = parseRevision(asked);
    if (revision && isStateless(*revision))
        return std::nullopt;
    return StatelessRefusal{400,
                            {rpc_code::kUnsupportedVersion,
                             u"Unsupported protocol version"_s,
                             {{u"supported"_s, QJsonArray::fromStringList(statelessRevisions())},
                              {u"requested"_s, asked}}}};
}

Refusal checkMethodHeader(const Subject &subject)
{
    if (QString::fromLatin1(subject.request.headers.value("mcp-method")) != subject.call.method)
        return mismatch("Mcp-Method");
    return std::nullopt;
}

/// The value that Mcp-Name repeats; nothing for methods without it.
std::optional<QJsonValue> nameIn(const RpcRequest &call)
{
    if (call.method == "tools/call"_L1 || call.method == "prompts/get"_L1)
        return call.params.value("name"_L1);
    if (call.method == "resources/read"_L1)
        return call.params.value("uri"_L1);
    return std::nullopt;
}

std::optional<QByteArray> headerIn(const http::HttpRequest &request, const QByteArray &name)
{
    return request.headers.contains(name) ? std::optional(request.headers.value(name).trimmed())
                                          : std::nullopt;
}

Refusal checkNameHeader(const Subject &subject)
{
    const auto name = nameIn(subject.call);
    if (name && !headerMatches(headerIn(subject.request, "mcp-name"), *name))
        return mismatch("Mcp-Name");
    return std::nullopt;
}

Refusal checkParamHeaders(const Subject &subject)
{
    if (subject.call.method != "tools/call"_L1)
        return std::nullopt;
    const auto *const entry =
        subject.features.tools.find(subject.call.params.value("name"_L1).toString());
    if (entry == nullptr)
        return std::nullopt;
    const auto arguments = subject.call.params.value("arguments"_L1).toObject();
    for (const auto &header : entry->headers) {
        if (!headerMatches(headerIn(subject.request, header.name.toLower()),
                           valueAt(arguments, header.path)))
            return mismatch(header.name);
    }
    return std::nullopt;
}

/// Last, as an unknown method has its own status.
Refusal checkMethod(const Subject &subject)
{
    if (subject.call.method == QLatin1String(kListenMethod)
        || Dispatcher::hasMethod(subject.call.method, kStateless))
        return std::nullopt;
    return StatelessRefusal{404,
                            {rpc_code::kMethodNotFound,
                             u"There is no method \"%1\" in MCP %2."_s.arg(
                                 shownText(subject.call.method), toString(kStateless))}};
}

constexpr std::array kChecks{&checkMeta,         &checkVersionHeader, &checkVersion,
                             &checkMethodHeader, &checkNameHeader,    &checkParamHeaders,
                             &checkMethod};

QJsonObject metaOf(const RpcMessage &message)
{
    if (const auto *const request = std::get_if<RpcRequest>(&message))
        return request->params.value("_meta"_L1).toObject();
    if (const auto *const notification = std::get_if<RpcNotification>(&message))
        return notification->params.value("_meta"_L1).toObject();
    return {};
}

} // namespace

bool isStatelessRequest(const http::HttpRequest &request, const RpcInput &input)
{
    if (!input.isBatch && metaOf(input.messages.front()).contains(kVersionKey))
        return true;
    const auto named = parseRevision(QString::fromLatin1(request.headers.value(kVersionHeader)));
    return named && isStateless(*named);
}

Result<StatelessMeta, StatelessRefusal>
checkStateless(const http::HttpRequest &request, const RpcRequest &call, const Features &features)
{
    const Subject subject{request, call, features, call.params.value("_meta"_L1).toObject()};
    for (const auto check : kChecks) {
        if (const auto refusal = check(subject))
            return fail(*refusal);
    }
    StatelessMeta meta;
    meta.abilities =
        ClientAbilities::parse(subject.meta.value(kCapabilitiesKey).toObject(), kStateless);
    meta.logLevel = parseLogLevel(subject.meta.value(kLogLevelKey).toString());
    meta.clientName = shownText(subject.meta.value(kClientInfoKey)["name"_L1].toString());
    return meta;
}

} // namespace gatehouse::mcp

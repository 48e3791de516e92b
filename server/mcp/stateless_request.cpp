// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/stateless_request.h>

#include <QJsonArray>

#include <array>

namespace gatehouse::mcp {

using namespace Qt::StringLiterals;

namespace {

constexpr auto kVersionHeader = "MCP-Protocol-Version";
constexpr auto kVersionKey = "io.modelcontextprotocol/protocolVersion"_L1;
constexpr auto kCapabilitiesKey = "io.modelcontextprotocol/clientCapabilities"_L1;
constexpr auto kLogLevelKey = "io.modelcontextprotocol/logLevel"_L1;

struct Subject {
    const http::HttpRequest &request;
    const RpcRequest &call;
    const ToolRegistry &tools;
    const QJsonObject meta;
};

using Refusal = std::optional<RpcError>;

Refusal invalidMeta(const QString &message)
{
    return RpcError{rpc_code::kInvalidParams, message};
}

Refusal mismatch(const QByteArray &header)
{
    return RpcError{rpc_code::kHeaderMismatch,
                    u"Header mismatch: %1 is missing or does not say what the body says."_s.arg(
                        QString::fromLatin1(header))};
}

Refusal checkMeta(const Subject &subject)
{
    if (!subject.meta.value(kVersionKey).isString())
        return invalidMeta(u"_meta[\"%1\"] must be a string."_s.arg(kVersionKey));
    if (!subject.meta.value(kCapabilitiesKey).isObject())
        return invalidMeta(u"_meta[\"%1\"] must be an object."_s.arg(kCapabilitiesKey));
    return std::nullopt;
}

/// Nothing for a field that is missing or stands there twice: whoever reads the other one would
/// read something else.
std::optional<QByteArray> headerIn(const http::HttpRequest &request, QByteArrayView name)
{
    return request.headers.count(name) == 1 ? std::optional(request.headers.value(name).trimmed())
                                            : std::nullopt;
}

bool says(const http::HttpRequest &request, QByteArrayView name, const QString &value)
{
    return headerIn(request, name) == value.toUtf8();
}

Refusal checkVersionHeader(const Subject &subject)
{
    const auto version = subject.meta.value(kVersionKey).toString();
    return says(subject.request, kVersionHeader, version) ? Refusal() : mismatch(kVersionHeader);
}

Refusal checkVersion(const Subject &subject)
{
    const auto asked = subject.meta.value(kVersionKey).toString();
    const auto revision = parseRevision(asked);
    if (revision && isStateless(*revision))
        return std::nullopt;
    return RpcError{rpc_code::kUnsupportedVersion,
                    u"Unsupported protocol version"_s,
                    {{u"supported"_s, QJsonArray::fromStringList(statelessRevisions())},
                     {u"requested"_s, asked}}};
}

Refusal checkMethodHeader(const Subject &subject)
{
    return says(subject.request, "mcp-method", subject.call.method) ? Refusal()
                                                                    : mismatch("Mcp-Method");
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
    const auto *const entry = subject.tools.find(subject.call.params.value("name"_L1).toString());
    if (entry == nullptr)
        return std::nullopt;
    const auto arguments = subject.call.params.value("arguments"_L1).toObject();
    for (const auto &header : entry->headers) {
        const bool isTwice = subject.request.headers.count(header.name) > 1;
        if (isTwice
            || !headerMatches(headerIn(subject.request, header.name),
                              valueAt(arguments, header.path)))
            return mismatch(header.name);
    }
    return std::nullopt;
}

constexpr std::array kChecks{&checkMeta,         &checkVersionHeader, &checkVersion,
                             &checkMethodHeader, &checkNameHeader,    &checkParamHeaders};

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
    const auto meta = input.isBatch ? QJsonObject() : metaOf(input.messages.front());
    if (meta.contains(kVersionKey)) {
        // A client in a session may repeat the version of the session there.
        const auto ofSession = parseRevision(meta.value(kVersionKey).toString());
        return !(ofSession && !isStateless(*ofSession)
                 && request.headers.contains("mcp-session-id"));
    }
    const auto named = parseRevision(QString::fromLatin1(request.headers.value(kVersionHeader)));
    return named && isStateless(*named);
}

Result<StatelessMeta, RpcError> checkStateless(const http::HttpRequest &request,
                                               const RpcRequest &call, const ToolRegistry &tools)
{
    const Subject subject{request, call, tools, call.params.value("_meta"_L1).toObject()};
    for (const auto check : kChecks) {
        if (const auto refusal = check(subject))
            return fail(*refusal);
    }
    StatelessMeta meta;
    meta.abilities =
        ClientAbilities::parse(subject.meta.value(kCapabilitiesKey).toObject(), kStateless);
    meta.logLevel = parseLogLevel(subject.meta.value(kLogLevelKey).toString());
    return meta;
}

} // namespace gatehouse::mcp

// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/json_rpc.h>

#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>

namespace gatehouse::mcp {

using namespace Qt::StringLiterals;

namespace {

/// Counts brackets outside strings, so that a hostile body is refused before a tree is built of it.
bool isTooDeep(const QByteArray &text)
{
    int depth = 0;
    bool inString = false;
    for (qsizetype i = 0; i < text.size(); ++i) {
        const char c = text.at(i);
        if (inString) {
            if (c == '\\')
                ++i;
            else if (c == '"')
                inString = false;
        } else if (c == '"') {
            inString = true;
        } else if (c == '{' || c == '[') {
            if (++depth > kDeepestMessage)
                return true;
        } else if (c == '}' || c == ']') {
            --depth;
        }
    }
    return false;
}

RpcInvalid invalid(std::optional<RpcId> id, const QString &why)
{
    return {std::move(id), {rpc_code::kInvalidRequest, why}};
}

RpcMessage parseCall(const QJsonObject &object, const std::optional<RpcId> &id)
{
    if (!object.value("method"_L1).isString())
        return invalid(id, u"Invalid request: method must be a string."_s);
    const auto method = object.value("method"_L1).toString();
    if (object.contains("id"_L1) && !id)
        return invalid({}, u"Invalid request: id must be a string or a whole number."_s);
    const auto params = object.value("params"_L1);
    if (isGiven(params) && !params.isObject())
        return RpcInvalid{id, {rpc_code::kInvalidParams, u"params must be an object."_s}};
    if (id)
        return RpcRequest{*id, method, params.toObject()};
    return RpcNotification{method, params.toObject()};
}

RpcMessage parseResponse(const QJsonObject &object, const std::optional<RpcId> &id)
{
    if (!id)
        return invalid({}, u"Invalid response: id must be a string or a whole number."_s);
    const auto result = object.value("result"_L1);
    if (result.isObject())
        return RpcResponse{*id, result.toObject()};
    const auto error = object.value("error"_L1);
    if (!error.isObject())
        return invalid(id, u"Invalid response: result or error must be an object."_s);
    return RpcResponse{*id,
                       {},
                       RpcError{error["code"_L1].toInt(), error["message"_L1].toString(),
                                error["data"_L1].toObject()}};
}

RpcMessage parseMessage(const QJsonValue &value)
{
    if (!value.isObject())
        return invalid({}, u"Invalid request: a message must be an object."_s);
    const auto object = value.toObject();
    const auto id = RpcId::fromJson(object.value("id"_L1));
    if (object.value("jsonrpc"_L1).toString() != "2.0"_L1)
        return invalid(id, u"Invalid request: jsonrpc must be \"2.0\"."_s);
    if (object.contains("method"_L1))
        return parseCall(object, id);
    if (object.contains("result"_L1) != object.contains("error"_L1))
        return parseResponse(object, id);
    return invalid(id, u"Invalid request: neither a request nor an answer."_s);
}

} // namespace

std::optional<RpcId> RpcId::fromJson(const QJsonValue &value)
{
    if (value.isString())
        return RpcId(value.toString());
    // Two defaults tell a whole number from anything else.
    if (value.isDouble() && value.toInteger(0) == value.toInteger(1))
        return RpcId(value.toInteger());
    return std::nullopt;
}

QJsonValue RpcId::toJson() const
{
    return std::visit([](const auto &value) { return QJsonValue(value); }, m_value);
}

Result<RpcInput, RpcError> parseRpc(const QByteArray &text)
{
    if (isTooDeep(text))
        return fail(RpcError{rpc_code::kInvalidRequest, u"The message nests too deep."_s});
    QJsonParseError error;
    const auto document = QJsonDocument::fromJson(text, &error);
    if (error.error != QJsonParseError::NoError)
        return fail(RpcError{rpc_code::kParseError, u"Parse error: the body is not JSON."_s});
    if (document.isObject())
        return RpcInput{{parseMessage(document.object())}, false};

    const auto elements = document.array();
    if (elements.isEmpty() || elements.size() > kLargestBatch) {
        return fail(RpcError{rpc_code::kInvalidRequest,
                             u"A batch must hold 1 to %1 messages."_s.arg(kLargestBatch)});
    }
    RpcInput input{{}, true};
    std::transform(elements.begin(), elements.end(), std::back_inserter(input.messages),
                   [](const QJsonValue &element) { return parseMessage(element); });
    return input;
}

QJsonObject rpcResult(const RpcId &id, const QJsonObject &result)
{
    return {{u"jsonrpc"_s, u"2.0"_s}, {u"id"_s, id.toJson()}, {u"result"_s, result}};
}

QJsonObject rpcError(const std::optional<RpcId> &id, const RpcError &error)
{
    QJsonObject body{{u"code"_s, error.code}, {u"message"_s, error.message}};
    if (!error.data.isEmpty())
        body.insert(u"data"_s, error.data);
    QJsonObject message{{u"jsonrpc"_s, u"2.0"_s}, {u"error"_s, body}};
    if (id)
        message.insert(u"id"_s, id->toJson());
    return message;
}

QJsonObject rpcNotification(const QString &method, const QJsonObject &params)
{
    QJsonObject message{{u"jsonrpc"_s, u"2.0"_s}, {u"method"_s, method}};
    if (!params.isEmpty())
        message.insert(u"params"_s, params);
    return message;
}

QJsonObject rpcRequest(const RpcId &id, const QString &method, const QJsonObject &params)
{
    auto message = rpcNotification(method, params);
    message.insert(u"id"_s, id.toJson());
    return message;
}

} // namespace gatehouse::mcp

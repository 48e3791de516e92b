// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/result.h>

#include <QByteArray>
#include <QHash>
#include <QJsonObject>
#include <QJsonValue>
#include <QString>

#include <optional>
#include <variant>
#include <vector>

namespace gatehouse::mcp {

/// JSON-RPC 2.0 §5.1, and one of our own for a batch element that lacks scopes.
namespace rpc_code {
constexpr int kParseError = -32700;
constexpr int kInvalidRequest = -32600;
constexpr int kMethodNotFound = -32601;
constexpr int kInvalidParams = -32602;
constexpr int kInternalError = -32603;
constexpr int kInsufficientScope = -32003;
constexpr int kResourceNotFound = -32002; ///< until 2025-11-25
/// MCP 2026-07-28 basic §Error Codes; never to a client of an earlier revision, which would take
/// this server for one that knows nothing else (versioning §Backward Compatibility).
constexpr int kHeaderMismatch = -32020;
constexpr int kMissingClientCapability = -32021;
constexpr int kUnsupportedVersion = -32022;
} // namespace rpc_code

constexpr int kDeepestMessage = 64;
constexpr qsizetype kLargestBatch = 64;

/// The id of a request: a string or a whole number, never null (MCP basic §Messages).
class RpcId {
public:
    [[nodiscard]] static std::optional<RpcId> fromJson(const QJsonValue &value);
    [[nodiscard]] static RpcId of(qint64 number) { return RpcId(number); }
    [[nodiscard]] QJsonValue toJson() const;

    friend bool operator==(const RpcId &a, const RpcId &b) { return a.m_value == b.m_value; }
    friend size_t qHash(const RpcId &id, size_t seed = 0)
    {
        return std::visit([seed](const auto &value) { return ::qHash(value, seed); }, id.m_value);
    }

private:
    explicit RpcId(std::variant<QString, qint64> value) : m_value(std::move(value)) { }

    std::variant<QString, qint64> m_value;
};

/// Some clients write null for what they leave out.
[[nodiscard]] inline bool isGiven(const QJsonValue &value)
{
    return !value.isUndefined() && !value.isNull();
}

struct RpcError {
    int code = rpc_code::kInternalError;
    QString message;
    QJsonObject data = {}; ///< left out when empty
};

struct RpcRequest {
    RpcId id;
    QString method;
    QJsonObject params;
};

struct RpcNotification {
    QString method;
    QJsonObject params;
};

/// The client's answer to a request of ours.
struct RpcResponse {
    RpcId id;
    QJsonObject result;
    std::optional<RpcError> error = {};
};

/// What is JSON but no message; inside a batch the others still count (JSON-RPC 2.0 §6).
struct RpcInvalid {
    std::optional<RpcId> id;
    RpcError error;
};

using RpcMessage = std::variant<RpcRequest, RpcNotification, RpcResponse, RpcInvalid>;

/// What one body held.
struct RpcInput {
    std::vector<RpcMessage> messages;
    bool isBatch = false;
};

/// Parses one message or a batch. Fails for what is no JSON, nests deeper than kDeepestMessage, is
/// an empty batch or one of more than kLargestBatch.
[[nodiscard]] Result<RpcInput, RpcError> parseRpc(const QByteArray &text);

[[nodiscard]] QJsonObject rpcResult(const RpcId &id, const QJsonObject &result);
/// Without an id (the request's could not be read) the answer has none either: the schemas of MCP
/// know no null there, unlike JSON-RPC 2.0 §5.
[[nodiscard]] QJsonObject rpcError(const std::optional<RpcId> &id, const RpcError &error);
/// Empty params are left out.
[[nodiscard]] QJsonObject rpcNotification(const QString &method, const QJsonObject &params = {});
[[nodiscard]] QJsonObject rpcRequest(const RpcId &id, const QString &method,
                                     const QJsonObject &params);

} // namespace gatehouse::mcp

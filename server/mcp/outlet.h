// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <mcp/json_rpc.h>

#include <variant>

namespace gatehouse::mcp {

/// Why a request gets no JSON-RPC answer.
enum class NoAnswer {
    Cancelled, ///< notifications/cancelled: the client no longer expects one
    SessionEnded, ///< deleted, dropped for another one, or its stream is gone
    GrantEnded, ///< the person revoked the client
};

/// An answer that is written already. The commonest one, that of a tool call, never becomes a tree
/// of values: building and writing one takes a quarter of what the whole call costs.
struct RpcText {
    QByteArray json; ///< one line
};
using RpcAnswer = std::variant<QJsonObject, RpcText>;

/// What a request leads to: a JSON-RPC answer, or none.
using RpcOutcome = std::variant<RpcAnswer, NoAnswer>;

/// Where everything goes that belongs to one request, whatever transport brought it. Shared by
/// whoever works on the request; the transport makes it.
class Outlet {
public:
    Outlet() = default;
    Outlet(const Outlet &) = delete;
    Outlet &operator=(const Outlet &) = delete;
    virtual ~Outlet() = default;

    /// Whether messages can be sent before the answer.
    [[nodiscard]] virtual bool canSend() const = 0;
    /// A notification, or a request of ours. Lost where canSend() is false.
    virtual void send(const QJsonObject &message) = 0;
    /// The answer. Once, as the last call.
    virtual void finish(const RpcOutcome &outcome) = 0;
    /// Ends the connection where the client can fetch the rest later.
    virtual void releaseConnection() { }
};

} // namespace gatehouse::mcp

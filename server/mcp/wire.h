// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <http/http_message.h>
#include <mcp/outlet.h>
#include <mcp/revision.h>
#include <oauth/access.h>

#include <QByteArrayView>

#include <initializer_list>

namespace gatehouse::mcp {

/// What the bearer guard found out. Only for requests that have passed it.
[[nodiscard]] const oauth::Access &accessOf(const http::HttpRequest &request);

/// Where `request` was sent to, and nothing else of it: what a refusal that comes late still needs
/// for its challenge.
[[nodiscard]] http::HttpRequest addressOf(const http::HttpRequest &request);

/// True when the Accept header allows one of these media types; without the header everything is
/// allowed (RFC 9110 §12.5.1).
[[nodiscard]] bool acceptsAnyOf(const http::HttpRequest &request,
                                std::initializer_list<QByteArrayView> types);
/// True when the body is said to be application/json, whatever the parameters.
[[nodiscard]] bool bringsJson(const http::HttpRequest &request);

/// An HTTP error with a JSON-RPC error as its body, for logs and people at the client's side.
[[nodiscard]] http::HttpResponse refuse(int status, const QString &message,
                                        int code = rpc_code::kInvalidRequest,
                                        const std::optional<RpcId> &id = {});

/// A message as it goes out. In a build that checks its messages (GATEHOUSE_CHECK_MESSAGES) the
/// process ends when one breaks the official schema of `revision`. `method` is that of the request
/// it answers; empty for what answers none.
[[nodiscard]] QByteArray toWire(const QJsonObject &message, Revision revision,
                                const QString &method = {});
[[nodiscard]] QByteArray toWire(const RpcAnswer &answer, Revision revision, const QString &method);

/// The head of an answer that stays open as text/event-stream; `firstPiece` follows at once.
[[nodiscard]] http::HttpResponse eventStreamHead(const QByteArray &firstPiece);
/// One event (WHATWG HTML §9.2.6). `data` holds no line break: compact JSON or a path.
[[nodiscard]] QByteArray sseEvent(const QByteArray &name, const QByteArray &data);

} // namespace gatehouse::mcp

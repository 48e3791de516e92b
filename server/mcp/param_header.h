// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/result.h>

#include <QByteArray>
#include <QJsonObject>
#include <QStringList>

#include <optional>
#include <vector>

namespace gatehouse::mcp {

/// An argument that clients repeat in a header (MCP 2026-07-28 streamable-http §Custom Headers from
/// Tool Parameters, "x-mcp-header").
struct ParamHeader {
    QByteArray name; ///< the whole field name, "Mcp-Param-…"
    QStringList path; ///< of property names
};

/// The annotations of an input schema, in every object that `properties` lead to. Fails for one for
/// which clients must leave the whole tool out (§Schema Extension), and says why.
[[nodiscard]] Result<std::vector<ParamHeader>, QString>
paramHeadersOf(const QJsonObject &inputSchema);

/// The text that a header carries; decodes "=?base64?…?=". Nothing for bytes that no header may
/// hold, and for an encoding that is none (§Value Encoding).
[[nodiscard]] std::optional<QString> decodeHeaderValue(const QByteArray &value);

/// Whether a header says what the argument says; numbers are compared as such. An argument that is
/// absent or null must have no header, any other must have one.
[[nodiscard]] bool headerMatches(const std::optional<QByteArray> &header,
                                 const QJsonValue &argument);
/// The argument at this path.
[[nodiscard]] QJsonValue valueAt(const QJsonObject &arguments, const QStringList &path);

} // namespace gatehouse::mcp

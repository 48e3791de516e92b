// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <mcp/tool.h>

#include <QByteArray>
#include <QString>

namespace gatehouse::apis {

/// An API's answer over HTTP.
struct ApiAnswer {
    int status = 0;
    QByteArray contentType;
    QByteArray body;
};

/// What a client gets of an answer. JSON comes as text and as structured content (anything but an
/// object under "result", as structuredContent must be an object); a refusal becomes a tool error
/// with a short excerpt as plain text.
[[nodiscard]] mcp::ToolResult toToolResult(const QString &apiTitle, const ApiAnswer &answer);

} // namespace gatehouse::apis

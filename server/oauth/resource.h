// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace gatehouse::oauth {

/// True for a name of the one resource that this server is (RFC 8707): its origin under any of the
/// three loopback names, with or without "/", "/mcp" or "/sse".
[[nodiscard]] bool isOwnResource(const QString &resource, quint16 port);

} // namespace gatehouse::oauth

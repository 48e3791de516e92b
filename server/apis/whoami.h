// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <mcp/tool.h>

#include <functional>

namespace gatehouse::apis {

/// The built-in tool `whoami`, which every client may call: `describe` says for a caller which
/// account, client and scopes it acts with, and until when.
[[nodiscard]] mcp::Tool makeWhoami(std::function<mcp::ToolResult(const oauth::Access &)> describe);

} // namespace gatehouse::apis

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <optional>

namespace gatehouse::mcp {

/// The MCP revisions that begin with `initialize`, oldest first.
enum class Revision { V2024_11_05, V2025_03_26, V2025_06_18, V2025_11_25 };

constexpr auto kLatestRevision = Revision::V2025_11_25;

/// Nothing for a revision that is not spoken here.
[[nodiscard]] std::optional<Revision> parseRevision(const QString &text);
[[nodiscard]] QString toString(Revision revision);

/// What a revision knows (MCP changelogs); what it does not know is left out for its clients.
/// @{
[[nodiscard]] constexpr bool knowsBatches(Revision r)
{
    return r <= Revision::V2025_03_26;
}
[[nodiscard]] constexpr bool knowsAnnotations(Revision r)
{
    return r >= Revision::V2025_03_26;
}
[[nodiscard]] constexpr bool knowsTitles(Revision r)
{
    return r >= Revision::V2025_06_18;
}
[[nodiscard]] constexpr bool knowsStructuredContent(Revision r)
{
    return r >= Revision::V2025_06_18;
}
/// @}

} // namespace gatehouse::mcp

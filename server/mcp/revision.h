// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

#include <optional>

namespace gatehouse::mcp {

/// The MCP revisions, oldest first. All but the last begin with `initialize`; in the last every
/// request stands for itself (MCP 2026-07-28 versioning §Terminology: legacy and modern).
enum class Revision { V2024_11_05, V2025_03_26, V2025_06_18, V2025_11_25, V2026_07_28 };

/// What `initialize` is answered with when it asks for an unknown revision.
constexpr auto kLatestHandshake = Revision::V2025_11_25;
constexpr auto kStateless = Revision::V2026_07_28;

/// Nothing for a revision that is not spoken here.
[[nodiscard]] std::optional<Revision> parseRevision(const QString &text);
[[nodiscard]] QString toString(Revision revision);
/// Those that a request can name by itself, newest first.
[[nodiscard]] QStringList statelessRevisions();

/// What a revision knows (MCP changelogs); what it does not know is left out for its clients.
/// @{
[[nodiscard]] constexpr bool isStateless(Revision r)
{
    return r >= Revision::V2026_07_28;
}
[[nodiscard]] constexpr bool knowsBatches(Revision r)
{
    return r <= Revision::V2025_03_26;
}
[[nodiscard]] constexpr bool knowsAnnotations(Revision r)
{
    return r >= Revision::V2025_03_26;
}
[[nodiscard]] constexpr bool knowsAudio(Revision r)
{
    return r >= Revision::V2025_03_26;
}
[[nodiscard]] constexpr bool knowsProgressMessages(Revision r)
{
    return r >= Revision::V2025_03_26;
}
[[nodiscard]] constexpr bool knowsCompletions(Revision r)
{
    return r >= Revision::V2025_03_26;
}
[[nodiscard]] constexpr bool knowsTitles(Revision r)
{
    return r >= Revision::V2025_06_18;
}
/// structuredContent and outputSchema.
[[nodiscard]] constexpr bool knowsStructuredContent(Revision r)
{
    return r >= Revision::V2025_06_18;
}
[[nodiscard]] constexpr bool knowsResourceLinks(Revision r)
{
    return r >= Revision::V2025_06_18;
}
[[nodiscard]] constexpr bool knowsElicitation(Revision r)
{
    return r >= Revision::V2025_06_18;
}
/// Icons, and the description of an implementation.
[[nodiscard]] constexpr bool knowsIcons(Revision r)
{
    return r >= Revision::V2025_11_25;
}
/// elicitation/create with a mode: a form or an address.
[[nodiscard]] constexpr bool knowsElicitationModes(Revision r)
{
    return r >= Revision::V2025_11_25;
}
/// Event streams begin with an empty event that has an ID, so that they can be resumed at once.
[[nodiscard]] constexpr bool knowsPrimingEvents(Revision r)
{
    return r == Revision::V2025_11_25;
}
/// @}

} // namespace gatehouse::mcp

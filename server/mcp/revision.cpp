// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/revision.h>

#include <algorithm>
#include <array>

namespace gatehouse::mcp {

using namespace Qt::StringLiterals;

namespace {

struct Name {
    Revision revision;
    QLatin1String text;
};

constexpr std::array kNames{
    Name{Revision::V2024_11_05, "2024-11-05"_L1}, Name{Revision::V2025_03_26, "2025-03-26"_L1},
    Name{Revision::V2025_06_18, "2025-06-18"_L1}, Name{Revision::V2025_11_25, "2025-11-25"_L1},
    Name{Revision::V2026_07_28, "2026-07-28"_L1},
};

} // namespace

std::optional<Revision> parseRevision(const QString &text)
{
    const auto found = std::find_if(kNames.begin(), kNames.end(),
                                    [&](const Name &name) { return name.text == text; });
    return found == kNames.end() ? std::nullopt : std::optional(found->revision);
}

QString toString(Revision revision)
{
    const auto found = std::find_if(kNames.begin(), kNames.end(),
                                    [&](const Name &name) { return name.revision == revision; });
    return found->text;
}

QStringList statelessRevisions()
{
    QStringList names;
    for (const auto &name : kNames) {
        if (isStateless(name.revision))
            names.prepend(name.text);
    }
    return names;
}

} // namespace gatehouse::mcp

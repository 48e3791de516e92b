// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <string_view>

namespace gatehouse::mcp {

/// A "format" of JSON Schema that is checked (JSON Schema Validation 2020-12 §7.3).
struct SchemaFormat {
    std::string_view name;
    const char *example; ///< goes on after "must be": "a date such as 2026-07-28"
    bool (*fits)(const QString &text);
};

/// Null for a format that is not checked.
[[nodiscard]] const SchemaFormat *schemaFormat(std::string_view name);

} // namespace gatehouse::mcp

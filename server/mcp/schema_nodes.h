// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/result.h>

#include <QJsonObject>
#include <QJsonValue>
#include <QString>
#include <QStringList>

#include <vector>

namespace gatehouse::mcp {

/// Stands for a subschema: the number of its node, or kNothingFits.
inline constexpr auto kNodeKeyword = "gatehouse:node";
inline constexpr int kNothingFits = -1;

/// A schema cut into its subschemas, in the words of draft-07. Nothing nests and nothing is
/// referred to by a pointer: what a node says about others, it says with their numbers.
struct SchemaNodes {
    std::vector<QJsonObject> nodes; ///< the first is the whole schema
    QStringList unchecked; ///< keywords that have no counterpart
};

/// Cuts a schema of draft-04 to 2020-12 into nodes: resolves `$ref` by pointer and by anchor, says
/// prefixItems, dependentRequired, dependentSchemas and boolean limits in draft-07, and checks the
/// type of every keyword. Only what the schema reaches becomes a node.
/// Error: the sentence why the schema cannot be used.
[[nodiscard]] Result<SchemaNodes, QString> cutSchema(const QJsonObject &schema);

/// Whether objects and arrays nest deeper than `limit`.
[[nodiscard]] bool nestsDeeper(const QJsonValue &value, int limit);

} // namespace gatehouse::mcp

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/result.h>

#include <QRegularExpression>

namespace gatehouse::mcp {

/// Makes a pattern of a JSON Schema (ECMA-262) one that can be matched against hostile text: a
/// match that takes too many steps ends, and then QRegularExpressionMatch::isValid() is false.
/// Error: what is wrong with the pattern.
[[nodiscard]] Result<QRegularExpression, QString> schemaPattern(const QString &pattern);

} // namespace gatehouse::mcp

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonValue>
#include <QString>
#include <QStringList>

namespace gatehouse::mcp {

/// How checks against a JSON Schema speak of values.
/// @{
inline constexpr int kMostListed = 20;
/// As JSON, cut when it is long.
[[nodiscard]] QString literal(const QJsonValue &value);
/// "1 element", "2 elements"
[[nodiscard]] QString counted(quint64 count, const QString &thing);
/// The first kMostListed.
[[nodiscard]] QString listed(QStringList items);
/// @}

} // namespace gatehouse::mcp

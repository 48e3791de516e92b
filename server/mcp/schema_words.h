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

/// Whether it is a number that fits into 64 bits as it is.
[[nodiscard]] bool isWhole(const QJsonValue &value);
/// JSON Schema counts characters (RFC 8259 §7), QString halves of them.
[[nodiscard]] quint64 lengthOf(const QString &text);

} // namespace gatehouse::mcp

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <optional>

namespace gatehouse::store {

/// What InstanceStore keeps under `key` in the database of this path, read beside an instance that
/// may be using it: nothing is created, brought up to date or locked. Nothing when it cannot be
/// read.
[[nodiscard]] std::optional<QString> peekInstanceValue(const QString &databasePath,
                                                       const QString &key);

} // namespace gatehouse::store

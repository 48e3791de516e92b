// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/result.h>

#include <QByteArray>
#include <QString>

#include <optional>
#include <variant>

namespace gatehouse::demo {

/// Makes a directory that only this user can enter (0700); one that exists is left as it is.
[[nodiscard]] Result<std::monostate> ensurePrivateDirectory(const QString &path);
/// Creates an empty file that only this user can read (0600), or narrows one that exists. SQLite
/// gives its journals the permissions of the database, so this must come before opening it.
[[nodiscard]] Result<std::monostate> ensurePrivateFile(const QString &path);
/// Replaces a file as a whole, or leaves the old one; the new one is 0600 before it has content.
[[nodiscard]] Result<std::monostate> writePrivateFile(const QString &path,
                                                      const QByteArray &content);
/// The content, or nothing when there is no such file.
[[nodiscard]] Result<std::optional<QByteArray>> readFile(const QString &path);

} // namespace gatehouse::demo

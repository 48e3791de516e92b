// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/result.h>
#include <store/records.h>

#include <QList>

namespace gatehouse::store {

class Database;

/// Redirect targets that the person has blocked.
class BlockedTargetStore {
public:
    explicit BlockedTargetStore(Database &database) : m_database(database) { }

    /// Keeps the first record of a target that is blocked already.
    [[nodiscard]] Result<std::monostate> insert(const BlockedTarget &blocked);
    [[nodiscard]] Result<bool> contains(const QString &target) const;
    /// The newest first.
    [[nodiscard]] Result<QList<BlockedTarget>> list() const;
    /// False when it was not there.
    [[nodiscard]] Result<bool> remove(const QString &target);

private:
    Database &m_database;
};

} // namespace gatehouse::store

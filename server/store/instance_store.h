// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/result.h>

#include <QString>

#include <optional>

namespace gatehouse::store {

class Database;

/// Small facts about this instance that are not secret (its name in the keychain, chosen ports).
class InstanceStore {
public:
    explicit InstanceStore(Database &database) : m_database(database) { }

    [[nodiscard]] Result<std::optional<QString>> value(const QString &key) const;
    [[nodiscard]] Result<std::monostate> setValue(const QString &key, const QString &value);

private:
    Database &m_database;
};

} // namespace gatehouse::store

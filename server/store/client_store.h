// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/result.h>
#include <store/records.h>

#include <QList>

namespace gatehouse::store {

class Database;

/// Registered MCP clients.
class ClientStore {
public:
    explicit ClientStore(Database &database) : m_database(database) { }

    [[nodiscard]] Result<std::monostate> insert(const Client &client);
    /// Makes the pre-registered clients exactly those of the configuration.
    [[nodiscard]] Result<std::monostate> replacePreRegistered(const QList<Client> &clients);
    [[nodiscard]] Result<std::optional<Client>> find(const ClientId &id) const;
    /// Clients that hold a grant or are pre-registered, newest first.
    [[nodiscard]] Result<QList<Client>> listKnown(Instant now) const;
    [[nodiscard]] Result<std::monostate> touch(const ClientId &id, Instant when);
    [[nodiscard]] Result<std::monostate> rename(const ClientId &id, const QString &name);
    [[nodiscard]] Result<qint64> count(ClientKind kind) const;
    /// Makes room: drops the oldest that was never used and that no request names. False when there
    /// is none.
    [[nodiscard]] Result<bool> dropOldestUnused(ClientKind kind);
    /// Stores what a metadata document says now; when the client was made and used stays.
    [[nodiscard]] Result<std::monostate> putDocument(const Client &client);
    /// Drops clients that made themselves known but were never used, in one bounded step; answers
    /// how many went.
    [[nodiscard]] Result<qint64> purgeUnused(Instant createdBefore, int atMost);

private:
    Database &m_database;
};

} // namespace gatehouse::store

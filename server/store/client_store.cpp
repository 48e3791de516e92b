// SPDX-License-Identifier: GPL-3.0-or-later
#include <store/client_store.h>

#include <store/database.h>
#include <store/query.h>

#include <algorithm>
#include <array>

namespace gatehouse::store {

using namespace Qt::StringLiterals;

namespace {

constexpr auto kColumns = "id, kind, name, redirect_uris, auth_method, secret_hash, grant_types, "
                          "created_at, last_used_at, registered_by, application_type, "
                          "fresh_until"_L1;

constexpr std::array<std::pair<ClientKind, QLatin1StringView>, 4> kKindWords{
    {{ClientKind::Dynamic, "dynamic"_L1},
     {ClientKind::MetadataDocument, "metadata-document"_L1},
     {ClientKind::PreRegistered, "pre-registered"_L1},
     {ClientKind::Token, "token"_L1}}};

/// The database admits no other word.
ClientKind readKind(const QString &word)
{
    const auto *found = std::find_if(kKindWords.begin(), kKindWords.end(),
                                     [&](const auto &entry) { return entry.second == word; });
    return found == kKindWords.end() ? ClientKind::Dynamic : found->first;
}

Client readClient(Row row)
{
    Client client;
    client.id = row.id<ClientId>();
    client.kind = readKind(row.text());
    client.name = row.text();
    client.redirectUris = row.strings();
    client.authMethod = row.text();
    client.secretHash = row.bytes();
    client.grantTypes = row.strings();
    client.createdAt = row.instant();
    client.lastUsedAt = row.optionalInstant();
    client.registeredBy = row.optionalProcess();
    client.applicationType = row.text();
    client.freshUntil = row.optionalInstant();
    return client;
}

QVariantList toColumns(const Client &client)
{
    return {toColumn(client.id),
            kindWord(client.kind),
            toColumn(client.name),
            toColumn(client.redirectUris),
            toColumn(client.authMethod),
            toColumn(client.secretHash),
            toColumn(client.grantTypes),
            toColumn(client.createdAt),
            toColumn(client.lastUsedAt),
            toColumn(client.registeredBy),
            toColumn(client.applicationType),
            toColumn(client.freshUntil)};
}

} // namespace

QString kindWord(ClientKind kind)
{
    const auto *found = std::find_if(kKindWords.begin(), kKindWords.end(),
                                     [&](const auto &entry) { return entry.first == kind; });
    return found->second;
}

Result<std::monostate> ClientStore::insert(const Client &client)
{
    return runOnly(
        m_database,
        u"INSERT INTO client (%1) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"_s.arg(kColumns),
        toColumns(client));
}

Result<std::monostate> ClientStore::replacePreRegistered(const QList<Client> &clients)
{
    auto transaction = Transaction::begin(m_database);
    if (!transaction)
        return fail(transaction.error());
    if (auto done = runOnly(m_database, u"DELETE FROM client WHERE kind = 'pre-registered'"_s);
        !done)
        return done;
    for (const auto &client : clients) {
        // One that has described itself at this address before.
        if (auto done =
                runOnly(m_database, u"DELETE FROM client WHERE id = ?"_s, {toColumn(client.id)});
            !done)
            return done;
        if (auto done = insert(client); !done)
            return done;
    }
    return transaction->commit();
}

Result<std::optional<Client>> ClientStore::find(const ClientId &id) const
{
    return readOne(m_database, u"SELECT %1 FROM client WHERE id = ?"_s.arg(kColumns),
                   {toColumn(id)}, readClient);
}

Result<QList<Client>> ClientStore::listKnown(Instant now) const
{
    return readAll(
        m_database,
        u"SELECT %1 FROM client WHERE kind = 'pre-registered' OR id IN "
        "(SELECT client FROM access_grant WHERE revoked_at IS NULL "
        "AND ifnull(expires_at, 9223372036854775807) > ?) ORDER BY created_at DESC, id"_s.arg(
            kColumns),
        {toColumn(now)}, readClient);
}

Result<std::monostate> ClientStore::touch(const ClientId &id, Instant when)
{
    return runOnly(m_database, u"UPDATE client SET last_used_at = ? WHERE id = ?"_s,
                   {toColumn(when), toColumn(id)});
}

Result<std::monostate> ClientStore::rename(const ClientId &id, const QString &name)
{
    return runOnly(m_database, u"UPDATE client SET name = ? WHERE id = ?"_s,
                   {toColumn(name), toColumn(id)});
}

Result<qint64> ClientStore::count(ClientKind kind) const
{
    return readOne<qint64>(m_database, u"SELECT count(*) FROM client WHERE kind = ?"_s,
                           {kindWord(kind)}, [](Row row) { return row.number(); })
        .map([](std::optional<qint64> count) { return count.value_or(0); });
}

Result<bool> ClientStore::dropOldestUnused(ClientKind kind)
{
    return runAndCount(m_database,
                       u"DELETE FROM client WHERE id = (SELECT id FROM client WHERE "
                       "kind = ? AND last_used_at IS NULL AND NOT EXISTS "
                       "(SELECT 1 FROM interaction WHERE interaction.client = client.id) "
                       "ORDER BY created_at LIMIT 1)"_s,
                       {kindWord(kind)})
        .map([](qint64 rows) { return rows == 1; });
}

Result<std::monostate> ClientStore::putDocument(const Client &client)
{
    return runOnly(
        m_database,
        u"INSERT INTO client (%1) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (id) DO UPDATE SET name = excluded.name, "
        "redirect_uris = excluded.redirect_uris, auth_method = excluded.auth_method, "
        "grant_types = excluded.grant_types, application_type = excluded.application_type, "
        "fresh_until = excluded.fresh_until WHERE kind = 'metadata-document'"_s.arg(kColumns),
        toColumns(client));
}

Result<qint64> ClientStore::purgeUnused(Instant createdBefore, int atMost)
{
    return runAndCount(
        m_database,
        u"DELETE FROM client WHERE id IN (SELECT id FROM client WHERE kind IN "
        "('dynamic', 'metadata-document') AND last_used_at IS NULL AND created_at < ? AND NOT "
        "EXISTS "
        "(SELECT 1 FROM interaction WHERE interaction.client = client.id) LIMIT ?)"_s,
        {toColumn(createdBefore), toColumn(qint64(atMost))});
}

} // namespace gatehouse::store

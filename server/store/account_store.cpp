// SPDX-License-Identifier: GPL-3.0-or-later
#include <store/account_store.h>

#include <store/database.h>
#include <store/query.h>

namespace gatehouse::store {

using namespace Qt::StringLiterals;

namespace {

constexpr auto kColumns = "id, issuer, subject, name, email, picture, signed_in_at, scopes"_L1;

Account readAccount(Row row)
{
    Account account;
    account.id = row.id<AccountId>();
    account.issuer = row.text();
    account.subject = row.text();
    account.name = row.text();
    account.email = row.text();
    account.picture = row.text();
    account.signedInAt = row.instant();
    account.scopes = row.strings();
    return account;
}

QString readAudience(Row row)
{
    return row.text();
}

} // namespace

Result<Account> AccountStore::upsert(const Account &account)
{
    const auto sql = u"INSERT INTO account (%1) VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
                     "ON CONFLICT (issuer, subject) DO UPDATE SET name = excluded.name, "
                     "email = excluded.email, picture = excluded.picture, "
                     "signed_in_at = excluded.signed_in_at, scopes = excluded.scopes "
                     "RETURNING %1"_s.arg(kColumns);
    auto stored =
        readOne(m_database, sql,
                {toColumn(account.id), toColumn(account.issuer), toColumn(account.subject),
                 toColumn(account.name), toColumn(account.email), toColumn(account.picture),
                 toColumn(account.signedInAt), toColumn(account.scopes)},
                readAccount);
    if (!stored)
        return fail(stored.error());
    return stored->value_or(account);
}

Result<std::optional<Account>> AccountStore::find(const AccountId &id) const
{
    return readOne(m_database, u"SELECT %1 FROM account WHERE id = ?"_s.arg(kColumns),
                   {toColumn(id)}, readAccount);
}

Result<std::optional<Account>> AccountStore::find(const QString &issuer,
                                                  const QString &subject) const
{
    return readOne(m_database,
                   u"SELECT %1 FROM account WHERE issuer = ? AND subject = ?"_s.arg(kColumns),
                   {toColumn(issuer), toColumn(subject)}, readAccount);
}

Result<QList<Account>> AccountStore::list() const
{
    return readAll(m_database,
                   u"SELECT %1 FROM account ORDER BY signed_in_at DESC, id"_s.arg(kColumns), {},
                   readAccount);
}

Result<std::monostate> AccountStore::noteAudience(const AccountId &id, const QString &audience)
{
    return runOnly(m_database,
                   u"INSERT OR IGNORE INTO account_audience (account, audience) VALUES (?, ?)"_s,
                   {toColumn(id), toColumn(audience)});
}

Result<QStringList> AccountStore::audiences(const AccountId &id) const
{
    return readAll(m_database,
                   u"SELECT audience FROM account_audience WHERE account = ? ORDER BY audience"_s,
                   {toColumn(id)}, readAudience);
}

} // namespace gatehouse::store

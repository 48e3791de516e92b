// SPDX-License-Identifier: GPL-3.0-or-later
#include <store/interaction_store.h>

#include <store/database.h>
#include <store/query.h>

#include <array>

namespace gatehouse::store {

using namespace Qt::StringLiterals;

namespace {

constexpr auto kColumns =
    "id, state, client, client_name, redirect_uri, redirect_uri_given, scopes, resource, "
    "client_state, code_challenge, prompt, login_hint, origin, browser_hash, matching_code, "
    "created_at, expires_at, raised, decided_at, granted_scopes, account, grant_until, target, "
    "raise_requested_at, own_listener, listener, registrar, kind, max_age"_L1;

constexpr auto kAccess = "access"_L1;
constexpr auto kToken = "token"_L1;
constexpr std::array kStateNames{"pending"_L1, "allowed"_L1, "denied"_L1, "finished"_L1};

QString stateName(InteractionState state)
{
    return kStateNames.at(static_cast<size_t>(state));
}

InteractionState stateOf(const QString &name)
{
    for (size_t i = 0; i < kStateNames.size(); ++i) {
        if (name == kStateNames.at(i))
            return static_cast<InteractionState>(i);
    }
    return InteractionState::Finished;
}

Interaction readInteraction(Row row)
{
    Interaction interaction;
    interaction.id = row.id<InteractionId>();
    interaction.state = stateOf(row.text());
    interaction.client = row.id<ClientId>();
    interaction.clientName = row.text();
    interaction.redirectUri = row.text();
    interaction.redirectUriGiven = row.number() != 0;
    interaction.scopes = row.strings();
    interaction.resource = row.text();
    interaction.clientState = row.text();
    interaction.codeChallenge = row.text();
    interaction.prompt = row.text();
    interaction.loginHint = row.text();
    interaction.origin = row.text().toLatin1();
    interaction.browserHash = row.bytes();
    interaction.matchingCode = row.text();
    interaction.createdAt = row.instant();
    interaction.expiresAt = row.instant();
    interaction.raised = row.number() != 0;
    interaction.decidedAt = row.optionalInstant();
    interaction.grantedScopes = row.strings();
    interaction.account = row.optionalId<AccountId>();
    interaction.grantUntil = row.optionalInstant();
    interaction.target = row.text();
    interaction.raiseRequestedAt = row.optionalInstant();
    interaction.hasOwnListener = row.number() != 0;
    interaction.listener = row.optionalProcess();
    interaction.registrar = row.optionalProcess();
    interaction.kind = row.text() == kToken ? InteractionKind::Token : InteractionKind::Access;
    interaction.maxAge = row.text();
    return interaction;
}

} // namespace

Result<std::monostate> InteractionStore::insert(const Interaction &i)
{
    return runOnly(
        m_database,
        u"INSERT INTO interaction (%1) VALUES "
        "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"_s
            .arg(kColumns),
        {toColumn(i.id),
         stateName(i.state),
         toColumn(i.client),
         toColumn(i.clientName),
         toColumn(i.redirectUri),
         toColumn(qint64(i.redirectUriGiven ? 1 : 0)),
         toColumn(i.scopes),
         toColumn(i.resource),
         toColumn(i.clientState),
         toColumn(i.codeChallenge),
         toColumn(i.prompt),
         toColumn(i.loginHint),
         toColumn(QString::fromLatin1(i.origin)),
         toColumn(i.browserHash),
         toColumn(i.matchingCode),
         toColumn(i.createdAt),
         toColumn(i.expiresAt),
         toColumn(qint64(i.raised ? 1 : 0)),
         toColumn(i.decidedAt),
         toColumn(i.grantedScopes),
         toColumn(i.account),
         toColumn(i.grantUntil),
         toColumn(i.target),
         toColumn(i.raiseRequestedAt),
         toColumn(qint64(i.hasOwnListener ? 1 : 0)),
         toColumn(i.listener),
         toColumn(i.registrar),
         QString(i.kind == InteractionKind::Token ? kToken : kAccess),
         toColumn(i.maxAge)});
}

Result<std::optional<Interaction>> InteractionStore::find(const InteractionId &id) const
{
    return readOne(m_database, u"SELECT %1 FROM interaction WHERE id = ?"_s.arg(kColumns),
                   {toColumn(id)}, readInteraction);
}

Result<QList<Interaction>> InteractionStore::listWaiting(Instant now) const
{
    return readAll(m_database,
                   u"SELECT %1 FROM interaction WHERE state = 'pending' AND raised = 1 "
                   "AND expires_at > ? ORDER BY expires_at, id"_s.arg(kColumns),
                   {toColumn(now)}, readInteraction);
}

Result<QList<Interaction>> InteractionStore::listAsking(Instant now) const
{
    return readAll(m_database,
                   u"SELECT %1 FROM interaction WHERE state = 'pending' AND raised = 0 "
                   "AND raise_requested_at IS NOT NULL AND expires_at > ? "
                   "ORDER BY raise_requested_at, created_at, id"_s.arg(kColumns),
                   {toColumn(now)}, readInteraction);
}

Result<qint64> InteractionStore::countAsking(Instant now) const
{
    return readOne<qint64>(m_database,
                           u"SELECT count(*) FROM interaction WHERE state = 'pending' "
                           "AND raised = 0 AND raise_requested_at IS NOT NULL "
                           "AND expires_at > ?"_s,
                           {toColumn(now)}, [](Row row) { return row.number(); })
        .map([](std::optional<qint64> count) { return count.value_or(0); });
}

Result<QList<Interaction>> InteractionStore::listPendingOf(const QString &target, Instant now) const
{
    return readAll(m_database,
                   u"SELECT %1 FROM interaction WHERE state = 'pending' AND target = ? "
                   "AND expires_at > ? ORDER BY created_at, id"_s.arg(kColumns),
                   {toColumn(target), toColumn(now)}, readInteraction);
}

Result<bool> InteractionStore::updateRaising(const Interaction &i, Instant now)
{
    return runAndCount(m_database,
                       u"UPDATE interaction SET raise_requested_at = ?, own_listener = ?, "
                       "listener = ?, raised = ? WHERE id = ? AND raised = 0 "
                       "AND state = 'pending' AND expires_at > ?"_s,
                       {toColumn(i.raiseRequestedAt), toColumn(qint64(i.hasOwnListener ? 1 : 0)),
                        toColumn(i.listener), toColumn(qint64(i.raised ? 1 : 0)), toColumn(i.id),
                        toColumn(now)})
        .map([](qint64 rows) { return rows == 1; });
}

Result<bool> InteractionStore::decide(const Interaction &i, Instant now)
{
    return runAndCount(m_database,
                       u"UPDATE interaction SET state = ?, decided_at = ?, granted_scopes = ?, "
                       "account = ?, grant_until = ?, expires_at = ? "
                       "WHERE id = ? AND state = 'pending' AND expires_at > ?"_s,
                       {stateName(i.state), toColumn(i.decidedAt), toColumn(i.grantedScopes),
                        toColumn(i.account), toColumn(i.grantUntil), toColumn(i.expiresAt),
                        toColumn(i.id), toColumn(now)})
        .map([](qint64 rows) { return rows == 1; });
}

Result<bool> InteractionStore::finish(const InteractionId &id, InteractionState from)
{
    return runAndCount(m_database,
                       u"UPDATE interaction SET state = 'finished' WHERE id = ? AND state = ?"_s,
                       {toColumn(id), stateName(from)})
        .map([](qint64 rows) { return rows == 1; });
}

Result<qint64> InteractionStore::withdrawAllowed(const std::optional<ClientId> &client, Instant now)
{
    return runAndCount(m_database,
                       u"UPDATE interaction SET state = 'denied' WHERE state = 'allowed' "
                       "AND client = coalesce(?, client) AND expires_at > ?"_s,
                       {toColumn(client), toColumn(now)});
}

Result<qint64> InteractionStore::count(Instant now) const
{
    return readOne<qint64>(m_database, u"SELECT count(*) FROM interaction WHERE expires_at > ?"_s,
                           {toColumn(now)}, [](Row row) { return row.number(); })
        .map([](std::optional<qint64> count) { return count.value_or(0); });
}

Result<bool> InteractionStore::dropOldestDone()
{
    return runAndCount(m_database,
                       u"DELETE FROM interaction WHERE id = (SELECT id FROM interaction WHERE "
                       "state IN ('denied', 'finished') ORDER BY expires_at LIMIT 1)"_s)
        .map([](qint64 rows) { return rows == 1; });
}

Result<bool> InteractionStore::dropOldestUnraised()
{
    return runAndCount(m_database,
                       u"DELETE FROM interaction WHERE id = (SELECT id FROM interaction WHERE "
                       "state = 'pending' AND raised = 0 "
                       "ORDER BY raise_requested_at IS NOT NULL, expires_at LIMIT 1)"_s)
        .map([](qint64 rows) { return rows == 1; });
}

Result<std::monostate> InteractionStore::denyTokens()
{
    return runOnly(m_database,
                   u"UPDATE interaction SET state = 'denied' WHERE state = 'pending' "
                   "AND kind = 'token'"_s);
}

Result<qint64> InteractionStore::purge(Instant expiredBefore, int atMost)
{
    return runAndCount(m_database,
                       u"DELETE FROM interaction WHERE id IN (SELECT id FROM interaction "
                       "WHERE expires_at < ? ORDER BY expires_at LIMIT ?)"_s,
                       {toColumn(expiredBefore), toColumn(qint64(atMost))});
}

} // namespace gatehouse::store

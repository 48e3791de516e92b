// SPDX-License-Identifier: GPL-3.0-or-later
#include <oauth/grants.h>

#include <base/logging.h>
#include <base/random.h>
#include <base/text.h>
#include <store/client_store.h>
#include <store/database.h>
#include <store/grant_store.h>
#include <store/interaction_store.h>
#include <store/token_store.h>

namespace gatehouse::oauth {

using namespace Qt::StringLiterals;

bool isActive(const store::Grant &grant, Instant now)
{
    return !grant.revokedAt && (!grant.expiresAt || *grant.expiresAt > now);
}

bool isMisuse(const QString &why)
{
    return why == kWhyCodeReused || why == kWhyTokenReused;
}

Grants::Grants(Deps deps, QObject *parent) : QObject(parent), m_deps(deps) { }

Result<Secret> Grants::finish(const store::Interaction &interaction, const AccountId &account)
{
    const auto now = m_deps.clock.now();
    auto transaction = store::Transaction::begin(m_deps.database);
    if (!transaction)
        return fail(transaction.error());
    const auto consumed =
        m_deps.interactions.finish(interaction.id, store::InteractionState::Allowed);
    if (!consumed)
        return fail(consumed.error());
    if (!*consumed)
        return Secret();

    store::Grant grant;
    grant.id = GrantId(randomId(m_deps.random));
    grant.client = interaction.client;
    grant.clientName = interaction.clientName;
    grant.account = account;
    grant.scopes = interaction.grantedScopes;
    grant.resource = interaction.resource;
    grant.target = interaction.target;
    grant.createdAt = now;
    grant.expiresAt = interaction.grantUntil;

    Secret code(randomToken(m_deps.random));
    const store::AuthorizationCode record{code.hash(),
                                          grant.id,
                                          interaction.client,
                                          interaction.redirectUri,
                                          interaction.codeChallenge,
                                          now + kCodeLifetime};
    const auto stored =
        m_deps.grants.insert(grant)
            .and_then([&](std::monostate) { return m_deps.tokens.insert(record); })
            .and_then([&](std::monostate) { return m_deps.clients.touch(grant.client, now); })
            .and_then([&](std::monostate) { return transaction->commit(); });
    if (!stored)
        return fail(stored.error());
    qCInfo(lcOauth) << "granted" << grant.id.shortId() << "to" << shownText(grant.clientName)
                    << grant.scopes;
    Q_EMIT granted(grant);
    return code;
}

Result<std::monostate> Grants::addPersonal(const store::Client &client, const store::Grant &grant,
                                           const store::AccessToken &token,
                                           const std::optional<InteractionId> &request)
{
    auto transaction = store::Transaction::begin(m_deps.database);
    if (!transaction)
        return fail(transaction.error());
    if (request) {
        const auto consumed =
            m_deps.interactions.finish(*request, store::InteractionState::Allowed);
        if (!consumed)
            return fail(consumed.error());
        if (!*consumed)
            return fail(Error{u"The request was withdrawn."_s});
    }
    const auto stored = m_deps.clients.insert(client)
                            .and_then([&](std::monostate) { return m_deps.grants.insert(grant); })
                            .and_then([&](std::monostate) { return m_deps.tokens.insert(token); })
                            .and_then([&](std::monostate) { return transaction->commit(); });
    if (!stored)
        return stored;
    qCInfo(lcOauth) << "made token" << grant.id.shortId() << shownText(grant.clientName)
                    << grant.scopes;
    Q_EMIT granted(grant);
    return std::monostate();
}

Result<std::monostate> Grants::close(const store::Interaction &interaction)
{
    return m_deps.interactions.finish(interaction.id, interaction.state).map([](bool) {
        return std::monostate();
    });
}

Result<std::optional<store::Grant>> Grants::find(const GrantId &id) const
{
    return m_deps.grants.find(id);
}

Result<QList<store::Grant>> Grants::active() const
{
    return m_deps.grants.listActive(m_deps.clock.now());
}

Result<QStringList> Grants::activeScopes(const AccountId &account) const
{
    return active().map([&account](const QList<store::Grant> &grants) {
        QStringList scopes;
        for (const auto &grant : grants) {
            if (grant.account == account)
                scopes += grant.scopes;
        }
        scopes.removeDuplicates();
        return scopes;
    });
}

Result<bool> Grants::revoke(const GrantId &id, const QString &why)
{
    auto done = m_deps.grants.revoke(id, m_deps.clock.now(), why);
    if (done && *done) {
        qCInfo(lcOauth) << "revoked grant" << id.shortId() << why;
        Q_EMIT revoked(id);
    }
    return done;
}

Result<bool> Grants::revokeMisused(const store::Grant &grant, const QString &why)
{
    auto done = revoke(grant.id, why);
    if (done && *done) {
        qCWarning(lcOauth) << "grant" << grant.id.shortId() << "was misused:" << why;
        Q_EMIT misused(grant);
    }
    return done;
}

Result<int> Grants::revokeClient(const ClientId &id, const QString &why)
{
    const auto grants = m_deps.grants.listActiveOf(id, m_deps.clock.now());
    if (!grants)
        return fail(grants.error());
    const auto withdrawn = m_deps.interactions.withdrawAllowed(id, m_deps.clock.now());
    if (!withdrawn)
        return fail(withdrawn.error());
    return revokeEach(*grants, why).map([&](int count) { return count + int(*withdrawn); });
}

Result<int> Grants::revokeAll(const QString &why)
{
    const auto grants = active();
    if (!grants)
        return fail(grants.error());
    const auto withdrawn = m_deps.interactions.withdrawAllowed(std::nullopt, m_deps.clock.now());
    if (!withdrawn)
        return fail(withdrawn.error());
    return revokeEach(*grants, why).map([&](int count) { return count + int(*withdrawn); });
}

Result<int> Grants::endUnfetched(int atMost)
{
    const auto grants = m_deps.tokens.listUnfetched(m_deps.clock.now(), atMost);
    if (!grants)
        return fail(grants.error());
    int count = 0;
    for (const auto &grant : *grants) {
        const auto done = revoke(grant, kWhyUnfetched);
        if (!done)
            return fail(done.error());
        count += *done ? 1 : 0;
    }
    return count;
}

Result<int> Grants::revokeEach(const QList<store::Grant> &grants, const QString &why)
{
    int count = 0;
    for (const auto &grant : grants) {
        const auto done = revoke(grant.id, why);
        if (!done)
            return fail(done.error());
        count += *done ? 1 : 0;
    }
    return count;
}

} // namespace gatehouse::oauth

// SPDX-License-Identifier: GPL-3.0-or-later
#include <oauth/bearer_verifier.h>

#include <base/crypto.h>
#include <base/logging.h>
#include <oauth/authorization_header.h>
#include <oauth/grants.h>
#include <store/grant_store.h>
#include <store/token_store.h>

namespace gatehouse::oauth {

namespace {

constexpr qsizetype kMostRemembered = 10'000;
constexpr auto kUseResolution = 60s;

} // namespace

BearerVerifier::BearerVerifier(Deps deps, QObject *parent) : QObject(parent), m_deps(deps)
{
    connect(&m_deps.grants, &Grants::revoked, this, &BearerVerifier::forgetGrant);
}

Result<Access, BearerFailure> BearerVerifier::verify(const QByteArray &authorization)
{
    const auto token = bearerToken(authorization);
    if (!token)
        return fail(BearerFailure::Missing);
    if (token->isEmpty())
        return fail(BearerFailure::Malformed);
    const auto hash = sha256(*token);
    auto entry = m_verified.find(hash);
    if (entry == m_verified.end()) {
        auto loaded = load(hash);
        if (!loaded)
            return fail(loaded.error());
        if (m_verified.size() >= kMostRemembered)
            m_verified.clear();
        entry = m_verified.insert(hash, std::move(*loaded));
    }
    if (entry->expiresAt <= m_deps.clock.now()) {
        m_verified.erase(entry);
        return fail(BearerFailure::Invalid);
    }
    noteUse(*entry);
    return entry->access;
}

void BearerVerifier::forgetToken(const QByteArray &tokenHash)
{
    m_verified.remove(tokenHash);
}

void BearerVerifier::forgetGrant(const GrantId &grant)
{
    m_verified.removeIf([&](const std::pair<const QByteArray &, Entry &> &item) {
        return item.second.access.grant == grant;
    });
}

Result<BearerVerifier::Entry, BearerFailure> BearerVerifier::load(const QByteArray &hash) const
{
    const auto token = m_deps.tokens.findAccess(hash);
    if (!token)
        return fail(BearerFailure::Unavailable);
    if (!*token)
        return fail(BearerFailure::Invalid);
    const auto grant = m_deps.grantStore.find((*token)->grant);
    if (!grant)
        return fail(BearerFailure::Unavailable);
    if (!*grant || !isActive(**grant, m_deps.clock.now()))
        return fail(BearerFailure::Invalid);
    const auto &g = **grant;
    return Entry{{g.id, g.client, g.clientName, g.account, (*token)->scopes},
                 (*token)->expiresAt,
                 Instant()};
}

/// "Last used" is for the person to read: to the minute is enough, and the request need not wait.
void BearerVerifier::noteUse(Entry &entry)
{
    const auto now = m_deps.clock.now();
    if (now - entry.usedAt < kUseResolution)
        return;
    entry.usedAt = now;
    if (m_used.isEmpty())
        m_deps.clock.after(0ms, this, [this] { writeUses(); });
    m_used.insert(entry.access.grant, now);
}

void BearerVerifier::writeUses()
{
    const auto used = std::exchange(m_used, {});
    if (const auto written = m_deps.grantStore.touch(used); !written)
        qCWarning(lcOauth) << "last uses not written down:" << written.error().message;
}

} // namespace gatehouse::oauth

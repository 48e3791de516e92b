// SPDX-License-Identifier: GPL-3.0-or-later
#include <demo/refresh_tokens.h>

#include <base/crypto.h>
#include <base/logging.h>

namespace gatehouse::demo {

namespace {

constexpr auto kRefreshLifetime = std::chrono::hours(24 * 30);

qint64 seconds(Instant time)
{
    return toMilliseconds(time) / 1000;
}

/// A token is "<family>.<random>": an old one still names its family, so that reuse is noticed
/// although only the newest hash is stored.
QByteArray familyPartOf(const QByteArray &token)
{
    return token.left(token.indexOf('.'));
}

} // namespace

Result<QByteArray> RefreshTokens::issue(const TenantGrant &grant)
{
    const auto familyPart = randomToken(m_deps.random);
    const auto token = makeToken(familyPart);
    auto families = liveFamilies();
    families.insert(sha256(familyPart),
                    {grant, sha256(token), {}, 0, seconds(m_deps.clock.now() + kRefreshLifetime)});
    if (const auto saved = m_deps.state.replaceFamilies(std::move(families)); !saved)
        return fail(saved.error());
    return token;
}

Result<std::optional<RefreshTokens::Rotated>> RefreshTokens::rotate(const QByteArray &token,
                                                                    const QString &clientId)
{
    const auto familyPart = familyPartOf(token);
    auto families = liveFamilies();
    const auto family = families.find(sha256(familyPart));
    if (family == families.end() || family->grant.clientId != clientId)
        return std::optional<Rotated>();
    if (!isGood(*family, token)) {
        qCWarning(lcDemo) << "a refresh token was used twice; its family is revoked";
        if (const auto ended = end(family.key()); !ended)
            return fail(ended.error());
        return std::optional<Rotated>();
    }
    const Rotated rotated{makeToken(familyPart), family->grant};
    if (constantTimeEquals(family->currentHash, sha256(token))) {
        family->previousHash = family->currentHash;
        family->rotatedAt = seconds(m_deps.clock.now());
    }
    family->currentHash = sha256(rotated.token);
    if (const auto saved = m_deps.state.replaceFamilies(std::move(families)); !saved)
        return fail(saved.error());
    return rotated;
}

Result<std::monostate> RefreshTokens::revoke(const QByteArray &token, const QString &clientId)
{
    const auto name = sha256(familyPartOf(token));
    const auto &families = m_deps.state.families();
    const auto family = families.find(name);
    if (family == families.end() || family->grant.clientId != clientId)
        return {};
    return end(name);
}

bool RefreshTokens::isGood(const RefreshFamily &family, const QByteArray &token) const
{
    const auto hash = sha256(token);
    if (constantTimeEquals(family.currentHash, hash))
        return true;
    const auto overlapEnds = family.rotatedAt + m_deps.options.rotationOverlap.count();
    return constantTimeEquals(family.previousHash, hash)
        && seconds(m_deps.clock.now()) < overlapEnds;
}

RefreshTokens::Families RefreshTokens::liveFamilies() const
{
    auto families = m_deps.state.families();
    const auto now = seconds(m_deps.clock.now());
    families.removeIf([now](Families::iterator entry) { return entry->expiresAt <= now; });
    return families;
}

QByteArray RefreshTokens::makeToken(const QByteArray &familyPart) const
{
    return familyPart + '.' + randomToken(m_deps.random);
}

Result<std::monostate> RefreshTokens::end(const QByteArray &name)
{
    auto families = liveFamilies();
    families.remove(name);
    return m_deps.state.replaceFamilies(std::move(families));
}

} // namespace gatehouse::demo

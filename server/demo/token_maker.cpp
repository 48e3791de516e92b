// SPDX-License-Identifier: GPL-3.0-or-later
#include <demo/token_maker.h>

#include <base/crypto.h>
#include <demo/people.h>

#include <QJsonArray>

namespace gatehouse::demo {

using namespace Qt::StringLiterals;

namespace {

/// As long as Auth0's.
constexpr std::chrono::seconds kIdTokenLifetime = std::chrono::hours(10);

QString subjectOf(const TenantGrant &grant)
{
    const auto person = personByKey(grant.personKey);
    return person ? person->subject : QString();
}

QJsonObject lifetime(Instant now, std::chrono::seconds length)
{
    const auto issued = toMilliseconds(now) / 1000;
    return {{u"iat"_s, issued}, {u"exp"_s, issued + qint64(length.count())}};
}

/// What this person may do at the API, whatever the client asked for: an API must not take it for
/// the scopes of the token.
QJsonArray permissionsOf(const TenantGrant &grant, const TenantApi &api)
{
    QJsonArray permissions;
    const auto person = personByKey(grant.personKey);
    for (const auto &permission : person ? person->permissions : QStringList()) {
        if (api.scopes.contains(permission))
            permissions.append(permission);
    }
    return permissions;
}

} // namespace

QJsonObject personClaims(const QString &subject, const QStringList &scopes)
{
    QJsonObject claims{{u"sub"_s, subject}};
    const auto person = personBySubject(subject);
    if (person && scopes.contains(u"profile"_s)) {
        claims.insert(u"name"_s, person->name);
        claims.insert(u"given_name"_s, person->givenName);
        claims.insert(u"nickname"_s, person->key);
    }
    if (person && scopes.contains(u"email"_s)) {
        claims.insert(u"email"_s, person->email);
        claims.insert(u"email_verified"_s, true);
    }
    return claims;
}

TokenMaker::TokenMaker(Deps deps)
    : m_deps(deps), m_opaque(deps.clock, deps.options.accessTokenLifetime)
{
}

Result<QByteArray> TokenMaker::accessToken(const TenantGrant &grant)
{
    const auto *api = m_deps.options.findApi(grant.audience);
    if (api == nullptr)
        return opaqueToken(grant);
    auto claims = lifetime(m_deps.clock.now(), m_deps.options.accessTokenLifetime);
    claims.insert(u"iss"_s, m_deps.options.issuer());
    claims.insert(u"sub"_s, subjectOf(grant));
    if (grant.scopes.contains(u"openid"_s))
        claims.insert(u"aud"_s, QJsonArray{grant.audience, m_deps.options.userinfoAudience()});
    else
        claims.insert(u"aud"_s, grant.audience);
    claims.insert(u"azp"_s, grant.clientId);
    claims.insert(u"scope"_s, grant.scopes.join(u' '));
    claims.insert(u"permissions"_s, permissionsOf(grant, *api));
    return m_deps.key.sign(claims, u"JWT"_s);
}

QByteArray TokenMaker::opaqueToken(const TenantGrant &grant)
{
    const auto token = randomToken(m_deps.random);
    m_opaque.insert(sha256(token), {subjectOf(grant), grant.scopes, {}});
    return token;
}

Result<QByteArray> TokenMaker::idToken(const TenantGrant &grant, const QString &nonce) const
{
    auto claims = personClaims(subjectOf(grant), grant.scopes);
    const auto times = lifetime(m_deps.clock.now(), kIdTokenLifetime);
    for (auto it = times.begin(); it != times.end(); ++it)
        claims.insert(it.key(), it.value());
    claims.insert(u"iss"_s, m_deps.options.issuer());
    claims.insert(u"aud"_s, grant.clientId);
    claims.insert(u"auth_time"_s, grant.authTime);
    if (!nonce.isEmpty())
        claims.insert(u"nonce"_s, nonce);
    return m_deps.key.sign(claims, u"JWT"_s);
}

Result<Caller, TokenProblem> TokenMaker::checkForUserinfo(const QByteArray &authorization)
{
    const auto token = bearerToken(authorization);
    if (!token)
        return fail(token.error());
    if (const auto *caller = m_opaque.find(sha256(*token)))
        return *caller;
    const auto keys = [this] { return oidc::JwkSet::parse(jwks()).value_or(oidc::JwkSet()); };
    return AccessTokenCheck(m_deps.clock,
                            {m_deps.options.issuer(), m_deps.options.userinfoAudience(), keys})
        .check(authorization);
}

QJsonObject TokenMaker::jwks() const
{
    return {{u"keys"_s, QJsonArray{m_deps.key.publicJwk()}}};
}

} // namespace gatehouse::demo

// SPDX-License-Identifier: GPL-3.0-or-later
#include <demo/access_token_check.h>

#include <base/logging.h>

#include <QJsonArray>

namespace gatehouse::demo {

using namespace Qt::StringLiterals;

namespace {

constexpr QByteArrayView kScheme = "bearer ";

/// RFC 7519 §4.1.3: one string or a list of strings.
bool isForAudience(const QJsonValue &claim, const QString &audience)
{
    return claim.isArray() ? claim.toArray().contains(audience) : claim.toString() == audience;
}

qint64 seconds(Instant time)
{
    return toMilliseconds(time) / 1000;
}

QStringList strings(const QJsonValue &list)
{
    QStringList result;
    const auto array = list.toArray();
    for (const auto &element : array)
        result.append(element.toString());
    return result;
}

} // namespace

Result<QByteArray, TokenProblem> bearerToken(const QByteArray &authorization)
{
    if (!authorization.left(kScheme.size()).toLower().startsWith(kScheme.data()))
        return fail(TokenProblem::Missing);
    const auto token = authorization.mid(kScheme.size()).trimmed();
    if (token.isEmpty() || token.contains(' ') || token.contains(','))
        return fail(TokenProblem::Malformed);
    return token;
}

AccessTokenCheck::AccessTokenCheck(Clock &clock, Expected expected)
    : m_clock(clock), m_expected(std::move(expected))
{
}

Result<Caller, TokenProblem> AccessTokenCheck::check(const QByteArray &authorization) const
{
    const auto token = bearerToken(authorization);
    if (!token)
        return fail(token.error());
    const auto claims = oidc::verifyJws(*token, m_expected.keys());
    if (!claims) {
        qCDebug(lcDemo) << "refused an access token:" << claims.error().detail;
        return fail(TokenProblem::Invalid);
    }
    if (!claimsHold(*claims))
        return fail(TokenProblem::Invalid);
    return Caller{claims->value("sub"_L1).toString(),
                  claims->value("scope"_L1).toString().split(u' ', Qt::SkipEmptyParts),
                  strings(claims->value("permissions"_L1))};
}

bool AccessTokenCheck::claimsHold(const QJsonObject &claims) const
{
    const double now = double(seconds(m_clock.now()));
    return claims.value("iss"_L1).toString() == m_expected.issuer
        && isForAudience(claims.value("aud"_L1), m_expected.audience)
        && !claims.value("sub"_L1).toString().isEmpty()
        // RFC 7519 §4.1.4: "on or after" the time the token is no longer accepted.
        && claims.value("exp"_L1).toDouble(0) > now && claims.value("nbf"_L1).toDouble(0) <= now;
}

} // namespace gatehouse::demo

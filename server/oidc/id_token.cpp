// SPDX-License-Identifier: GPL-3.0-or-later
#include <oidc/id_token.h>

#include <base/crypto.h>

#include <QJsonArray>

#include <array>
#include <cmath>
#include <optional>

namespace gatehouse::oidc {

using namespace Qt::StringLiterals;

namespace {

// OIDC Core §2: a subject is at most 255 characters.
constexpr qsizetype kLongestSubject = 255;
// Seconds up to the year 9999: a number beyond is no time and would overflow further on.
constexpr double kLatestTime = 253'402'300'799.0;
// From the tenant to us: it issued the token for the code that was redeemed a moment ago.
constexpr std::chrono::minutes kLongestWay{10};

struct Context {
    const QJsonObject &claims;
    const IdTokenExpectation &expected;
    Instant now;
};
using Failure = std::optional<Error>;

Error notForUs(const QString &detail)
{
    return Error{u"The tenant's answer is not meant for this sign-in."_s}
        .withRemedy(u"Start the sign-in again; if it happens again, check issuer and client id in "
                    u"the configuration."_s)
        .withDetail(u"ID token: "_s + detail);
}

/// "3 hours", "5 minutes"; at least one minute.
QString roughly(std::chrono::milliseconds time)
{
    const auto hours = std::chrono::round<std::chrono::hours>(time).count();
    if (hours >= 1)
        return hours == 1 ? u"an hour"_s : u"%1 hours"_s.arg(hours);
    const auto minutes = std::chrono::ceil<std::chrono::minutes>(time).count();
    return minutes <= 1 ? u"a minute"_s : u"%1 minutes"_s.arg(minutes);
}

std::optional<Instant> timeClaim(const QJsonObject &claims, QLatin1StringView name)
{
    const double seconds = claims.value(name).toDouble(std::nan(""));
    if (std::isnan(seconds) || seconds < 0 || seconds > kLatestTime)
        return std::nullopt;
    return fromMilliseconds(static_cast<qint64>(seconds * 1000));
}

/// A token of this sign-in was issued just now: its iat is the tenant's clock.
Error wrongTime(const Context &c, const QString &detail)
{
    auto message = u"The tenant's answer is not valid at this time."_s;
    if (const auto tenantTime = timeClaim(c.claims, "iat"_L1)) {
        const auto behind = *tenantTime - c.now;
        if (std::chrono::abs(behind) > kClockSkew) {
            message = u"The clock of this computer is about %1 %2 the tenant's."_s.arg(
                roughly(std::chrono::abs(behind)),
                behind > Instant::duration(0) ? u"behind"_s : u"ahead of"_s);
        }
    }
    return Error{message}
        .withRemedy(u"Set the clock of this computer right, then sign in again."_s)
        .withDetail(u"ID token: "_s + detail);
}

Failure checkIssuer(const Context &c)
{
    const auto iss = c.claims.value("iss"_L1);
    if (iss.isString() && iss.toString() == c.expected.issuer)
        return std::nullopt;
    return notForUs(u"iss is not the configured issuer"_s);
}

Failure checkSubject(const Context &c)
{
    const auto sub = c.claims.value("sub"_L1).toString();
    if (!sub.isEmpty() && sub.size() <= kLongestSubject)
        return std::nullopt;
    return notForUs(u"sub is missing or too long"_s);
}

Failure checkAudience(const Context &c)
{
    const auto aud = c.claims.value("aud"_L1);
    const bool ours =
        aud.isArray() ? aud.toArray().contains(c.expected.clientId) : aud == c.expected.clientId;
    if (ours)
        return std::nullopt;
    return notForUs(u"aud does not name this client"_s);
}

/// §3.1.3.7 steps 4 and 5: who else the token is for must not be the one it was issued to.
Failure checkAuthorizedParty(const Context &c)
{
    const auto azp = c.claims.value("azp"_L1);
    const bool several = c.claims.value("aud"_L1).toArray().size() > 1;
    if (azp.isUndefined() && !several)
        return std::nullopt;
    if (azp == c.expected.clientId)
        return std::nullopt;
    return notForUs(azp.isUndefined() ? u"several audiences without azp"_s
                                      : u"azp is another client"_s);
}

Failure checkExpiry(const Context &c)
{
    const auto exp = timeClaim(c.claims, "exp"_L1);
    if (exp && *exp + kClockSkew > c.now)
        return std::nullopt;
    return wrongTime(c, exp ? u"expired"_s : u"exp is missing or no time"_s);
}

/// §3.1.3.7 step 10. Tokens last for hours, so that a clock which is ahead would not show in exp.
Failure checkIssuedAt(const Context &c)
{
    const auto iat = timeClaim(c.claims, "iat"_L1);
    if (!iat)
        return wrongTime(c, u"iat is missing or no time"_s);
    if (*iat - kClockSkew > c.now)
        return wrongTime(c, u"iat is in the future"_s);
    if (*iat + kLongestWay < c.now)
        return wrongTime(c, u"iat is long ago"_s);
    return std::nullopt;
}

/// RFC 7519 §4.1.5: optional, but binding when it is there.
Failure checkNotBefore(const Context &c)
{
    if (!c.claims.contains("nbf"_L1))
        return std::nullopt;
    const auto nbf = timeClaim(c.claims, "nbf"_L1);
    if (nbf && *nbf - kClockSkew <= c.now)
        return std::nullopt;
    return wrongTime(c, nbf ? u"nbf is in the future"_s : u"nbf is no time"_s);
}

/// §3.1.3.7 step 11: binds the token to the browser round trip that asked for it.
Failure checkNonce(const Context &c)
{
    const auto nonce = c.claims.value("nonce"_L1);
    if (nonce.isString() && !c.expected.nonce.isEmpty()
        && c.expected.nonce.equals(nonce.toString().toUtf8())) {
        return std::nullopt;
    }
    return notForUs(nonce.isUndefined() ? u"nonce is missing"_s : u"nonce differs"_s);
}

/// §3.1.3.6: the left half of the hash; every algorithm that is accepted hashes with SHA-256.
Failure checkAccessTokenHash(const Context &c)
{
    const auto hash = c.claims.value("at_hash"_L1);
    if (hash.isUndefined())
        return std::nullopt;
    const auto expected = toBase64Url(sha256(c.expected.accessToken.reveal()).left(16));
    if (hash.isString() && constantTimeEquals(hash.toString().toLatin1(), expected))
        return std::nullopt;
    return notForUs(u"at_hash is not of the access token"_s);
}

/// §3.1.2.1 and §3.1.3.7 step 13: where max_age was asked for, the tenant must say when it saw the
/// person.
Failure checkAuthenticationTime(const Context &c)
{
    if (!c.expected.maxAge && !c.claims.contains("auth_time"_L1))
        return std::nullopt;
    const auto time = timeClaim(c.claims, "auth_time"_L1);
    if (!time)
        return notForUs(u"auth_time is missing or no time"_s);
    if (*time - kClockSkew > c.now)
        return wrongTime(c, u"auth_time is in the future"_s);
    if (!c.expected.maxAge || *time + *c.expected.maxAge + kClockSkew >= c.now)
        return std::nullopt;
    return Error{u"The tenant did not ask you to sign in again, though this was asked for."_s}
        .withRemedy(u"Sign out at the tenant, then start again."_s)
        .withDetail(u"ID token: auth_time is older than max_age"_s);
}

constexpr std::array kChecks{
    &checkIssuer,          &checkSubject,           &checkAudience,  &checkAuthorizedParty,
    &checkExpiry,          &checkIssuedAt,          &checkNotBefore, &checkNonce,
    &checkAccessTokenHash, &checkAuthenticationTime};

} // namespace

Result<std::monostate> checkIdToken(const QJsonObject &claims, const IdTokenExpectation &expected,
                                    Instant now)
{
    const Context context{claims, expected, now};
    for (const auto check : kChecks) {
        if (auto failure = check(context))
            return fail(*std::move(failure));
    }
    return std::monostate();
}

} // namespace gatehouse::oidc

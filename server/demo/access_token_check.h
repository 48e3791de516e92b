// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>
#include <base/result.h>
#include <oidc/jose.h>

#include <QJsonObject>
#include <QString>
#include <QStringList>

#include <functional>

namespace gatehouse::demo {

/// Who a verified access token speaks for. Travels in HttpRequest::principal.
struct Caller {
    QString subject;
    QStringList scopes;
    QStringList permissions;
};

/// RFC 6750 §3.1. Missing: no bearer credentials, so the challenge carries no error code.
enum class TokenProblem { Missing, Malformed, Invalid };

/// Where the keys of the issuer come from, asked for on every check so that a change is seen.
using KeySource = std::function<oidc::JwkSet()>;

/// Checks a bearer token as any API behind Auth0 does: signature, issuer, audience, time. A value
/// of the Todos API and of the tenant's userinfo endpoint; the clock outlives it.
class AccessTokenCheck {
public:
    struct Expected {
        QString issuer;
        QString audience;
        KeySource keys;
    };

    AccessTokenCheck(Clock &clock, Expected expected);

    /// `authorization` is the value of the Authorization header.
    [[nodiscard]] Result<Caller, TokenProblem> check(const QByteArray &authorization) const;

private:
    [[nodiscard]] bool claimsHold(const QJsonObject &claims) const;

    Clock &m_clock;
    Expected m_expected;
};

/// The token of "Bearer <token>" (RFC 6750 §2.1), not yet verified.
[[nodiscard]] Result<QByteArray, TokenProblem> bearerToken(const QByteArray &authorization);

} // namespace gatehouse::demo

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>
#include <base/result.h>
#include <base/secret.h>

#include <QJsonObject>

#include <optional>
#include <variant>

namespace gatehouse::oidc {

/// How far the tenant's clock may be from ours.
constexpr std::chrono::seconds kClockSkew{60};

/// What the ID token of one sign-in must say.
struct IdTokenExpectation {
    QString issuer;
    QString clientId;
    Secret nonce;
    Secret accessToken = {}; ///< that came with it
    /// The person must have been seen by the tenant no longer ago.
    std::optional<std::chrono::seconds> maxAge = {};
};

/// Checks the claims of an ID token whose signature is verified (OIDC Core §3.1.3.7). The error has
/// a plain sentence for the person and, as detail, the claim that failed.
[[nodiscard]] Result<std::monostate> checkIdToken(const QJsonObject &claims,
                                                  const IdTokenExpectation &expected, Instant now);

} // namespace gatehouse::oidc

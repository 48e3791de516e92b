// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <http/http_message.h>

#include <QString>

#include <chrono>

namespace gatehouse::oauth {

/// When to come back after trouble of our own (RFC 9110 §10.2.3), with every 503.
constexpr auto kRetryAfterTrouble = std::chrono::seconds(5);

/// An error of the token, registration or revocation endpoint (RFC 6749 §5.2, RFC 7591 §3.2.2).
/// `description` is sent; `detail` is only logged.
struct OAuthError {
    int status = 400;
    QString code;
    QString description;
    QString detail = {};
    std::chrono::seconds retryAfter{0}; ///< sent where it is more than nothing

    [[nodiscard]] OAuthError withDetail(QString text) &&
    {
        detail = std::move(text);
        return std::move(*this);
    }
    [[nodiscard]] http::HttpResponse toResponse() const;

    [[nodiscard]] static OAuthError invalidRequest(QString description);
    [[nodiscard]] static OAuthError invalidClient(QString description);
    [[nodiscard]] static OAuthError invalidGrant(QString description);
    [[nodiscard]] static OAuthError invalidScope(QString description);
    [[nodiscard]] static OAuthError invalidTarget(QString description);
    /// Our own trouble: 503 with Retry-After, never a reason to log in again.
    [[nodiscard]] static OAuthError temporarilyUnavailable();
    /// RFC 6585 §4. The code is the one after which clients try again rather than log in anew.
    [[nodiscard]] static OAuthError tooManyRequests(std::chrono::seconds retryAfter);
};

} // namespace gatehouse::oauth

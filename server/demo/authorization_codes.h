// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>
#include <base/random.h>
#include <base/result.h>
#include <demo/expiring_map.h>
#include <demo/tenant_options.h>

namespace gatehouse::demo {

/// What an authorization code stands for.
struct CodeGrant {
    TenantGrant grant;
    QString redirectUri;
    QString codeChallenge;
    QString nonce;
};

/// How a code is presented at the token endpoint.
struct CodeUse {
    QByteArray code;
    QString clientId;
    QString redirectUri;
    QByteArray verifier;
};

/// Why a code is not good. Replayed: it was redeemed before, so its tokens must end
/// (RFC 6749 §4.1.2); `refreshToken` is the one to revoke, if there was any.
struct CodeRefusal {
    QString description;
    QByteArray refreshToken = {};
};

/// Authorization codes: 60 seconds, one use. Kept in memory, by hash. Lives as long as the tenant.
class AuthorizationCodes {
public:
    AuthorizationCodes(Clock &clock, RandomSource &random);

    [[nodiscard]] QByteArray issue(CodeGrant grant);
    /// Checks client, redirect URI and verifier. Presented by its client a code is used up, whether
    /// the checks hold or not; presented by another client nothing happens to it.
    [[nodiscard]] Result<CodeGrant, CodeRefusal> redeem(const CodeUse &use);
    /// Remembers which refresh token came from a redeemed code, should the code come again.
    void rememberRefreshToken(const QByteArray &code, const QByteArray &refreshToken);

private:
    struct Entry {
        CodeGrant grant;
        bool used = false;
        QByteArray refreshToken; ///< in memory only, and no longer than the code would live
    };

    RandomSource &m_random;
    ExpiringMap<Entry> m_codes;
};

} // namespace gatehouse::demo

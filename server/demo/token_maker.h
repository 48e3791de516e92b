// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>
#include <base/random.h>
#include <base/result.h>
#include <demo/access_token_check.h>
#include <demo/expiring_map.h>
#include <demo/tenant_options.h>
#include <oidc/jose.h>

namespace gatehouse::demo {

/// Signs the tenant's tokens with the claims that Auth0 puts into them. Lives as long as the
/// tenant, whose options and key it borrows.
class TokenMaker {
public:
    struct Deps {
        Clock &clock;
        RandomSource &random;
        const TenantOptions &options;
        const oidc::SigningKey &key;
    };

    explicit TokenMaker(Deps deps);

    /// A JWT when the grant names an audience, else an opaque token for userinfo.
    [[nodiscard]] Result<QByteArray> accessToken(const TenantGrant &grant);
    /// `nonce` is empty on refresh (OIDC Core §12.2).
    [[nodiscard]] Result<QByteArray> idToken(const TenantGrant &grant, const QString &nonce) const;
    /// Who an access token may tell userinfo about, from its Authorization value.
    [[nodiscard]] Result<Caller, TokenProblem> checkForUserinfo(const QByteArray &authorization);
    /// The public key as a JWKS document (RFC 7517 §5).
    [[nodiscard]] QJsonObject jwks() const;

private:
    [[nodiscard]] QByteArray opaqueToken(const TenantGrant &grant);

    Deps m_deps;
    ExpiringMap<Caller> m_opaque;
};

/// The claims about a person that these scopes open (OIDC Core §5.4), `sub` included.
[[nodiscard]] QJsonObject personClaims(const QString &subject, const QStringList &scopes);

} // namespace gatehouse::demo

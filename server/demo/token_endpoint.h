// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <demo/authorization_codes.h>
#include <demo/refresh_tokens.h>
#include <demo/tenant_options.h>
#include <demo/token_maker.h>
#include <http/form.h>
#include <http/http_message.h>

#include <QHash>

namespace gatehouse::demo {

/// POST /oauth/token and POST /oauth/revoke with Auth0's answers: 403 invalid_grant, 401
/// invalid_client, JSON or form bodies. Lives as long as the tenant.
class TokenEndpoint {
public:
    struct Deps {
        const TenantOptions &options;
        AuthorizationCodes &codes;
        RefreshTokens &refreshTokens;
        TokenMaker &tokens;
    };

    explicit TokenEndpoint(Deps deps) : m_deps(deps) { }

    [[nodiscard]] http::HttpResponse token(const http::HttpRequest &request);
    [[nodiscard]] http::HttpResponse revoke(const http::HttpRequest &request);

private:
    using Fields = QHash<QString, QString>;

    [[nodiscard]] http::HttpResponse redeemCode(const Fields &fields);
    [[nodiscard]] http::HttpResponse refresh(const Fields &fields);
    [[nodiscard]] TenantGrant narrowed(TenantGrant grant, const Fields &fields) const;
    [[nodiscard]] http::HttpResponse tokensFor(const TenantGrant &grant, const QString &nonce,
                                               const QByteArray &refreshToken);
    [[nodiscard]] http::HttpResponse refuseCode(const CodeRefusal &refusal,
                                                const QString &clientId);

    Deps m_deps;
};

} // namespace gatehouse::demo

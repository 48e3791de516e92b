// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>
#include <base/random.h>
#include <base/result.h>
#include <demo/authorization_codes.h>
#include <demo/authorize_request.h>
#include <demo/expiring_map.h>
#include <demo/refresh_tokens.h>
#include <demo/tenant_options.h>
#include <demo/tenant_state.h>
#include <demo/token_endpoint.h>
#include <demo/token_maker.h>
#include <http/http_server.h>
#include <http/router.h>

#include <QSet>

#include <memory>
#include <variant>

namespace gatehouse::demo {

/// A small OpenID provider that behaves like an Auth0 tenant, with made-up people and no password.
/// Serves on loopback alone. Owned by Demo or a test, on the server thread; what must survive a
/// restart is in TenantState.
class DevelopmentTenant {
public:
    struct Deps {
        Clock &clock;
        RandomSource &random;
    };

    /// Reads or makes the state in the data directory; the first start makes an RSA key.
    [[nodiscard]] static Result<std::unique_ptr<DevelopmentTenant>> create(Deps deps,
                                                                           TenantOptions options);
    ~DevelopmentTenant();

    /// Serves on both loopback addresses.
    [[nodiscard]] Result<std::monostate> start();
    void stop();

    [[nodiscard]] QString issuer() const { return m_options.issuer(); }
    /// The keys that verify the tenant's tokens, for an API in the same process.
    [[nodiscard]] oidc::JwkSet keys() const;

private:
    /// One sign-in page that waits for its answer.
    struct Transaction {
        AuthorizeRequest request;
        QByteArray browserHash; ///< of the cookie that came with the page
    };
    /// A browser in which a person has signed in, as Auth0's own session cookie.
    struct Session {
        QString personKey;
        qint64 authTime = 0; ///< seconds since 1970
        QSet<QString> consents; ///< "client scope" pairs that the person has agreed to
    };

    DevelopmentTenant(Deps deps, TenantOptions options, TenantState state);
    void addRoutes();
    [[nodiscard]] QJsonObject metadata() const;

    [[nodiscard]] http::HttpResponse authorize(const http::HttpRequest &request);
    [[nodiscard]] http::HttpResponse showSignIn(const http::HttpRequest &request,
                                                const AuthorizeRequest &wanted);
    [[nodiscard]] http::HttpResponse answerSilently(const http::HttpRequest &request,
                                                    const AuthorizeRequest &wanted);
    [[nodiscard]] http::HttpResponse decide(const http::HttpRequest &request);
    [[nodiscard]] http::HttpResponse signIn(const http::HttpRequest &request,
                                            const AuthorizeRequest &wanted,
                                            const QString &personKey);
    [[nodiscard]] http::HttpResponse userinfo(const http::HttpRequest &request);
    [[nodiscard]] http::HttpResponse logout(const http::HttpRequest &request);

    [[nodiscard]] Session *findSession(const http::HttpRequest &request);
    [[nodiscard]] http::HttpResponse redirectWithCode(const AuthorizeRequest &wanted,
                                                      const Session &session);
    [[nodiscard]] qint64 nowSeconds() const;

    Deps m_deps;
    TenantOptions m_options;
    TenantState m_state;
    TokenMaker m_tokens;
    RefreshTokens m_refreshTokens;
    AuthorizationCodes m_codes;
    TokenEndpoint m_tokenEndpoint;
    ExpiringMap<Transaction> m_transactions;
    ExpiringMap<Session> m_sessions;
    http::Router m_router;
    std::unique_ptr<http::HttpServer> m_server;
};

} // namespace gatehouse::demo

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>
#include <base/secret.h>
#include <http/router.h>
#include <oauth/client_authentication.h>
#include <oauth/request_gate.h>
#include <store/database.h>

namespace gatehouse {
class RandomSource;
}
namespace gatehouse::store {
class TokenStore;
} // namespace gatehouse::store

namespace gatehouse::oauth {

class Grants;

constexpr auto kAccessTokenLifetime = 1h;
constexpr auto kRefreshTokenLifetime = 60 * 24h;
/// How long a client may repeat a refresh with the predecessor and gets the same successor: several
/// processes share one client's tokens, and answers get lost.
constexpr auto kRefreshGrace = 60s;

/// POST /token (RFC 6749 §4.1.3 and §6, OAuth 2.1 §4.3): codes and refresh tokens for tokens.
class TokenEndpoint {
public:
    struct Deps {
        Clock &clock;
        RandomSource &random;
        store::Database &database;
        store::ClientStore &clients;
        store::TokenStore &tokens;
        Grants &grants;
        /// From the keychain: a refresh token's successor is its HMAC under this key, so that a
        /// repeated refresh, also after a crash, gets the same one though only hashes are stored.
        const Secret &instanceKey;
        quint16 port;
    };
    explicit TokenEndpoint(Deps deps, RateLimits limits = {})
        : m_deps(deps), m_gate(deps.clock, deps.clients, limits)
    {
    }
    void addRoutes(http::Router &router);

private:
    /// What a successful request gets, in the transaction that makes it so.
    struct Issue {
        store::Transaction transaction;
        store::Grant grant;
        QStringList scopes;
        Secret refreshToken = {}; ///< empty: none
    };

    [[nodiscard]] http::HttpResponse answer(const http::HttpRequest &request);
    [[nodiscard]] Result<Issue, OAuthError> redeemCode(const store::Client &client,
                                                       const http::FormParameters &form);
    [[nodiscard]] Result<Issue, OAuthError> refresh(const store::Client &client,
                                                    const http::FormParameters &form);
    /// Nothing wrong: the presented token may be exchanged. Reuse after the grace ends the grant.
    [[nodiscard]] std::optional<OAuthError> checkReuse(const store::RefreshToken &record,
                                                       const Secret &successor,
                                                       const store::Grant &grant);
    [[nodiscard]] Result<store::Grant, OAuthError> activeGrant(const GrantId &id) const;
    [[nodiscard]] Result<http::HttpResponse, OAuthError> issue(Issue issue);
    [[nodiscard]] std::optional<OAuthError> checkResource(const http::FormParameters &form) const;
    [[nodiscard]] Instant limited(Instant wanted, const store::Grant &grant) const;

    Deps m_deps;
    RequestGate m_gate;
};

} // namespace gatehouse::oauth

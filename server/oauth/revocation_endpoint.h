// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>
#include <http/router.h>
#include <oauth/client_authentication.h>
#include <oauth/request_gate.h>

namespace gatehouse::store {
class TokenStore;
}

namespace gatehouse::oauth {

class BearerVerifier;
class Grants;

/// POST /revoke (RFC 7009): a refresh token takes its grant with it, an access token only itself.
class RevocationEndpoint {
public:
    struct Deps {
        Clock &clock;
        store::ClientStore &clients;
        store::TokenStore &tokens;
        Grants &grants;
        BearerVerifier &verifier;
    };
    explicit RevocationEndpoint(Deps deps) : m_deps(deps), m_gate(deps.clock, deps.clients) { }
    void addRoutes(http::Router &router);

private:
    [[nodiscard]] http::HttpResponse answer(const http::HttpRequest &request);
    [[nodiscard]] Result<std::monostate> revoke(const store::Client &client,
                                                const QByteArray &tokenHash);
    [[nodiscard]] Result<bool> belongsTo(const store::Client &client, const GrantId &grant) const;

    Deps m_deps;
    RequestGate m_gate;
};

} // namespace gatehouse::oauth

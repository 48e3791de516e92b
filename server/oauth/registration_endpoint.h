// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>
#include <http/router.h>

namespace gatehouse {
class RandomSource;
}
namespace gatehouse::store {
class ClientStore;
}

namespace gatehouse::oauth {

/// Dynamic client registration (RFC 7591): POST /register. Open to every local program and any web
/// origin, because a registration gives no access: the person decides later.
class RegistrationEndpoint {
public:
    struct Deps {
        Clock &clock;
        RandomSource &random;
        store::ClientStore &clients;
    };
    explicit RegistrationEndpoint(Deps deps) : m_deps(deps) { }
    void addRoutes(http::Router &router);

private:
    [[nodiscard]] http::HttpResponse registerClient(const http::HttpRequest &request);

    Deps m_deps;
};

} // namespace gatehouse::oauth

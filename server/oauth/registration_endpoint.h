// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>
#include <base/result.h>
#include <http/router.h>
#include <oauth/oauth_error.h>
#include <oauth/request_gate.h>
#include <store/records.h>

#include <QObject>

namespace gatehouse {
class RandomSource;
}
namespace gatehouse::platform {
class ProcessLookup;
}
namespace gatehouse::store {
class ClientStore;
}

namespace gatehouse::oauth {

/// Dynamic client registration (RFC 7591): POST /register. Open to every local program and any web
/// origin, because a registration gives no access: the person decides later, and is told which
/// program registered.
class RegistrationEndpoint : public QObject {
    Q_OBJECT

public:
    struct Deps {
        Clock &clock;
        RandomSource &random;
        store::ClientStore &clients;
        platform::ProcessLookup &processes;
    };
    explicit RegistrationEndpoint(Deps deps, QObject *parent = nullptr)
        : QObject(parent), m_deps(deps), m_gate(deps.clock, deps.clients)
    {
    }
    void addRoutes(http::Router &router);

private:
    void registerClient(const http::HttpRequest &request, http::Reply reply);
    [[nodiscard]] Result<std::monostate, OAuthError> makeRoom();
    [[nodiscard]] http::HttpResponse insert(store::Client client);

    Deps m_deps;
    RequestGate m_gate;
};

} // namespace gatehouse::oauth

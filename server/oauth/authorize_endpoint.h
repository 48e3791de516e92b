// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <http/router.h>
#include <oauth/authorize_request.h>
#include <oauth/client_resolver.h>
#include <oauth/pages.h>
#include <oauth/request_gate.h>

#include <QObject>

namespace gatehouse {
class RandomSource;
}
namespace gatehouse::approval {
class ApprovalService;
}
namespace gatehouse::store {
class ClientStore;
}

namespace gatehouse::oauth {

/// GET /authorize (RFC 6749 §4.1.1): checks the request, makes an interaction of it, binds it to
/// the browser with a cookie and sends the browser to its page.
class AuthorizeEndpoint : public QObject {
    Q_OBJECT

public:
    struct Deps {
        Clock &clock;
        RandomSource &random;
        store::ClientStore &clients;
        ClientMetadataSource &documents;
        approval::ApprovalService &approvals;
        const Pages &pages;
        const ScopeCatalog &scopes;
        quint16 port;
    };
    explicit AuthorizeEndpoint(Deps deps, QObject *parent = nullptr);
    void addRoutes(http::Router &router);

private:
    void authorize(const http::HttpRequest &request, http::Reply reply);
    [[nodiscard]] http::HttpResponse goOn(const http::HttpRequest &request,
                                          const http::FormParameters &parameters,
                                          const store::Client &client);
    [[nodiscard]] http::HttpResponse askLater(const http::HttpRequest &request,
                                              std::chrono::seconds wait) const;
    [[nodiscard]] std::optional<PageError> checkBlocked(const QString &redirectUri,
                                                        const store::Client &client) const;
    [[nodiscard]] AuthorizeFailure contained(const AuthorizeFailure &failure,
                                             const store::Client &client) const;
    [[nodiscard]] http::HttpResponse refuse(const http::HttpRequest &request,
                                            const AuthorizeFailure &failure) const;
    [[nodiscard]] http::HttpResponse beginInteraction(const http::HttpRequest &request,
                                                      const AuthorizeRequest &authorize);

    Deps m_deps;
    ClientResolver m_resolver;
    AuthorizeRequestParser m_parser;
    RequestGate m_gate;
};

/// The redirect to the client that ends an authorization: `parameters`, `state` where the client
/// sent one, and `iss` (RFC 9207) appended to what the redirect URI has already.
[[nodiscard]] http::HttpResponse redirectToClient(const QString &redirectUri,
                                                  QList<std::pair<QString, QString>> parameters,
                                                  const QString &state, const QByteArray &issuer);

} // namespace gatehouse::oauth

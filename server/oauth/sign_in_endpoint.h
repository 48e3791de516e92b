// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>
#include <http/router.h>
#include <oauth/pages.h>
#include <oidc/sign_in.h>

#include <QHash>
#include <QObject>

namespace gatehouse {
class RandomSource;
}
namespace gatehouse::store {
class AccountStore;
}

namespace gatehouse::oauth {

class Grants;

/// Signs the person in without any client: the address that `gatehouse signin` prints. Kept in
/// memory, ten minutes, bound to the browser that opens it first. Also the page at the end of a
/// sign-out at the tenant.
class SignInEndpoint : public QObject {
    Q_OBJECT

public:
    struct Deps {
        Clock &clock;
        RandomSource &random;
        oidc::SignIns &signIns;
        const oidc::AccountTokens &tokens;
        store::AccountStore &accounts;
        const Grants &grants;
        const Pages &pages;
        quint16 port;
        QString issuer; ///< of the tenant; accounts of another one are not its business
    };
    explicit SignInEndpoint(Deps deps, QObject *parent = nullptr);
    void addRoutes(http::Router &router);

    /// A new address to open in a browser of this computer.
    [[nodiscard]] QUrl begin();
    /// One that was offered before, as long as no browser has opened it and the person has time
    /// left to, else a new one: clients ask often.
    [[nodiscard]] QUrl offer();

private:
    struct Pending {
        QByteArray browserHash; ///< empty until a browser has opened it
        Instant expiresAt;
    };

    void addSignedOut(http::Router &router);
    void open(const http::HttpRequest &request, http::Reply reply);
    [[nodiscard]] oidc::SignInHints hints() const;
    void finish(const http::HttpRequest &request, http::Reply reply);
    [[nodiscard]] QUrl urlOf(const QString &id) const;
    void answerGone(const http::HttpRequest &request, http::Reply reply) const;

    Deps m_deps;
    QHash<QString, Pending> m_pending;
    QString m_offered; ///< may have expired or been used
};

} // namespace gatehouse::oauth

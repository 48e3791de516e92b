// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>
#include <http/form.h>
#include <http/router.h>
#include <oauth/pages.h>
#include <oidc/sign_in.h>

#include <QObject>

namespace gatehouse {
class RandomSource;
}
namespace gatehouse::approval {
class ApprovalService;
}
namespace gatehouse::store {
class AccountStore;
class ClientStore;
} // namespace gatehouse::store
namespace gatehouse::oauth {

class Grants;

constexpr auto kInteractionCookie = "gatehouse_interaction";

/// "/interaction/<id>", where the browser waits and goes on.
[[nodiscard]] QString interactionPath(const InteractionId &id);

/// Everything below /interaction, and /callback: the browser's way from the request over the
/// person's decision and the tenant's sign-in back to the client. Each step is bound to one browser
/// by its cookie, and may be repeated or reloaded without harm.
class InteractionEndpoint : public QObject {
    Q_OBJECT

public:
    struct Deps {
        Clock &clock;
        approval::ApprovalService &approvals;
        oidc::SignIns &signIns;
        oidc::AccountTokens &tokens;
        Grants &grants;
        const store::AccountStore &accounts;
        const store::ClientStore &clients;
        const Pages &pages;
    };
    explicit InteractionEndpoint(Deps deps, QObject *parent = nullptr);
    void addRoutes(http::Router &router);

private:
    using Step = void (InteractionEndpoint::*)(const http::HttpRequest &,
                                               const store::Interaction &, http::Reply);

    void addStep(http::Router &router, const QByteArray &pattern, const QByteArray &method,
                 Step step, http::HeadRule head = http::HeadRule::AsGet);
    [[nodiscard]] Result<store::Interaction, PageError>
    findForBrowser(const http::HttpRequest &request) const;

    void showPage(const http::HttpRequest &request, const store::Interaction &interaction,
                  http::Reply reply);
    void tellStatus(const http::HttpRequest &request, const store::Interaction &interaction,
                    http::Reply reply);
    void raise(const http::HttpRequest &request, const store::Interaction &interaction,
               http::Reply reply);
    void cancel(const http::HttpRequest &request, const store::Interaction &interaction,
                http::Reply reply);
    void goOn(const http::HttpRequest &request, const store::Interaction &interaction,
              http::Reply reply);

    void raiseThen(const http::HttpRequest &request, const store::Interaction &interaction,
                   http::Reply reply, std::function<http::HttpResponse()> respond);
    [[nodiscard]] http::HttpResponse currentPage(const http::HttpRequest &request,
                                                 const InteractionId &id) const;

    [[nodiscard]] bool mayActNow(const store::Interaction &interaction) const;
    [[nodiscard]] bool isAnyoneSignedIn() const;
    [[nodiscard]] oidc::SignInHints hintsOf(const store::Interaction &interaction) const;
    void beginSignIn(const http::HttpRequest &request, const store::Interaction &interaction,
                     http::Reply reply);
    void finishSignIn(const http::HttpRequest &request, const store::Interaction &interaction,
                      http::Reply reply);
    void finish(const http::HttpRequest &request, const store::Interaction &interaction,
                const AccountId &account, http::Reply reply);
    void answerError(const store::Interaction &interaction, const QString &code,
                     const QString &description, http::Reply reply);
    void acceptCallback(const http::HttpRequest &request, http::Reply reply);

    Deps m_deps;
};

} // namespace gatehouse::oauth

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <http/router.h>
#include <oauth/authorize_request.h>
#include <oauth/scope_catalog.h>
#include <store/records.h>

namespace gatehouse::oauth {

/// The pages a browser sees during an authorization. Templates escape; text from clients goes
/// through shownText() as well. Stateless but for the loaded templates.
class Pages {
public:
    /// `notice` stands at the top of every page; empty for none. Where there are no windows, pages
    /// send the person to the terminal; `verbOptions` follow every verb that they tell.
    Pages(const ScopeCatalog &scopes, QString notice, bool hasWindows = false,
          QString verbOptions = {});

    /// Stylesheet, script and icon below /assets.
    void addRoutes(http::Router &router) const;

    /// "Answer in the Gatehouse window"; while others are shown, that this one waits; or, before
    /// the person has asked for it by a click of their own, the question whether to ask.
    /// `documentHost` describes the client; empty when it has registered.
    [[nodiscard]] http::HttpResponse waiting(const http::HttpRequest &request,
                                             const store::Interaction &interaction,
                                             const QString &documentHost = {}) const;
    /// The end of a sign-in that no client asked for.
    [[nodiscard]] http::HttpResponse signedIn(const http::HttpRequest &request, const QString &name,
                                              const QString &email) const;
    /// Where the tenant sends a browser whose session there has ended.
    [[nodiscard]] http::HttpResponse signedOut(const http::HttpRequest &request) const;
    /// 503 says when to come back.
    [[nodiscard]] http::HttpResponse error(int status, const http::HttpRequest &request,
                                           const PageError &error) const;

private:
    [[nodiscard]] http::HttpResponse render(int status, const QString &name,
                                            const QVariantMap &values) const;

    const ScopeCatalog &m_scopes;
    QString m_notice;
    bool m_hasWindows;
    QString m_verbOptions;
};

/// Where a request stands, for the script of its page: "pending" when it is shown, "queued" while
/// others are, "decided".
[[nodiscard]] QString stateWord(const store::Interaction &interaction);

} // namespace gatehouse::oauth

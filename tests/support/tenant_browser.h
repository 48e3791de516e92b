// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QNetworkAccessManager>
#include <QNetworkCookieJar>
#include <QUrl>
#include <QUrlQuery>

namespace gatehouse::tests {

/// A person with a browser at a tenant: keeps its cookies, follows redirects as long as they stay
/// there, and shows where the tenant sends it in the end.
class TenantBrowser {
public:
    /// A page of the tenant, or the address elsewhere to which the browser was sent.
    struct Page {
        int status = 0;
        QUrl url;
        QByteArray body;
        QUrl leadsTo = {}; ///< empty for a page
    };

    /// Goes to `url`.
    [[nodiscard]] Page open(const QUrl &url);
    /// Presses the button of `person` (alice, bob) on a sign-in page.
    [[nodiscard]] Page choose(const Page &page, const QString &person);
    /// Presses the button that says no.
    [[nodiscard]] Page cancel(const Page &page);
    /// Goes to `url`, signs in as `person` where asked, and ends at the callback.
    [[nodiscard]] QUrl signIn(const QUrl &url, const QString &person);

    /// Sends a form.
    [[nodiscard]] Page post(const QUrl &url, const QUrlQuery &form);
    /// Closed and opened again in private: no cookie of before is left.
    void forgetCookies() { m_network.setCookieJar(new QNetworkCookieJar); }

private:
    [[nodiscard]] Page answer(const Page &page, const QString &name, const QString &value);
    [[nodiscard]] Page follow(QNetworkReply *reply);

    QNetworkAccessManager m_network;
};

} // namespace gatehouse::tests

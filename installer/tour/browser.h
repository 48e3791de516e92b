// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire.h"

#include <optional>

namespace gatehouse::tour {

/// What a person's browser does, as far as a server can tell: cookies, redirects, Sec-Fetch
/// headers, forms. Lives as long as the person's session; the tour uses one per person.
class Browser {
public:
    /// A navigation to an address from @p stop on is not made, its URL is the result: there the
    /// client listens.
    explicit Browser(QUrl stop);

    /// Opens @p url as a click in another program does.
    void open(const QUrl &url);
    /// Loads the current page again.
    void reload();
    /// Presses the button whose label contains @p label.
    void press(const QString &label);

    /// The page that is shown; empty once the client's own address was reached.
    const Answer &page() const { return m_page; }
    const QUrl &url() const { return m_url; }
    /// True once the browser was sent to the client's own address, which url() then is.
    bool arrivedAtClient() const;

private:
    struct Cookie {
        QByteArray name;
        QByteArray value;
        QString host;
        QString path;
    };
    void navigate(Call call, std::optional<QUrl> initiator);
    Answer fetch(Call call, const QByteArray &site);
    void keepCookies(const Answer &answer, const QUrl &url);
    QByteArray cookiesFor(const QUrl &url) const;

    QUrl m_stop;
    QUrl m_url;
    Answer m_page;
    QList<Cookie> m_cookies;
};

} // namespace gatehouse::tour

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <http/http_message.h>

#include <QByteArray>
#include <QString>

namespace gatehouse::demo {

/// The pages of the tenant. They need no script and are marked as the demo's.
/// `transaction` goes into the form; `host` is where the page was called; a login hint that is
/// someone's address puts them first.
[[nodiscard]] http::HttpResponse signInPage(const QByteArray &transaction, const QByteArray &host,
                                            const QString &loginHint);
/// For failures that must not be redirected; `what` may hold text from outside.
[[nodiscard]] http::HttpResponse problemPage(int status, const QString &what,
                                             const QByteArray &host);
[[nodiscard]] http::HttpResponse signedOutPage(const QByteArray &host);
/// The style that every page links as /demo.css.
[[nodiscard]] http::HttpResponse pageStyle();

} // namespace gatehouse::demo

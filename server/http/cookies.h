// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <http/http_message.h>

namespace gatehouse::http {

/// Every value the request carries for this cookie. Cookies ignore ports, so any page on localhost
/// may have set one of the same name: the caller tries each value against what it knows.
[[nodiscard]] QList<QByteArray> cookieValues(const HttpRequest &, QByteArrayView name);

/// A session cookie for one path: HttpOnly, SameSite=Lax, no Domain. No Secure, as loopback is
/// http.
[[nodiscard]] QByteArray setCookie(const QByteArray &name, const QByteArray &value,
                                   const QByteArray &path, int maxAgeSeconds);

} // namespace gatehouse::http

// SPDX-License-Identifier: GPL-3.0-or-later
#include <http/cookies.h>

namespace gatehouse::http {

QList<QByteArray> cookieValues(const HttpRequest &request, QByteArrayView name)
{
    QList<QByteArray> values;
    for (const auto &[fieldName, fieldValue] : request.headers.fields()) {
        if (fieldName.compare("cookie", Qt::CaseInsensitive) != 0)
            continue;
        const auto pairs = fieldValue.split(';');
        for (const auto &pair : pairs) {
            const auto trimmed = pair.trimmed();
            const auto equals = trimmed.indexOf('=');
            if (equals > 0 && trimmed.left(equals) == name)
                values.append(trimmed.mid(equals + 1));
        }
    }
    return values;
}

QByteArray setCookie(const QByteArray &name, const QByteArray &value, const QByteArray &path,
                     int maxAgeSeconds)
{
    return name + '=' + value + "; Path=" + path + "; Max-Age=" + QByteArray::number(maxAgeSeconds)
        + "; HttpOnly; SameSite=Lax";
}

} // namespace gatehouse::http
